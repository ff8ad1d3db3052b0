"""Who must not be scored or contacted: what sources say, what a person said to jejak itself."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import DeliveryIncomplete
from serving.keyed import mark
from serving.store.database import Database
from serving.store.holders import Holder
from serving.store.outbox_tables import outbox
from serving.store.tables import leases, suppressions, tombstones
from serving.timing import Timing

OURS = "jejak suppress"
"""The source of what was said to jejak itself."""

ERASURE = "jejak erase"
"""The source of what keeps a customer from being sent while they are being erased, and after."""

CUSTOMER = "customer"
"""What a tombstone says that its mark is of."""

AT_ONCE = 5_000
PATIENCE_SECONDS = 900
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """One customer who must not be scored or contacted in `[starts_at, ends_at)`.

    No channel means every channel and no score; no end means for good.
    """

    customer_id: str
    starts_at: datetime
    channel: str = ""
    purpose: str = ""
    ends_at: datetime | None = None


def suppressed(
    connection: Connection,
    at: datetime,
    *,
    channel: str = "",
    among: Collection[str] | None = None,
) -> set[str]:
    """The customers, of all or of some, who must not be scored or contacted at an instant.

    A row without a channel holds for all, whatever its purpose: who objects to marketing objects
    to the profile that is made for it. A row with one holds only where that channel is asked for.
    `at` is the present, not the cutoff: what was said since counts too.
    """
    table = suppressions.c
    found = sa.select(table.customer_id).distinct().where(_holds(at))
    found = found.where(table.channel.in_(["", channel]))
    if among is None:
        return set(connection.scalars(found))
    return {
        customer
        for some in _portions(among)
        for customer in connection.scalars(found.where(table.customer_id.in_(some)))
    }


def is_erased(connection: Connection, key: bytes, ids: Collection[str]) -> set[str]:
    """Those of some customers whose tombstone stands; `key` is the workspace's."""
    if connection.scalar(sa.select(tombstones.c.mark).limit(1)) is None:
        return set()
    marks = {mark(key, CUSTOMER, customer): customer for customer in ids}
    found = sa.select(tombstones.c.mark)
    return {
        marks[one]
        for some in _portions(marks)
        for one in connection.scalars(found.where(tombstones.c.mark.in_(some)))
    }


def suppress(
    store: Database,
    customer_id: str,
    *,
    channel: str = "",
    purpose: str = "",
    until: datetime | None = None,
    timing: Timing,
) -> datetime:
    """Suppress a customer at once; the instant from which no score of theirs can be sent.

    The row stands when the first transaction ends; then batches are waited for that were on their
    way with the customer in. `DeliveryIncomplete` if one does not end: the row stands even so.
    """
    told = Suppression(
        customer_id=customer_id,
        channel=channel,
        purpose=purpose,
        starts_at=timing.now(),
        ends_at=until,
    )
    store.write(lambda connection: _insert(connection, told))
    return wait_for_batches(store, customer_id, timing=timing)


def wait_for_batches(
    store: Database, customer_id: str, *, timing: Timing, ops: Collection[str] = ("set",)
) -> datetime:
    """When no batch that is being sent holds a score of a customer any more."""
    began = timing.now()
    while store.read(lambda connection: in_flight(connection, customer_id, timing.now(), ops=ops)):
        if (timing.now() - began).total_seconds() > PATIENCE_SECONDS:
            raise DeliveryIncomplete(
                "no score will be sent from now on, but a batch on its way has not been answered",
                mend="run the same command again once `jejak deliver` has ended",
            )
        timing.sleep(_PAUSE_SECONDS)
    return timing.now()


