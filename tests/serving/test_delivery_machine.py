"""Any order of nights, objections, kills and refusals, against a dictionary kept by hand."""

import itertools
import shutil
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from nights import FIRST, a_night, a_run
from postgres import database
from recipients import Clock, Killed, Recipient
from sqlalchemy import event

from features.errors import RunRefused
from serving.delivery.books import of_plan
from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Acknowledged
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Busy, OutcomeUnknown, QuotaSpent
from serving.erasing import entomb, take_out
from serving.store import Store
from serving.store.outbox_tables import outbox
from serving.store.tables import suppressions

CRM = DestinationSpec(name="crm", kind="hubspot", fields={"p": "churn_probability"}, key="stage")
"""Its keys are other customers' by the next night."""

DESK = replace(CRM, name="desk", key="customer_id", when_not_scored="keep")
SPECS = {spec.name: spec for spec in (CRM, DESK)}
NOTHING = {"p": None}
PEOPLE = [f"c{number}" for number in range(6)]
ATTEMPTS = 3
KEY = b"k" * 32


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
    """What lies at two destinations after a delivery that says it is complete.

    A probability tells whose it is: the customer is its first digit.
    """

    def __init__(self, url):
        super().__init__()
        self.store, self.clock = Store(url), Clock()
        self.there = {name: Recipient(rows_a_batch=2) for name in SPECS}
        self.run, self.newest, self.scores, self.keys = None, -1, {}, {}
        self.barred, self.erased, self.either = {}, set(), set()

    @rule(
        later=st.sampled_from([0, 1, 1, 2, -1]),
        who=st.sets(st.sampled_from(PEOPLE), min_size=1),
        digits=st.lists(st.integers(1, 3), min_size=6, max_size=6),
        turn=st.integers(0, 2),
    )
    def publish(self, later, who, digits, turn):
        """A night; keys turn from customer to customer."""
        people = sorted(who - self.erased)
        if not people:
            return
        night = max(self.newest + later, (self.clock.instant - FIRST).days)
        told = {one: round((at + 1) / 10 + digits[at] / 100, 2) for at, one in enumerate(PEOPLE)}
        keys = {one: f"k{(at + turn) % len(PEOPLE)}" for at, one in enumerate(PEOPLE)}
        run = a_run(night, settings={"digits": digits, "who": people, "turn": turn})
        probabilities = np.array([told[one] for one in people])
        scores = a_night(run, len(people), customer_ids=people, probabilities=probabilities)
        scores["stage"] = scores["customer_id"].map(keys)
        at = max(self.clock.instant, run.as_of + timedelta(hours=1))
        try:
            is_new = self.store.publish(run, scores, published_at=at)
        except RunRefused:
            return
        if is_new:
            self.run, self.newest, self.clock.instant = run, night, at
            self.scores, self.keys = {one: told[one] for one in people}, keys
            self.either.clear()

    @rule(who=st.sampled_from(PEOPLE))
    def bar(self, who):
        self._bar(who, {name: len(one.journal) for name, one in self.there.items()})

    def _bar(self, who, since):
        if who in self.barred:
            return
        now = self.clock.instant
        row = {"customer_id": who, "channel": "", "purpose": "", "source": "test"}
        row |= {"starts_at": now, "recorded_at": now}
        self.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))
        self.barred[who] = since

    @rule(who=st.sampled_from(PEOPLE))
    def lift(self, who):
        """The customer agrees again; the next night tells of them."""
        if who in self.erased or self.barred.pop(who, None) is None:
            return
        gone = sa.delete(suppressions).where(suppressions.c.customer_id == who)
        self.store.write(lambda connection: connection.execute(gone))
        self.either.add(who)  # within the same run their row may have ended as suppressed

    @rule(who=st.sampled_from(PEOPLE))
    def erase(self, who):
        self._erase(who, {name: len(one.journal) for name, one in self.there.items()})

    def _erase(self, who, since):
        now = self.clock.instant
        self.store.write(lambda connection: entomb(connection, KEY, [("customer", who)], now))
        take_out(self.store, KEY, [who], timing=self.clock.timing)
        self.barred.setdefault(who, since)
        self.erased.add(who)
        self.either.discard(who)
        self.scores.pop(who, None)

    @rule(number=st.sets(st.integers(0, 5), max_size=1))
    def spoil(self, number):
        for one in self.there.values():
            one.spoiling = {f"{letter}{at}" for letter in "kc" for at in number}

    @precondition(lambda self: self.run)
    @rule()
    def expire(self):
        self.clock.instant = max(self.clock.instant, self.run.expires_at)

    @rule(
        name=st.sampled_from([*SPECS]),
        faults=st.lists(st.sampled_from(FAULTS), max_size=8),
        commit=st.one_of(st.none(), st.integers(1, 14)),
        objects=st.one_of(st.none(), st.sampled_from(PEOPLE)),
    )
    def deliver(self, name, faults, commit, objects):
        """Somebody may object in the middle of the first call."""
        there = self.there[name]
        there.faults.extend(faults)
        there.before = lambda batch: self._object(objects, there, batch)
        with suppress(Killed), self.dying_at(commit):
            books = self._deliver(name)
            assert books.calls <= 2 * ATTEMPTS * books.planned
        there.faults.clear()
        self.clock.sleep(200)  # longer than the lease of a process that was killed

    def _object(self, who, there, batch):
        there.before = lambda _batch: None
        if who is not None:
            since = {name: len(one.journal) for name, one in self.there.items()}
            self._bar(who, {name: at + len(batch.rows) for name, at in since.items()})

    def _deliver(self, name):
        params = DeliveryParams(attempts=ATTEMPTS, most_cleared_share=1)
        work = Deliverer(store=self.store, params=params, timing=self.clock.timing)
        books = work.deliver(SPECS[name], self.there[name].opened)
        if books.complete and books.run_id:
            self.compare(name)
        return books

    @contextmanager
    def dying_at(self, nth):
        """A kill right before the n-th transaction that writes would be committed."""
        left = iter(range(nth or 0, 0, -1))

        def die(connection):
            if connection.get_execution_options().get("writes") and next(left, 0) == 1:
                raise Killed

        event.listen(self.store.engine, "commit", die)
        try:
            yield
        finally:
            event.remove(self.store.engine, "commit", die)

    def compare(self, name):
        """A row that was refused keeps what lay there; all others hold exactly what they should."""
        is_over = self.clock.instant >= self.run.expires_at
        right = {
            self.keys[who] if name == "crm" else who: {"p": value}
            for who, value in self.scores.items()
            if who not in self.barred and not is_over
        }
        out = self.refused(name)
        unsure = {
            self.keys[who] if name == "crm" else who for who in self.either if who in self.keys
        }
        kept = (
            set(PEOPLE) - {*self.scores, *self.barred} if name == "desk" and not is_over else set()
        )
        for key, held in self.there[name].state.items():
            if key not in out | unsure | kept:
                assert held == right.get(key, NOTHING), (name, key)
        assert right.keys() <= self.there[name].state.keys() | out | unsure

    def refused(self, name):
        """The keys that this run could not fill or empty."""
        c = outbox.c
        named = sa.select(c.key).where(c.destination == name, c.state == "rejected")
        named = named.where(of_plan(outbox, self.run.run_id))
        return self.store.read(lambda connection: set(connection.scalars(named)))

    @invariant()
    def nobody_who_is_barred_is_told_of(self):
        for who, since in self.barred.items():
            for name, there in self.there.items():
                for _, key, _, values in there.journal[since[name] :]:
                    told = values["p"]
                    assert told is None or PEOPLE[int(told * 10) - 1] != who, (name, key)

    def teardown(self):
        for name, there in self.there.items():
            there.spoiling, there.before = set(), lambda _batch: None
            for _ in range(3):
                self.clock.sleep(90_000)
                books = self._deliver(name)
            if books.run_id:
                assert books.complete
                written = len(there.journal)
                self._deliver(name)
                assert len(there.journal) == written
        self.store.close()


def test_any_order_of_things(empty_store, tmp_path):
    numbers = itertools.count()

    def begun():
        file = shutil.copyfile(empty_store, tmp_path / f"{next(numbers)}.db")
        return Deliveries(f"sqlite:///{file}")

    few = settings(max_examples=15, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(begun, settings=few)


@pytest.mark.slow
def test_any_order_of_things_on_a_server(postgres):
    with ExitStack() as made:

        def begun():
            url = made.enter_context(database(postgres, template="store"))
            return Deliveries(url.render_as_string(hide_password=False))

        few = settings(max_examples=10, stateful_step_count=12, deadline=None)
        run_state_machine_as_test(begun, settings=few)
