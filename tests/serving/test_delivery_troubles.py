"""A destination that is busy, silent, used up or set up wrong: tried again, or left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from deliveries import World, expected

from serving.destinations.destination import Acknowledged
from serving.destinations.troubles import Busy, Misconfigured, OutcomeUnknown, QuotaSpent


@pytest.fixture
def world(store_url):
    made = World(store_url)
    yield made
    made.store.close()


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
