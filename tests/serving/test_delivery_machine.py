"""Any order of nights, opt-outs, kills and refusals, against a dictionary kept by hand."""

import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from nights import a_night, a_run
from recipients import Clock, Killed, Recipient
from sqlalchemy import event

from features.errors import RunRefused
from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Acknowledged
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Busy, OutcomeUnknown, QuotaSpent
from serving.store import Store
from serving.store.outbox_tables import outbox
from serving.store.tables import suppressions

SPEC = DestinationSpec(name="crm", kind="hubspot", fields={"churn": "churn_probability"})
NOTHING = {"churn": None}
PEOPLE = [f"c{number}" for number in range(7)]
ATTEMPTS = 3


def _well(_batch, apply):
    return apply()


def _busy(_batch, _apply):
    raise Busy("429", seconds=2)


def _lost(_batch, apply):
    apply()
    raise OutcomeUnknown("reset after it was written")


def _unheard(_batch, _apply):
    raise OutcomeUnknown("reset before it was written")


def _short(batch, apply):
    apply()
    return {row.key: Acknowledged() for row in batch.rows[1:]}


def _spent(_batch, _apply):
    raise QuotaSpent("DAILY")


def _killed_before(_batch, _apply):
    raise Killed


def _killed_after(_batch, apply):
    apply()
    raise Killed


FAULTS = [_well, _busy, _lost, _unheard, _short, _spent, _killed_before, _killed_after]


class Deliveries(RuleBasedStateMachine):
    """What lies at the destination after a delivery that says it is complete."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(f"sqlite:///{Path(self.folder.name) / 'jejak.db'}")
        self.clock, self.there = Clock(), Recipient(rows_a_batch=2)
        self.newest, self.scores, self.barred, self.either = -1, {}, {}, set()
        self.is_complete = False

    @rule(
        night=st.integers(0, 12),
        who=st.sets(st.sampled_from(PEOPLE), min_size=1),
        chances=st.lists(st.sampled_from([0.1, 0.2, 0.7]), min_size=7, max_size=7),
    )
    def publish(self, night, who, chances):
        run, people = a_run(night, settings={"chances": chances, "who": sorted(who)}), sorted(who)
        told = np.array([chances[PEOPLE.index(one)] for one in people])
        scores = a_night(run, len(people), customer_ids=people, probabilities=told)
        at = max(self.clock.instant, run.as_of + timedelta(hours=1))
        if night < self.newest:
            with pytest.raises(RunRefused):
                self.store.publish(run, scores, published_at=at)
            return
        is_new = self.store.publish(run, scores, published_at=at)
        if is_new:
            self.newest, self.scores = night, dict(zip(people, told, strict=True))
            self.clock.instant, self.is_complete = at, False
            self.either.clear()

    @rule(who=st.sampled_from(PEOPLE))
    def bar(self, who):
        if who in self.barred:
            return
        now = self.clock.instant
        row = {"customer_id": who, "channel": "", "purpose": "", "source": "test"}
        row |= {"starts_at": now, "recorded_at": now}
        self.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))
        self.barred[who], self.is_complete = len(self.there.journal), False

    @rule(who=st.sampled_from(PEOPLE))
    def lift(self, who):
        """The customer agrees again; the next night tells of them."""
        if self.barred.pop(who, None) is not None:
            gone = sa.delete(suppressions).where(suppressions.c.customer_id == who)
            self.store.write(lambda connection: connection.execute(gone))
            self.is_complete = False
            self.either.add(who)  # within the same run their row may have ended as suppressed

    @rule(who=st.sets(st.sampled_from(PEOPLE), max_size=1))
    def spoil(self, who):
        self.there.spoiling = who

    @rule(
        faults=st.lists(st.sampled_from(FAULTS), max_size=8),
        commit=st.one_of(st.none(), st.integers(1, 12)),
    )
    def deliver(self, faults, commit):
        self.there.faults.extend(faults)
        with suppress(Killed), self.dying_at(commit):
            books = self._work().deliver(SPEC, self.there.opened)
            self.is_complete = books.complete
            assert books.calls <= max(books.planned, 1) * (1 + ATTEMPTS) * ATTEMPTS
        self.there.faults.clear()
        self.clock.sleep(200)  # longer than the lease of a process that was killed
        if self.is_complete:
            self.compare()

    def _work(self):
        params = DeliveryParams(attempts=ATTEMPTS, most_cleared_share=1)
        return Deliverer(store=self.store, params=params, timing=self.clock.timing)

    def dying_at(self, nth):
        """A kill right before the n-th transaction would be committed."""
        left = iter(range(nth or 0, 0, -1))

        def die(_connection):
            if next(left, 0) == 1:
                raise Killed

        class Dying:
            def __enter__(_):  # noqa: N805
                event.listen(self.store.engine, "commit", die)

            def __exit__(_, *told):  # noqa: N805
                event.remove(self.store.engine, "commit", die)

        return Dying()

    def compare(self):
        """A row that was refused keeps what lay there; all others hold exactly what they should."""
        refused = self.refused()
        for who in PEOPLE:
            if who in refused | self.either:
                continue
            held = self.there.state.get(who, NOTHING)
            is_told = who in self.scores and who not in self.barred
            assert held == ({"churn": self.scores[who]} if is_told else NOTHING), who

    def refused(self):
        named = sa.select(outbox.c.customer_id).where(outbox.c.state == "rejected")
        return self.store.read(lambda connection: set(connection.scalars(named)))

    @invariant()
    def nobody_who_is_barred_is_told_of(self):
        if not hasattr(self, "there"):
            return
        for who, since in self.barred.items():
            later = [values for _, key, _, values in self.there.journal[since:] if key == who]
            assert all(values == NOTHING for values in later), who

    def teardown(self):
        if not hasattr(self, "store"):
            return
        self.there.spoiling = set()
        for _ in range(3):
            self.clock.sleep(90_000)
            books = self._work().deliver(SPEC, self.there.opened)
        if books.run_id:
            assert books.complete
            self.compare()
            written = len(self.there.journal)
            self._work().deliver(SPEC, self.there.opened)
            assert len(self.there.journal) == written
        self.store.close()
        self.folder.cleanup()


Deliveries.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestDeliveries = Deliveries.TestCase
