"""Plans that are cut short, overtaken, or no longer what the workspace says."""

import itertools
import shutil
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from deliveries import BY_STAGE, NOTHING, SPEC, World, counts, expected
from recipients import Killed
from sqlalchemy import event

from serving.delivery import difference
from serving.delivery.outbox import Outbox
from serving.delivery.preview import preview
from serving.destinations.troubles import (
    Busy,
    Misconfigured,
    OutcomeUnknown,
    QuotaSpent,
    Unfinished,
)
from serving.erasing import entomb, take_out

KEY = b"k" * 32


@pytest.fixture
def world(empty_store, tmp_path, monkeypatch):
    monkeypatch.setattr(difference, "ROWS_A_CHUNK", 2)
    made = World(f"sqlite:///{shutil.copyfile(empty_store, tmp_path / 'jejak.db')}")
    yield made
    made.store.close()


@contextmanager
def dying_at(world, nth):
    """A kill right before the n-th transaction that writes would be committed."""
    passed = itertools.count(1)

    def die(connection):
        if connection.get_execution_options()["writes"] and next(passed) == nth:
            raise Killed

    event.listen(world.store.engine, "commit", die)
    try:
        yield
    finally:
        event.remove(world.store.engine, "commit", die)
        world.clock.instant += timedelta(minutes=3)


def test_a_plan_is_whole_or_it_is_begun_anew(world):
    """Killed at the commits of a plan: who is not scored any more is cleared even so."""
    for nth in range(4, 7):
        world.publish(2 * nth, customers=3)
        world.deliver()
        _, scores = world.publish(2 * nth + 1, customers=2)
        with suppress(Killed), dying_at(world, nth):
            world.deliver()
        assert world.deliver().complete
        assert world.there.state == {**expected(scores), "c2": NOTHING}, nth


def test_somebody_who_is_planned_and_then_erased_leaves_the_books_balanced(world):
    world.publish(customers=3)
    with suppress(Killed), dying_at(world, 5):
        world.deliver()
    now = world.clock.instant
    world.store.write(lambda connection: entomb(connection, KEY, [("customer", "c0")], now))
    take_out(world.store, KEY, ["c0"], timing=world.clock.timing)
    books = world.deliver()
    assert (books.scored, books.acknowledged, books.complete) == (2, 2, True)
    assert world.there.state.keys() == {"c1", "c2"}


def test_a_run_that_expires_half_planned_leaves_the_books_balanced(world):
    run, _ = world.publish(customers=3)
    with suppress(Killed), dying_at(world, 5):
        world.deliver()
    world.clock.instant = run.expires_at
    assert world.deliver().complete
    assert world.there.state == {}


def test_a_key_that_went_from_who_objects_to_another_is_the_others(world):
    """Their values are the same, so that nothing is to be sent."""
    world.publish(customers=2, probabilities=np.array([0.4, 0.6]))
    world.name(["x", "y"])
    world.deliver(BY_STAGE)
    world.suppress("c0")
    world.publish(1, customers=1, customer_ids=["c1"], probabilities=np.array([0.4]))
    world.name(["", "x"])
    books = world.deliver(BY_STAGE)
    assert (books.unchanged, books.clears) == (1, 1)
    assert world.there.state["x"]["churn"] == 0.4
    assert world.there.state["y"] == NOTHING


@pytest.mark.parametrize("is_early", [True, False], ids=["planned", "sent"])
def test_a_key_that_went_to_who_objects_holds_nothing(world, is_early):
    """Whoever had it before is well, and has another."""
    world.publish(customers=2)
    world.name(["x", "y"])
    world.deliver(BY_STAGE)
    _, scores = world.publish(1, customers=2, probabilities=np.array([0.8, 0.7]))
    world.name(["z", "x"])
    if is_early:
        world.suppress("c1")
    else:
        world.there.faults.append(lambda _batch, _apply: (world.suppress("c1"), busy()))
    assert world.deliver(BY_STAGE).complete
    assert world.there.state == {"x": NOTHING, "y": NOTHING, "z": expected(scores)["c0"]}


