"""A row's way through the outbox: planned, sent, ended; each step is one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.delivery import baseline
from serving.delivery.books import ENDED, OPEN, of_plan
from serving.delivery.lines import Line, batch_id
from serving.destinations.destination import (
    Acknowledged,
    Batch,
    Outcomes,
    Rejected,
    Row,
)
from serving.destinations.fields.mapping import values_of
from serving.store.database import Database
from serving.store.leases import Lease, check
from serving.store.outbox_tables import batches, outbox, paces, rejects
from serving.store.tables import published_table, suppressions
from serving.timing import Timing

WORDS = 500
"""So much of a vendor's words is kept."""


class Overtaken(Exception):
    """A newer run was published meanwhile; what is left of this one is not sent."""


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """The plan of one destination for one run, as the worker who holds the lease sees it."""

    store: Database
    destination: str
    plan_id: str
    run_id: str
    purpose: str
    lease: Lease
    timing: Timing
    suppressed: Callable[[Connection, Sequence[str]], set[str]]
    """Which of some customers must not be sent, as of now."""

    def is_open(self) -> bool:
        """Whether anything is left to be sent or answered."""
        one = sa.select(outbox.c.key).where(*self._mine(*OPEN)).limit(1)
        return self.store.read(lambda connection: connection.scalar(one)) is not None

    def unanswered(self) -> list[list[Line]]:
        """Batches that were sent and never answered: what a kill leaves."""
        c = outbox.c
        ids = sa.select(c.batch_id).where(*self._mine("sent")).distinct().order_by(c.batch_id)
        names = self.store.read(lambda connection: list(connection.scalars(ids)))
        return [self._lines(self._mine("sent"), c.batch_id == name) for name in names]

    def planned(self, rows: int) -> list[Line]:
        """The next rows of one run that nobody was sent yet, in the order of their keys."""
        c = outbox.c
        first = sa.select(c.run_id).where(*self._mine("planned")).order_by(c.run_id.desc()).limit(1)
        run_id = self.store.read(lambda connection: connection.scalar(first))
        return self._lines(self._mine("planned"), c.run_id == run_id, limit=rows)

    def mark_sent(self, lines: Sequence[Line], *, keep: bool) -> list[Line]:
        """Which rows may go out now; they count as sent from here on.

        Whoever is suppressed or erased by now is taken out, unless `keep`: then the rows lie with
        the vendor already and only their answer is fetched. In the same transaction the fence is
        checked, and that the run is still the one that readers see.
        """
        return self.store.write(lambda connection: self._mark(connection, lines, keep=keep))

    def record(self, batch: Batch, lines: Sequence[Line], outcomes: Outcomes) -> list[Line]:
        """Keep what became of each row; those of which nothing is known are given back."""
        return self.store.write(lambda connection: self._record(connection, batch, lines, outcomes))

    def suspect(self, lines: Sequence[Line]) -> None:
        """These rows may have arrived after what another sent, who took over meanwhile.

        No fence is checked: suspicion does no harm, the next run sends these keys once more.
        """
        keys = [one.row.key for one in lines]
        self.store.write(lambda connection: baseline.suspect(connection, self.destination, keys))

    def notes(self, batch_id: str) -> Mapping[str, str]:
        """What the destination noted of a batch."""
        kept = sa.select(batches.c.notes).where(batches.c.batch_id == batch_id)
        return self.store.read(lambda connection: connection.scalar(kept)) or {}

    def note(self, batch_id: str, notes: Mapping[str, str]) -> None:
        """Replace what the destination noted of a batch."""
        named = sa.update(batches).where(batches.c.batch_id == batch_id)
        self._write(lambda connection: connection.execute(named.values(notes=dict(notes))))

    def give_back(self, lines: Sequence[Line]) -> None:
        """Rows of which it is known for sure that nothing was taken are planned again."""

        def as_before(connection: Connection) -> None:
            self._step(connection, lines, state="planned")
            baseline.settle(connection, self.destination, lines)

        self._write(as_before)

    def _write(self, work: Callable[[Connection], object]) -> None:
        def fenced(connection: Connection) -> None:
            check(connection, self.lease, self.timing.now())
            work(connection)

        self.store.write(fenced)

    def _mine(self, *states: str) -> list[sa.ColumnElement[bool]]:
        c = outbox.c
        return [
            c.destination == self.destination,
            c.state.in_(states),
            of_plan(outbox, self.plan_id),
        ]

    def _lines(
        self,
        mine: list[sa.ColumnElement[bool]],
        also: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> list[Line]:
        c = outbox.c
        some = sa.select(c.run_id, c.customer_id, c.key, c.op, c.payload, c.hash, c.attempts)
        some = some.where(*mine, also).order_by(c.key).limit(limit)
        rows = self.store.read(lambda connection: connection.execute(some).all())
        return [
            Line(
                run_id=one.run_id,
                customer_id=one.customer_id,
                row=Row(key=one.key, op=one.op, values=values_of(one.payload)),
                hash=one.hash,
                attempts=one.attempts,
            )
            for one in rows
        ]

    def _mark(self, connection: Connection, lines: Sequence[Line], *, keep: bool) -> list[Line]:
        now = self.timing.now()
        check(connection, self.lease, now)
        self._still_published(connection)
        _hold(connection, suppressions)
        standing = self._still_open(connection, lines)
        if not keep:
            sets = [one.customer_id for one in standing if one.row.op == "set"]
            barred = self.suppressed(connection, sets)
            out = [one for one in standing if one.row.op == "set" and one.customer_id in barred]
            self._step(connection, out, state="suppressed", payload="", ended_at=now)
            gone = {one.customer_id for one in out}
            standing = [one for one in standing if one.customer_id not in gone]
        return self._send(connection, standing) if standing else []

    def _still_published(self, connection: Connection) -> None:
        pointer = sa.select(published_table.c.run_id)
        seen = connection.scalar(pointer.where(published_table.c.purpose == self.purpose))
        if seen != self.run_id:
            raise Overtaken

    def _still_open(self, connection: Connection, lines: Sequence[Line]) -> list[Line]:
        """Without those whom an erasure took out meanwhile."""
        c = outbox.c
        found = sa.select(c.customer_id).where(
            c.destination == self.destination,
            c.state.not_in(ENDED),  # by the key: the index of open rows would be read whole
            c.run_id == lines[0].run_id,
        )
        there = baseline.among(connection, found, c.customer_id, [one.customer_id for one in lines])
        return [one for one in lines if one.customer_id in there]

    def _send(self, connection: Connection, lines: Sequence[Line]) -> list[Line]:
        now, name = self.timing.now(), batch_id(self.destination, lines)
        self._step(
            connection,
            lines,
            state="sent",
            batch_id=name,
            attempts=outbox.c.attempts + 1,
            token=self.lease.token,
            sent_at=now,
        )
        again = sa.update(batches).where(batches.c.batch_id == name)
        if not connection.execute(again.values(attempts=batches.c.attempts + 1)).rowcount:
            first = {"run_id": lines[0].run_id, "rows": len(lines), "notes": {}, "attempts": 1}
            where = {"batch_id": name, "destination": self.destination, "first_sent_at": now}
            connection.execute(sa.insert(batches), {**first, **where})
        known = baseline.doubt(connection, self.destination, lines)
        called = sa.update(paces).where(paces.c.destination == self.destination)
        if not connection.execute(called.values(last_call_at=now)).rowcount:
            first = {"destination": self.destination, "last_call_at": now}
            connection.execute(sa.insert(paces), first)
        return known

    def _record(
        self, connection: Connection, batch: Batch, lines: Sequence[Line], outcomes: Outcomes
    ) -> list[Line]:
        now = self.timing.now()
        check(connection, self.lease, now)
        told = [(one, outcomes.get(one.row.key)) for one in lines]
        taken = [one for one, outcome in told if isinstance(outcome, Acknowledged)]
        refused = [(one, outcome) for one, outcome in told if isinstance(outcome, Rejected)]
        unknown = [replace(one, before=None) for one, outcome in told if outcome is None]
        self._step(connection, taken, state="acknowledged", payload="", ended_at=now)
        baseline.move(connection, self.destination, taken, now)
        self._reject(connection, refused)
        if not unknown:
            done = sa.update(batches).where(batches.c.batch_id == batch.batch_id)
            connection.execute(done.values(ended_at=now))
        return unknown

    def _reject(self, connection: Connection, refused: Iterable[tuple[Line, Rejected]]) -> None:
        """A row that was refused left what lay there before; the next run tries again."""
        now = self.timing.now()
        for line, outcome in refused:
            ended = {"state": "rejected", "payload": "", "ended_at": now, "code": outcome.code}
            self._step(connection, [line], **ended)
            baseline.settle(connection, self.destination, [line])
            connection.execute(
                sa.insert(rejects),
                {
                    "run_id": line.run_id,
                    "destination": self.destination,
                    "customer_id": line.customer_id,
                    "key": line.row.key,
                    "code": outcome.code,
                    "message": outcome.message[:WORDS],
                    "attempts": line.attempts + 1,
                    "next_action": "see the vendor's words; the next run tries again",
                    "rejected_at": now,
                },
            )

    def _step(self, connection: Connection, lines: Sequence[Line], **values: object) -> None:
        c = outbox.c
        named = sa.update(outbox).where(
            c.run_id == sa.bindparam("of_run"),
            c.destination == self.destination,
            c.customer_id == sa.bindparam("who"),
        )
        rows = [{"of_run": one.run_id, "who": one.customer_id} for one in lines]
        if rows:
            connection.execute(named.values(**values), rows)


def _hold(connection: Connection, table: sa.Table) -> None:
    """Nobody writes into a table until this transaction ends.

    Whoever suppresses a customer then either comes before the look at the table, or waits and
    sees the rows as sent. SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE MODE"))  # a name of ours
