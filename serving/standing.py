"""What stands, whatever stopped a night: the run that readers see, and where it has arrived."""

from dataclasses import dataclass, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import Run
from serving.store.database import Database
from serving.store.outbox_tables import deliveries
from serving.store.tables import published_table, runs


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The published run, and the destinations that hold all of it or not yet."""

    run: Run
    delivered: tuple[str, ...]
    pending: tuple[str, ...]


def standing(store: Database) -> Standing | None:
    """What readers see now; None before the first run."""
    return store.read(_standing)


def _standing(connection: Connection) -> Standing | None:
    pointed = sa.select(runs).join(published_table, published_table.c.run_id == runs.c.run_id)
    found = connection.execute(pointed).one_or_none()
    if found is None:
        return None
    c = deliveries.c
    begun = sa.select(c.destination, c.ended_at).where(
        sa.or_(c.run_id == found.run_id, c.run_id.startswith(f"{found.run_id}+", autoescape=True))
    )
    rows = connection.execute(begun).all()
    places = sorted({row.destination for row in rows})
    pending = {row.destination for row in rows if not row.ended_at}
    return Standing(
        run=Run(**{one.name: getattr(found, one.name) for one in fields(Run)}),
        delivered=tuple(place for place in places if place not in pending),
        pending=tuple(place for place in places if place in pending),
    )