def busy():
    raise Busy("429")


def test_a_run_that_is_published_while_another_is_planned_is_delivered(world, monkeypatch):
    """Though nothing of the other was left to send."""
    world.publish(customers=3)
    world.deliver()
    world.publish(1, customers=3)
    newer, look = [], Outbox.is_open

    def publish_first(outbox):
        if not newer:
            newer.append(world.publish(2, customers=3, probabilities=np.array([0.2, 0.4, 0.7])))
        return look(outbox)

    monkeypatch.setattr(Outbox, "is_open", publish_first)
    books = world.deliver()
    ((run, scores),) = newer
    assert (books.run_id, books.complete) == (run.run_id, True)
    assert world.there.state == expected(scores)


def test_a_field_that_was_named_wrong_is_mended_and_what_waits_goes_on(world):
    world.publish(customers=4)
    world.suppress("c3")

    def named(batch, apply):
        if "chrun" in batch.rows[0].values:
            raise Misconfigured("there is no field chrun", mend="make it")
        return apply()

    wrong = replace(SPEC, fields={"chrun": "churn_probability"})
    world.there.faults.append(named)
    assert world.deliver(wrong).pending == 3
    world.there.faults.append(lost)  # what was sent without an answer has the wrong field, too
    world.deliver(wrong, attempts=1)
    world.there.faults.append(named)
    assert world.deliver().complete
    assert world.there.state == {
        key: values for key, values in expected(world.store.published().scores).items()
        if key != "c3"
    }  # fmt: skip


def lost(_batch, _apply):
    raise OutcomeUnknown("no answer")


def test_other_words_for_what_was_delivered_are_sent_within_the_same_run(world):
    run, scores = world.publish(customers=4)
    world.deliver()
    said = replace(SPEC, words={"band": {"high": "Tinggi", "low": "Rendah"}})
    books = world.deliver(said)
    changed = int(scores["risk_band"].isin(["high", "low"]).sum())
    assert (books.run_id, books.acknowledged) == (run.run_id, changed)
    assert books.scored == books.unchanged + changed == 4
    assert world.deliver(said).calls == 0
    assert {row["band"] for row in world.there.state.values()} <= {"Tinggi", "medium", "Rendah"}


def test_whoever_is_asked_to_end_while_waiting_ends(world):
    """The pause before the first call, after a vendor had asked for one."""
    world.publish(customers=3)

    def spent(_batch, _apply):
        raise QuotaSpent("DAILY", until=world.clock.instant + timedelta(hours=1))

    world.there.faults.append(spent)
    world.deliver()

    def asked(_seconds):
        raise Unfinished("it was asked to end")

    world.clock.sleep = asked
    books = world.deliver(patience_seconds=7200)
    assert (books.pending, books.calls) == (3, 0)


def test_what_is_shown_beforehand_is_what_is_sent(world):
    """Also of those whose keys moved, of who is kept, and of a run that has expired."""
    spec = replace(BY_STAGE, when_not_scored="keep")
    world.publish(customers=4)
    world.name(["w", "x", "y", "z"])
    world.deliver(spec)
    world.suppress("c0")
    run, _ = world.publish(
        1, customers=2, customer_ids=["c1", "c2"], probabilities=np.array([0.8, 0.7])
    )
    world.name(["", "w", "y"])
    for at in (world.clock.instant, run.expires_at):
        world.clock.instant = at
        shown = preview(world.store, spec, world.there.opened, world.clock.timing)
        before = len(world.there.journal)
        assert world.deliver(spec).complete
        sent = [(key, op, values) for _, key, op, values in world.there.journal[before:]]
        assert sorted(sent, key=str) == sorted(
            ((row.key, row.op, dict(row.values)) for row in shown.rows), key=str
        )
        assert counts(world.deliver(spec)).get("calls", 0) == 0
