"""What a destination holds after a delivery, whatever happened on the way."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from deliveries import NOTHING, SPEC, World, counts, expected
from nights import a_night, a_run
from recipients import Killed, Recipient

from serving.store.tables import enrolments


@pytest.fixture
def world(store_url):
    made = World(store_url)
    yield made
    made.store.close()


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


def test_another_place_under_the_same_name_is_filled_anew(world):
    world.publish()
    world.deliver()
    world.there = Recipient()
    _, scores = world.publish(1)
    world.deliver(replace(SPEC, options={"object": "companies"}))
    assert world.there.state == expected(scores)


def test_of_a_hidden_experiment_those_held_out_are_not_seen(world):
    run, scores = world.publish()
    world.deliver()
    row = {"experiment": "offer", "customer_id": "c3", "arm": "control", "probability": 0.2}
    row |= {"stratum": "high", "run_id": run.run_id, "enrolled_at": run.as_of}
    world.store.write(lambda connection: connection.execute(sa.insert(enrolments), row))
    assert world.deliver(hidden="offer").clears == 1
    assert world.there.state == {**expected(scores), "c3": NOTHING}


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
