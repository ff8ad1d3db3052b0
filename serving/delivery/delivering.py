"""One destination brought to what readers see: planned, sent, cleared, and the books closed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.delivery.barred import barred
from serving.delivery.books import OPEN, Books, books_of, of_plan
from serving.delivery.difference import ERASED
from serving.delivery.outbox import Outbox, Overtaken
from serving.delivery.pace import Pace
from serving.delivery.params import DeliveryParams
from serving.delivery.planning import Planner
from serving.delivery.sending import Sender, Stopped, asked_to_end, stopped_by
from serving.destinations.destination import Destination, Pacer
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Trouble
from serving.scores import Run
from serving.store.database import Database
from serving.store.leases import Lease, holding
from serving.store.outbox_tables import acknowledged, deliveries, outbox, paces, rejects
from serving.store.store import PURPOSE
from serving.store.tables import published_table, runs
from serving.timing import Timing

FIRST_PACE = (100, 10.0)
"""Calls and seconds until a destination tells its own: the least that a vendor allows."""


@dataclass(frozen=True, kw_only=True)
class Deliverer:
    """Delivers the published run to one destination after another.

    Of the experiment `hidden` those held out are not sent at all. `is_ending` tells when no
    further batch may begin.
    """

    store: Database
    params: DeliveryParams
    timing: Timing
    zone: str = "UTC"
    hidden: str = ""
    is_ending: Callable[[], bool] = field(default=lambda: False)

    def deliver(self, spec: DestinationSpec, opened: Callable[[Pacer], Destination]) -> Books:
        """What readers see brought to a destination; its books balance.

        Running it again goes on where it stopped, and sends nothing twice that was acknowledged.
        `AnotherAtWork` while another process delivers there.
        """
        with holding(self.store, f"deliver:{spec.name}", self.timing) as lease:
            while (run := self.store.read(published_run)) is not None:
                try:
                    return self._bring(run, spec, opened, lease)
                except Overtaken:  # the newer run takes over what is left
                    continue
            return Books(destination=spec.name, run_id="")

    def _bring(
        self,
        run: Run,
        spec: DestinationSpec,
        opened: Callable[[Pacer], Destination],
        lease: Lease,
    ) -> Books:
        planner = self._planner(spec, lease)
        plan_id = planner.plan(run)
        planner.sweep(run, plan_id)
        last_call_at, not_before = self.store.read(lambda c: _pace_of(c, spec.name))
        if self._is_too_long(not_before):
            left = Stopped("its allowance is used up", resumes_at=not_before)
            return self._books(run, plan_id, spec, left, calls=0)
        calls, seconds = FIRST_PACE
        pace = Pace(
            self.timing, calls=calls, seconds=seconds, last_call_at=last_call_at, lease=lease
        )
        stopped = None
        try:
            pace.wait_until(not_before)
            self._send(run, plan_id, spec, opened, pace, planner)
        except Stopped as why:
            stopped = why
        except Trouble as trouble:
            stopped = asked_to_end() if self.is_ending() else stopped_by(trouble)
        return self._books(run, plan_id, spec, stopped, calls=pace.made)

    def _send(
        self,
        run: Run,
        plan_id: str,
        spec: DestinationSpec,
        opened: Callable[[Pacer], Destination],
        pace: Pace,
        planner: Planner,
    ) -> None:
        """Send until nothing is open, and nobody lies there who may not."""
        outgoing = Outbox(
            store=self.store,
            destination=spec.name,
            plan_id=plan_id,
            run_id=run.run_id,
            purpose=PURPOSE,
            lease=planner.lease,
            timing=self.timing,
            suppressed=self._barred(spec),
        )
        if not outgoing.is_open():
            return
        destination = opened(pace)
        sender = Sender(outgoing, destination, pace, self.params, self.timing, self.is_ending)
        try:
            sender.send_all()
            while planner.sweep(run, plan_id):
                sender.send_all()
        finally:
            destination.close()

    def _planner(self, spec: DestinationSpec, lease: Lease) -> Planner:
        barred_now = self._barred(spec)
        return Planner(
            store=self.store,
            spec=spec,
            params=self.params,
            lease=lease,
            timing=self.timing,
            suppressed=lambda connection: barred_now(connection, None),
            zone=self.zone,
        )

    def _barred(
        self, spec: DestinationSpec
    ) -> Callable[[Connection, Sequence[str] | None], set[str]]:
        """Who must not be sent, of some customers or of all, whenever it is asked."""

        def now(connection: Connection, among: Sequence[str] | None) -> set[str]:
            at = self.timing.now()
            return barred(connection, at, channel=spec.channel, hidden=self.hidden, among=among)

        return now

    def _is_too_long(self, not_before: datetime | None) -> bool:
        if not_before is None:
            return False
        wait = (not_before - self.timing.now()).total_seconds()
        return wait > self.params.patience_seconds

    def _books(
        self,
        run: Run,
        plan_id: str,
        spec: DestinationSpec,
        stopped: Stopped | None,
        *,
        calls: int,
    ) -> Books:
        """The books as they stand, written down."""

        def close(connection: Connection) -> Books:
            if not stopped and published_run(connection) != run:
                raise Overtaken
            _forget_erased(connection, spec.name)
            books = books_of(connection, plan_id, spec.name)
            if not books.pending:
                _end(connection, plan_id, spec.name, self.timing.now())
            if stopped and stopped.resumes_at:
                _wait(connection, spec.name, stopped.resumes_at)
            return books

        books = replace(self.store.write(close).balanced(), calls=calls)
        if stopped is None:
            return books
        return replace(books, stopped=stopped.why, mend=stopped.mend, resumes_at=stopped.resumes_at)


def published_run(connection: Connection) -> Run | None:
    """The run that readers see, without its scores."""
    seen = runs.c.run_id == published_table.c.run_id
    found = sa.select(runs).join(published_table, seen).where(published_table.c.purpose == PURPOSE)
    stored = connection.execute(found).one_or_none()
    if stored is None:
        return None
    return Run(**{one.name: getattr(stored, one.name) for one in fields(Run)})


def _pace_of(connection: Connection, name: str) -> tuple[datetime | None, datetime | None]:
    kept = sa.select(paces.c.last_call_at, paces.c.not_before).where(paces.c.destination == name)
    found = connection.execute(kept).one_or_none()
    return (found.last_call_at, found.not_before) if found else (None, None)


def _wait(connection: Connection, name: str, until: datetime) -> None:
    kept = sa.update(paces).where(paces.c.destination == name).values(not_before=until)
    if not connection.execute(kept).rowcount:
        connection.execute(sa.insert(paces), {"destination": name, "not_before": until})


def _end(connection: Connection, plan_id: str, destination: str, now: datetime) -> None:
    mine = deliveries.c.destination == destination
    open_ = deliveries.c.ended_at.is_(None)
    named = sa.update(deliveries).where(mine, open_, of_plan(deliveries, plan_id))
    connection.execute(named.values(ended_at=now))


def _forget_erased(connection: Connection, destination: str) -> None:
    """Once the clear of an erased customer is acknowledged, not even their key there is kept."""
    c = acknowledged.c
    cleared = [c.destination == destination, c.op == "clear", ~c.unsure]
    connection.execute(sa.delete(acknowledged).where(*cleared, c.customer_id.startswith(ERASED)))
    ended = [outbox.c.destination == destination, ~outbox.c.state.in_(OPEN)]
    connection.execute(
        sa.update(outbox).where(*ended, outbox.c.customer_id.startswith(ERASED)).values(key="")
    )
    refused = [rejects.c.destination == destination, rejects.c.customer_id.startswith(ERASED)]
    connection.execute(sa.update(rejects).where(*refused).values(key="", message=""))
