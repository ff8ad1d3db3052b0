"""A delivery that was paused for longer than its lease, while another came and went."""

import numpy as np
import pytest
from deliveries import World, expected

from features.errors import AnotherAtWork

NEWER = np.linspace(0.2, 0.95, 10)


@pytest.fixture
def world(store_url):
    made = World(store_url)
    yield made
    made.store.close()


def overtaken(world, when):
    """The first delivery pauses at some moment of its first call; a newer run lies there then."""
    world.publish()
    seen = {}

    def fault(_batch, apply):
        def pause():
            world.there.faults.clear()
            world.clock.sleep(200)
            _, seen["scores"] = world.publish(1, probabilities=NEWER)
            assert world.deliver().complete

        return when(pause, apply)

    world.there.faults.append(fault)
    with pytest.raises(AnotherAtWork):
        world.deliver()
    return seen["scores"]


def late(pause, apply):
    pause()
    return apply()


def test_what_came_too_late_is_made_good_by_the_next_night(world):
    scores = overtaken(world, late)
    assert world.there.state != expected(scores)
    _, scores = world.publish(2, probabilities=NEWER)
    books = world.deliver()
    assert books.complete
    assert books.planned == world.there.rows_a_batch
    assert world.there.state == expected(scores)


def test_who_wakes_up_makes_no_further_call(world):
    def calls_again(pause, _apply):
        pause()
        made = world.there.calls_made
        world.there.first_pacer.before_call()
        assert world.there.calls_made == made
        raise AssertionError

    opened = world.there.opened

    def remembering(pacer):
        if not hasattr(world.there, "first_pacer"):
            world.there.first_pacer = pacer
        return opened(pacer)

    world.there.opened = remembering
    scores = overtaken(world, calls_again)
    assert world.there.state == expected(scores)