def in_flight(
    connection: Connection, customer_id: str, now: datetime, *, ops: Collection[str] = ("set",)
) -> bool:
    """Whether a batch that is being sent holds a row of a customer.

    A batch whose sender holds no lease any more is not being sent: whoever sends it again asks
    first who is suppressed.
    """
    ours = sa.and_(outbox.c.customer_id == customer_id, outbox.c.op.in_(ops))
    by = sa.and_(
        leases.c.name == sa.literal("deliver:") + outbox.c.destination,
        leases.c.token == outbox.c.token,
        leases.c.expires_at > now,
    )
    found = sa.select(leases.c.holder).distinct().join(outbox, by)
    holders = connection.scalars(found.where(ours, outbox.c.state == "sent"))
    return any(not Holder.told(holder).is_dead() for holder in holders)


def unsuppress(
    store: Database, customer_id: str, *, channel: str = "", purpose: str = "", timing: Timing
) -> list[str]:
    """End what was said to jejak itself; the sources that still suppress the customer."""

    def lift(connection: Connection) -> list[str]:
        now = timing.now()
        own = _own(customer_id, channel, purpose)
        lifted = {"ends_at": now, "recorded_at": now}
        connection.execute(sa.update(suppressions).where(own, _holds(now)).values(lifted))
        of = suppressions.c.customer_id == customer_id
        left = sa.select(suppressions.c.source).distinct().where(of, _holds(now))
        return sorted(connection.scalars(left))

    return store.write(lift)


def follow(connection: Connection, moves: Iterable[tuple[str, str]], *, at: datetime) -> None:
    """What a former customer said to jejak holds for whoever their records went to.

    `moves` pairs a former id with the present one, oldest first. What was lifted there since is not
    said again.
    """
    for former, present in moves:
        of = suppressions.c.customer_id == former
        own = sa.select(suppressions).where(of, suppressions.c.source == OURS, _holds(at))
        for row in connection.execute(own).all():
            if not _was_lifted(connection, present, row, at):
                said = {name: getattr(row, name) for name in ("channel", "purpose", "ends_at")}
                _insert(connection, Suppression(customer_id=present, starts_at=at, **said))


def _was_lifted(connection: Connection, present: str, row: sa.Row[Any], at: datetime) -> bool:
    """Whether it was lifted; what ran out by itself ended later than it was recorded."""
    table = suppressions.c
    lifted = sa.and_(table.ends_at == table.recorded_at, table.ends_at <= at)
    since = sa.and_(lifted, table.ends_at >= row.recorded_at)
    own = _own(present, row.channel, row.purpose)
    return connection.scalar(sa.select(table.source).where(own, since).limit(1)) is not None


def _holds(at: datetime) -> sa.ColumnElement[bool]:
    """Rows that hold at an instant; what was said to jejak holds as soon as it stands there.

    A sender may have looked at the clock before it waited for the row to be written.
    """
    table = suppressions.c
    begun = sa.or_(table.starts_at <= at, table.source.in_([OURS, ERASURE]))
    return sa.and_(begun, sa.or_(table.ends_at.is_(None), table.ends_at > at))


def _own(customer_id: str, channel: str, purpose: str) -> sa.ColumnElement[bool]:
    table = suppressions.c
    return sa.and_(
        table.customer_id == customer_id,
        table.channel == channel,
        table.purpose == purpose,
        table.source == OURS,
    )


def _insert(connection: Connection, told: Suppression) -> None:
    """One row in place of the one that holds already, from whose beginning it then holds."""
    now = sa.or_(_holds(told.starts_at), suppressions.c.starts_at == told.starts_at)
    own = sa.and_(_own(told.customer_id, told.channel, told.purpose), now)
    since = connection.scalar(sa.select(sa.func.min(suppressions.c.starts_at)).where(own))
    connection.execute(sa.delete(suppressions).where(own))
    row = {**row_of(told, OURS, told.starts_at), "starts_at": since or told.starts_at}
    connection.execute(sa.insert(suppressions), row)


def row_of(told: Suppression, source: str, recorded_at: datetime) -> dict[str, Any]:
    """A row of the table, as a source said it."""
    return {**asdict(told), "source": source, "recorded_at": recorded_at}


def _portions(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while some := list(islice(left, AT_ONCE)):
        yield some
