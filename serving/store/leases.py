"""One at a time: a lease with a growing number, by which whoever was paused is kept out."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from features.errors import AnotherAtWork, RunRefused
from serving.store.database import Database, insert_missing
from serving.store.holders import Holder
from serving.store.tables import leases
from serving.timing import Timing

RENEWALS_A_TERM = 3


@dataclass
class Term:
    """How long a lease lasts, as far as its own process knows."""

    timing: Timing
    span: timedelta
    expires_at: datetime
    is_over: bool = False


@dataclass(frozen=True)
class Lease:
    """The right to do what only one may do. `token` is larger than that of every lease before."""

    name: str
    token: int
    holder: str
    term: Term = field(repr=False, compare=False)

    @property
    def lost(self) -> bool:
        """Whether the right is over as far as is known here; asks no database."""
        return self.term.is_over or self.term.timing.now() >= self.term.expires_at


@contextmanager
def holding(
    store: Database, name: str, timing: Timing, *, seconds: float = 120
) -> Generator[Lease]:
    """Hold a lease alone; it is renewed meanwhile and given back at the end.

    `AnotherAtWork` while another process holds it. One that died on this machine holds nothing;
    of one elsewhere that is known only once its lease has run out, after so many seconds.
    """
    span = timedelta(seconds=seconds)
    lease = store.write(lambda connection: _taken(connection, name, timing, span))
    left = threading.Event()
    renewing = threading.Thread(target=_keep, args=(store, lease, left), daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        left.set()
        renewing.join()
        lease.term.is_over = True
        with suppress(RunRefused):  # it runs out by itself
            store.write(lambda connection: _end_at(connection, timing.now(), _is(lease)))


def check(connection: Connection, lease: Lease, now: datetime) -> None:
    """Refuse to go on with a lease that is over: `AnotherAtWork`.

    To be asked in each transaction that publishes or sends: until it ends, nobody else can take
    the lease.
    """
    ours = sa.select(leases.c.expires_at).where(_is(lease)).with_for_update()
    expires_at = connection.scalar(ours)
    if expires_at is None or expires_at <= now:
        raise paused_too_long(lease)


def extend(connection: Connection, lease: Lease) -> None:
    """Renew a lease at the end of a long transaction, or refuse: `AnotherAtWork`.

    That it has run out meanwhile is no harm: nobody took it, and until the end nobody can.
    """
    until = lease.term.timing.now() + lease.term.span
    if not _end_at(connection, until, _is(lease)):
        raise paused_too_long(lease)
    lease.term.expires_at = until


def paused_too_long(lease: Lease) -> AnotherAtWork:
    """What is told to a run whose lease is over."""
    return AnotherAtWork(
        "this run was paused for too long, another may have taken over; "
        "nothing more is published or sent",
        where=f"lease {lease.name}",
        mend="run it again if no other run is at work",
    )


def _taken(connection: Connection, name: str, timing: Timing, span: timedelta) -> Lease:
    now, holder = timing.now(), str(Holder.this_process())
    by_name = sa.select(leases).where(leases.c.name == name)
    found = connection.execute(by_name).one_or_none()
    if found and found.expires_at > now and not Holder.told(found.holder).is_dead():
        raise _at_work(found)
    lease = Lease(name, (found.token if found else 0) + 1, holder, Term(timing, span, now + span))
    values = {
        "token": lease.token,
        "holder": holder,
        "taken_at": now,
        "expires_at": lease.term.expires_at,
    }
    if found:
        unchanged = sa.and_(leases.c.name == name, leases.c.token == found.token)
        taken = connection.execute(sa.update(leases).where(unchanged).values(values)).rowcount == 1
    else:
        taken = insert_missing(connection, leases, {"name": name, **values})
    if not taken:
        raise _at_work(connection.execute(by_name).one())
    return lease


def _keep(store: Database, lease: Lease, left: threading.Event) -> None:
    """Renew until it is over; a database that is busy for a moment is asked again."""
    pause_seconds = lease.term.span.total_seconds() / RENEWALS_A_TERM
    while not left.wait(pause_seconds):
        try:
            lease.term.expires_at = store.write(partial(_renew, lease=lease))
        except AnotherAtWork:
            lease.term.is_over = True
            return
        except RunRefused:
            pause_seconds = min(pause_seconds, 1)


def _renew(connection: Connection, lease: Lease) -> datetime:
    """A lease that has run out is over for good, even where nobody took it."""
    now = lease.term.timing.now()
    until = now + lease.term.span
    if not _end_at(connection, until, sa.and_(_is(lease), leases.c.expires_at > now)):
        raise paused_too_long(lease)
    return until


def _end_at(connection: Connection, until: datetime, where: sa.ColumnElement[bool]) -> bool:
    return connection.execute(sa.update(leases).where(where).values(expires_at=until)).rowcount == 1


def _is(lease: Lease) -> sa.ColumnElement[bool]:
    return sa.and_(leases.c.name == lease.name, leases.c.token == lease.token)


def _at_work(found: Row[tuple[Any, ...]]) -> AnotherAtWork:
    holder = Holder.told(found.holder)
    return AnotherAtWork(
        f"another run is at work: process {holder.process} on {holder.host}, "
        f"since {found.taken_at:%Y-%m-%d %H:%M} UTC, at least until {found.expires_at:%H:%M}",
        where=f"lease {found.name}",
        mend="wait until it is done; if it hangs, end that process and run this again",
    )
