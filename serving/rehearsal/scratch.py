"""A store for a rehearsal: what the workspace's own knows that a delivery goes by."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.store.outbox_tables import acknowledged
from serving.store.store import Published, Store
from serving.store.tables import enrolments, suppression_lists, suppressions, tombstones

TABLES = (suppressions, suppression_lists, tombstones, enrolments, acknowledged)


def scratch_store(store: Store, published: Published, folder: Path, customers: int) -> Store:
    """A store in a folder that shows the scores of some customers, the likeliest to leave.

    It knows as well who must not be contacted or is held out, and of those customers, and of all
    who are scored no more, what destinations have acknowledged. The caller closes it; `store` is
    only read.
    """
    few = published.scores.head(customers)
    left_out = {*published.scores["customer_id"][customers:]}
    own = Store(f"sqlite:///{folder / 'store.db'}")
    own.publish(published.run, few, published_at=published.published_at)
    for table in TABLES:
        _copy(store, own, table, left_out)
    return own


def _copy(store: Store, own: Store, table: sa.Table, left_out: Collection[str]) -> None:
    """The rows of a table, but those of customers who are left out."""

    def wanted(connection: Connection) -> list[dict[str, Any]]:
        rows = map(dict, connection.execute(sa.select(table)).mappings())
        return [row for row in rows if row.get("customer_id") not in left_out]

    rows = store.read(wanted)
    if rows:
        own.write(lambda connection: connection.execute(sa.insert(table), rows))
