"""Erasing: one customer taken out of the store; what lies with destinations is cleared first.

The tombstone comes first and lasts: from then on no batch is marked as sent with a score of the
customer in, and no import brings them back, whatever interrupts the rest. What is taken out stays
out as long as nobody publishes or delivers meanwhile, which the caller holds the leases for.
"""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import DeliveryIncomplete
from serving.delivery.difference import ERASED
from serving.keyed import mark
from serving.store.database import Database, insert_missing
from serving.store.outbox_tables import acknowledged, batches, outbox
from serving.store.tables import metadata, suppressions, tombstones
from serving.suppression import (
    CUSTOMER,
    ERASURE,
    Suppression,
    in_flight,
    row_of,
    wait_for_batches,
)
from serving.timing import Timing

_KEPT_UNTIL_CLEARED = (outbox.name, acknowledged.name)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """How many rows left each table, and the destinations that must be cleared still."""

    rows: dict[str, int] = field(default_factory=dict[str, int])
    to_clear: tuple[str, ...] = ()


def entomb(connection: Connection, key: bytes, words: Iterable[Sequence[str]], at: datetime) -> int:
    """Set up tombstones, the keyed hashes of what names a customer; how many are new.

    Each of `words` begins with what it is of: `customer`, `handle`, ... From the end of the
    transaction on nothing more is sent of those customers.
    """
    told = [tuple(one) for one in words]
    for kind, name, *_ in told:
        if kind == CUSTOMER:
            _bar(connection, name, at)
    return sum(
        insert_missing(connection, tombstones, {"mark": mark(key, *one), "erased_at": at})
        for one in told
    )


def destinations(connection: Connection) -> list[str]:
    """Where anything was ever planned to be delivered, or lies."""
    told = sa.union(sa.select(outbox.c.destination), sa.select(acknowledged.c.destination))
    return sorted(connection.scalars(told))


def marks(connection: Connection) -> frozenset[str]:
    """Every tombstone."""
    return frozenset(connection.scalars(sa.select(tombstones.c.mark)))


def take_out(store: Database, key: bytes, ids: Collection[str], *, timing: Timing) -> Taken:
    """Take customers, whose tombstones stand, out of every table, once no batch holds them.

    What a destination acknowledged stays under the mark of the customer, with the key there, until
    the next delivery has cleared it. `DeliveryIncomplete` if a batch on its way does not end.
    """
    for customer_id in sorted(ids):
        wait_for_batches(store, customer_id, timing=timing, ops=("set", "clear"))
    return store.write(lambda connection: _take_out(connection, key, sorted(ids), timing.now()))


def keys_held(connection: Connection, key: bytes, ids: Iterable[str]) -> set[str]:
    """The keys under which erased customers still lie with destinations."""
    c = acknowledged.c
    hidden = [ERASED + mark(key, CUSTOMER, one) for one in ids]
    return set(connection.scalars(sa.select(c.key).where(c.customer_id.in_(hidden))))


def scrub(store: Database) -> None:
    """Overwrite what deleted rows left in the pages of the database.

    `DeliveryIncomplete` while somebody reads a file of SQLite: then its log keeps old pages.
    """
    if store.engine.dialect.name != "sqlite":
        return
    with closing(store.engine.raw_connection()) as raw:
        is_done = _vacuumed(cast("sqlite3.Connection", raw.driver_connection))
    if not is_done:
        raise DeliveryIncomplete(
            "everything is deleted, but the database keeps old pages while somebody reads it",
            where=store.place,
            mend="run the same command again when nothing else uses the store",
        )


def _vacuumed(raw: sqlite3.Connection) -> bool:
    try:
        raw.execute("VACUUM")
        busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy


def _take_out(connection: Connection, key: bytes, ids: list[str], now: datetime) -> Taken:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    # The first statement, because it waits for whoever is just marking a batch as sent.
    of, ours = suppressions.c.customer_id.in_(ids), suppressions.c.source == ERASURE
    connection.execute(sa.delete(suppressions).where(of, ours))
    rows: dict[str, int] = {}
    if any(in_flight(connection, one, now, ops=("set", "clear")) for one in ids):
        raise DeliveryIncomplete(
            "a batch with this customer has just been sent", mend="run the same command again"
        )
    for table in metadata.sorted_tables:
        if "customer_id" in table.c and table.name not in _KEPT_UNTIL_CLEARED:
            gone = sa.delete(table).where(table.c.customer_id.in_(ids))
            rows[table.name] = connection.execute(gone).rowcount
    for one in ids:
        hidden = ERASED + mark(key, CUSTOMER, one)
        rows[outbox.name] = rows.get(outbox.name, 0) + _hide_in_outbox(connection, one, hidden, now)
        rows[acknowledged.name] = rows.get(acknowledged.name, 0) + _hide(connection, one, hidden)
        _bar(connection, hidden, now)
    return Taken(
        rows={name: count for name, count in rows.items() if count},
        to_clear=_to_clear(connection, [ERASED + mark(key, CUSTOMER, one) for one in ids]),
    )


def _hide_in_outbox(connection: Connection, customer_id: str, hidden: str, now: datetime) -> int:
    """The books stay right. What was planned is not sent; of what has ended no key stays."""
    c = outbox.c
    ours = c.customer_id == customer_id
    held = sa.select(c.batch_id).where(ours, c.batch_id.is_not(None))
    ended = sa.and_(batches.c.batch_id.in_(held), batches.c.ended_at.is_not(None))
    connection.execute(sa.update(batches).where(ended).values(notes={}))
    planned = sa.update(outbox).where(ours, c.state == "planned")
    nothing: dict[str, Any] = {"payload": "", "hash": "", "key": ""}
    connection.execute(planned.values(state="suppressed", ended_at=now, **nothing))
    connection.execute(sa.update(outbox).where(ours, c.state != "sent").values(**nothing))
    return connection.execute(sa.update(outbox).where(ours).values(customer_id=hidden)).rowcount


def _hide(connection: Connection, customer_id: str, hidden: str) -> int:
    """What a destination holds stays under the mark alone; what is cleared there is forgotten."""
    c = acknowledged.c
    ours = c.customer_id == customer_id
    holds = sa.or_(c.op == "set", c.unsure)
    gone = connection.execute(sa.delete(acknowledged).where(ours, ~holds)).rowcount
    return (
        gone
        + connection.execute(
            sa.update(acknowledged).where(ours).values(customer_id=hidden, hash="")
        ).rowcount
    )


def _bar(connection: Connection, customer_id: str, now: datetime) -> None:
    """Nothing is sent of them; a batch that was never answered goes again without them."""
    told = Suppression(customer_id=customer_id, starts_at=now)
    of = suppressions.c.customer_id == customer_id
    connection.execute(sa.delete(suppressions).where(of, suppressions.c.source == ERASURE))
    connection.execute(sa.insert(suppressions), row_of(told, ERASURE, now))


def _to_clear(connection: Connection, hidden: list[str]) -> tuple[str, ...]:
    c = acknowledged.c
    found = sa.select(c.destination).distinct().where(c.customer_id.in_(hidden))
    return tuple(sorted(connection.scalars(found)))
