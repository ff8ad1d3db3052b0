"""What lies at a destination after an answer was lost is not known until there is another one."""

import shutil
from contextlib import suppress

import numpy as np
import pytest
from deliveries import BY_STAGE, NOTHING, World, expected
from recipients import Killed

from serving.destinations.destination import Rejected
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown

OTHERWISE = np.array([0.3, 0.6, 0.9])


@pytest.fixture
def world(empty_store, tmp_path):
    made = World(f"sqlite:///{shutil.copyfile(empty_store, tmp_path / 'jejak.db')}")
    yield made
    made.store.close()


def lost(_batch, apply):
    apply()
    raise OutcomeUnknown("the answer was lost")


def busy(_batch, _apply):
    raise Busy("429")


def wrong(_batch, _apply):
    raise Misconfigured("a right is missing")


def refusing(batch, _apply):
    return {row.key: Rejected("GONE", "no longer") for row in batch.rows}


def spoilt(_batch, _apply):
    raise BatchRefused("a row spoils it")


@pytest.mark.parametrize("after", [busy, wrong, refusing], ids=["busy", "wrong", "refused"])
def test_what_a_later_night_does_not_take_leaves_it_unknown(world, after):
    _, before = world.publish(customers=3)
    world.deliver()
    world.publish(1, customers=3, probabilities=OTHERWISE)
    world.there.faults.append(lost)
    world.deliver(attempts=1)
    world.publish(2, customers=3, probabilities=np.array([0.2, 0.5, 0.8]))
    world.there.faults.append(after)
    world.deliver(attempts=1)
    world.publish(3, customers=3)
    assert world.deliver().complete
    assert world.there.state == expected(before)


@pytest.mark.parametrize("after", [[refusing], [spoilt, busy]], ids=["refused", "halved"])
def test_what_was_written_before_it_was_refused_is_cleared(world, after):
    """The first of its kind: nothing had been acknowledged before."""
    world.publish(customers=3)
    world.there.faults.extend([lost, *after])
    world.deliver(attempts=2)
    world.publish(1, customers=1, probabilities=np.array([0.4]))
    assert world.deliver().complete
    assert [world.there.state[key] for key in ("c1", "c2")] == [NOTHING, NOTHING]


def test_of_a_key_that_moved_whoever_may_lie_there_is_cleared(world):
    """Their row was written, nobody heard it, and then they objected."""
    world.publish(customers=3)
    world.name(["x", "y", "z"])
    world.deliver(BY_STAGE)
    world.publish(1, customers=3, probabilities=OTHERWISE)
    world.name(["y", "x", "z"])
    world.there.faults.append(lost)
    world.deliver(BY_STAGE, attempts=1)
    world.suppress("c1")
    assert world.deliver(BY_STAGE).complete
    assert world.there.state["x"] == NOTHING


def test_of_a_key_that_moved_and_was_not_taken_whoever_lies_there_is_cleared(world):
    world.publish(customers=3)
    world.name(["x", "y", "z"])
    world.deliver(BY_STAGE)
    world.publish(1, customers=3, probabilities=OTHERWISE)
    world.name(["y", "x", "z"])
    world.there.faults.append(refusing)
    world.deliver(BY_STAGE)
    world.suppress("c0")
    assert world.deliver(BY_STAGE).complete
    assert world.there.state["x"] == NOTHING


def test_killed_is_unknown_too(world):
    world.publish(customers=3)

    def killed(_batch, apply):
        apply()
        raise Killed

    world.there.faults.append(killed)
    with suppress(Killed):
        world.deliver()
    world.there.faults.append(refusing)
    world.deliver()
    world.publish(1, customers=1, probabilities=np.array([0.4]))
    assert world.deliver().complete
    assert [world.there.state[key] for key in ("c1", "c2")] == [NOTHING, NOTHING]
