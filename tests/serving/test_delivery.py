"""What a destination holds after a delivery, whatever happened on the way."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from nights import a_night, a_run
from recipients import Clock, Killed, Recipient

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Acknowledged
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Busy, Misconfigured, OutcomeUnknown, QuotaSpent
from serving.store import Store
from serving.store.tables import suppressions

SPEC = DestinationSpec(
    name="crm", kind="hubspot", fields={"churn": "churn_probability", "band": "risk_band"}
)
NOTHING = {"churn": None, "band": None}


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.store.close()


class World:
    """A store, a destination and a clock."""

    def __init__(self, folder):
        self.store = Store(f"sqlite:///{folder / 'jejak.db'}")
        self.clock = Clock()
        self.there = Recipient()
        self.idle = True

    def publish(self, night=0, customers=10, **changed):
        run = a_run(night)
        if self.idle:
            self.clock.instant = max(self.clock.instant, run.as_of + timedelta(hours=8))
        scores = a_night(run, customers, **changed)
        self.store.publish(run, scores, published_at=self.clock.instant)
        return run, scores

    def deliver(self, spec=SPEC, **params):
        work = Deliverer(
            store=self.store, params=DeliveryParams(**params), timing=self.clock.timing
        )
        self.idle = False
        try:
            return work.deliver(spec, self.there.opened)
        finally:
            self.idle = True

    def suppress(self, customer):
        row = {
            "customer_id": customer,
            "channel": "",
            "purpose": "",
            "source": "test",
            "starts_at": self.clock.instant,
            "recorded_at": self.clock.instant,
        }
        self.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))


def expected(scores):
    return {
        row.customer_id: {"churn": round(row.churn_probability, 4), "band": row.risk_band}
        for row in scores.itertuples()
    }


def counts(books):
    return {
        name: value for name, value in books.facts().items() if isinstance(value, int) and value
    }


def test_what_readers_see_lies_there(world):
    _, scores = world.publish()
    books = world.deliver()
    assert world.there.state == expected(scores)
    assert counts(books) == {"scored": 10, "planned": 10, "acknowledged": 10, "calls": 4}
    assert books.complete


def test_again_nothing_is_written(world):
    world.publish()
    world.deliver()
    written = len(world.there.journal)
    world.deliver()
    world.publish(1)
    books = world.deliver()
    assert counts(books) == {"scored": 10, "unchanged": 10}
    assert len(world.there.journal) == written


def test_only_what_changed_is_sent(world):
    world.publish()
    world.deliver()
    changed = np.linspace(0.1, 0.9, 10)
    changed[4] = 0.123
    _, scores = world.publish(1, probabilities=changed)
    books = world.deliver()
    assert counts(books) == {
        "scored": 10, "unchanged": 9, "planned": 1, "acknowledged": 1, "calls": 1
    }  # fmt: skip
    assert world.there.state == expected(scores)


def test_who_is_no_longer_scored_is_cleared(world):
    world.publish()
    world.deliver()
    _, scores = world.publish(1, customers=9, probabilities=np.linspace(0.1, 0.9, 10)[:9])
    books = world.deliver()
    assert counts(books) == {
        "scored": 9, "unchanged": 9, "planned": 1, "clears": 1, "acknowledged": 1, "calls": 1
    }  # fmt: skip
    assert world.there.state == {**expected(scores), "c9": NOTHING}
    assert world.deliver().calls == 0


def test_one_bad_row_in_a_hundred_costs_fifteen_calls(world):
    world.there.rows_a_batch = 100
    world.there.spoiling = {"c57"}
    world.publish(customers=100)
    books = world.deliver()
    assert (books.acknowledged, books.rejected) == (99, 1)
    assert world.there.calls_made <= 15
    assert len(world.there.state) == 99
    calls = world.there.calls_made
    world.deliver()
    assert world.there.calls_made == calls
    world.publish(1, customers=100)  # tomorrow it is tried again
    assert counts(world.deliver())["rejected"] == 1


def test_two_bad_rows_at_the_ends_cost_twenty_five_calls(world):
    world.there.rows_a_batch = 128
    world.there.spoiling = {"c0", "c127"}
    world.publish(customers=128)
    books = world.deliver()
    assert (books.acknowledged, books.rejected) == (126, 2)
    assert world.there.calls_made <= 29


def busy(seconds):
    def fault(_batch, _apply):
        raise Busy("slowly", seconds=seconds)

    return fault


def unknown(*, written):
    def fault(_batch, apply):
        if written:
            apply()
        raise OutcomeUnknown("no answer")

    return fault


def short(batch, apply):
    """An answer that leaves out the last row, though it was written."""
    apply()
    return {row.key: Acknowledged() for row in batch.rows[:-1]}


@pytest.mark.parametrize(
    "fault",
    [busy(None), busy(7), unknown(written=True), unknown(written=False), short],
    ids=["busy", "retry-after", "written", "not-written", "short"],
)
def test_what_passes_is_tried_again(world, fault):
    world.there.faults.extend([fault, fault])
    _, scores = world.publish()
    books = world.deliver()
    assert books.complete
    assert world.there.state == expected(scores)
    assert books.calls == 6
    assert world.clock.slept > 0


def test_a_batch_that_is_sent_again_keeps_its_id(world):
    world.there.faults.append(unknown(written=True))
    world.publish(customers=3)
    world.deliver()
    assert len({batch for batch, *_ in world.there.journal}) == 1
    assert len(world.there.journal) == 6


def test_a_day_that_is_used_up_ends_the_delivery_and_tomorrow_goes_on(world):
    until = world.clock.instant + timedelta(hours=20)

    def spent(_batch, _apply):
        raise QuotaSpent("DAILY", code="RATE_LIMITS", until=until)

    world.there.faults.extend([lambda _batch, apply: apply(), spent])
    _, scores = world.publish()
    books = world.deliver()
    assert (books.acknowledged, books.pending, books.resumes_at) == (3, 7, until)
    assert "used up" in books.stopped
    assert world.deliver().calls == 0
    world.clock.instant = until
    assert world.deliver().complete
    assert world.there.state == expected(scores)


def test_a_pause_too_long_to_wait_for_ends_the_delivery(world):
    world.there.faults.append(busy(86_400))
    world.publish()
    books = world.deliver()
    assert books.pending == 10
    assert books.resumes_at == world.clock.instant + timedelta(days=1)


def test_what_is_set_up_wrong_stops_at_once(world):
    def wrong(_batch, _apply):
        raise Misconfigured("there is no property churn", mend="make it")

    world.there.faults.append(wrong)
    world.publish()
    books = world.deliver()
    assert (books.calls, books.pending, books.mend) == (1, 10, "make it")
    assert world.store.read(
        lambda connection: connection.scalar(sa.text("select count(*) from acknowledged"))
    ) == 0  # fmt: skip


def test_who_never_answers_is_left(world):
    world.there.faults.extend([unknown(written=False)] * 3)
    world.publish()
    books = world.deliver(attempts=3)
    assert (books.calls, books.pending) == (3, 10)
    assert "does not answer" in books.stopped


def test_a_suppressed_customer_is_not_sent_and_what_lies_there_is_cleared(world):
    world.publish()
    world.deliver()
    changed = np.linspace(0.2, 0.95, 10)
    _, scores = world.publish(1, probabilities=changed)
    world.there.before = lambda batch: (
        world.suppress("c9") if "c0" in {row.key for row in batch.rows} else None
    )
    books = world.deliver()
    assert books.complete
    assert (books.suppressed, books.clears) == (1, 1)
    assert world.there.state == {**expected(scores), "c9": NOTHING}
    told = [values for _, key, _, values in world.there.journal if key == "c9"]
    assert told == [expected(a_night(a_run(0), 10))["c9"], NOTHING]


def test_a_new_run_takes_over_in_the_middle(world):
    world.publish()
    newer = np.linspace(0.3, 0.8, 10)
    published = []

    def publish_once(_batch):
        if not published:
            published.append(world.publish(1, probabilities=newer))

    world.there.before = publish_once
    books = world.deliver()
    (_, scores) = published[0]
    assert books.run_id == scores["run_id"].iloc[0]
    assert world.there.state == expected(scores)


def test_an_expired_run_is_cleared(world):
    run, _ = world.publish()
    world.deliver()
    world.clock.instant = run.expires_at
    books = world.deliver()
    assert (books.clears, books.complete) == (10, True)
    assert set(map(str, world.there.state.values())) == {str(NOTHING)}


def test_a_killed_delivery_goes_on(world):
    """Killed at each call, before and after it was written."""
    for nth in range(12):
        world.there = Recipient()
        _, scores = world.publish(nth, probabilities=np.linspace(0.1 + nth / 100, 0.9, 10))
        world.store.write(lambda c: c.execute(sa.text("delete from acknowledged")))

        def die(_batch, apply, nth=nth):
            if nth % 2:
                apply()
            raise Killed

        world.there.faults.extend([lambda _batch, apply: apply()] * (nth // 2) + [die])
        with suppress(Killed):
            world.deliver()
        books = world.deliver()
        assert books.complete
        assert world.there.state == expected(scores)
        assert len({replace(books, calls=0).acknowledged}) == 1
