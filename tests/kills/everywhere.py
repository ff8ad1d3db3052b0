"""Kills at every named point, and at random instants."""

import time
from collections.abc import Iterable
from itertools import count, islice
from random import Random

from kills.accounts import Accounts
from kills.clock import SharedClock
from kills.killing import Killer, Tally, after, at_point, killer, undisturbed
from kills.points import KINDS
from kills.saying import say
from kills.workspace import Night, World

NIGHTS_A_WORLD = 50
"""After so many a fresh workspace is begun: a small store is quick, and so is the next kill."""

LIVING = 2

NAMED = (
    *((kind, "first") for kind in KINDS if kind.startswith("after")),
    *((kind, "plain") for kind in KINDS if kind.startswith("before")),
    *((kind, "eventful") for kind in KINDS if kind.startswith("after")),
)
"""A kill before a step leaves what a kill after the step before leaves; so it is tried on the
shorter nights alone."""


def named(
    accounts: Accounts,
    clock: SharedClock,
    tally: Tally,
    *,
    kind: str,
    shape: str,
    numbers: Iterable[int] | None = None,
) -> None:
    """Nights killed at the n-th point of a kind, n = 1, 2, ... until none has so many.

    One night has a few calls more than another: so it is two in a row that must live.
    """
    numbers, lived = iter(numbers or count(1)), 0
    for seed in count():
        some = [*islice(numbers, 1 if shape == "first" else NIGHTS_A_WORLD)]
        if lived == LIVING or not some:
            return
        with killer(accounts, clock, tally, seed) as one:
            one.world.is_eventful = shape == "eventful"
            if shape != "first":
                one.night(f"{shape} night, seed {seed}", undisturbed)
            for nth in some:
                died = one.night(f"{shape} night, {kind} {nth}", at_point(kind, nth))
                lived = 0 if died else lived + 1
                if lived == LIVING:
                    break
            one.again()


def at_random(
    accounts: Accounts, clock: SharedClock, tally: Tally, *, seed: int, kills: int, store_url=""
) -> None:
    """Nights killed at instants drawn over as long as a night takes that nobody kills."""
    say(f"random instants: seed {seed}")
    chance = Random(seed)
    with killer(accounts, clock, tally, seed, store_url) as one:
        one.night(f"seed {seed}, the first", undisturbed)
        seconds = _seconds(one, f"seed {seed}")
        done = 0
        while done < kills:
            instant = chance.uniform(0, seconds)
            done += one.night(f"seed {seed}, kill {done + 1} at {instant:.3f} s", after(instant))
        one.again()


def _seconds(one: Killer, where: str) -> float:
    """How long a night takes that nobody kills."""
    took: list[float] = []

    def timed(world: World, night: Night) -> bool:
        began = time.monotonic()
        undisturbed(world, night)
        took.append(time.monotonic() - began)
        return False

    one.night(f"{where}, measured", timed)
    return took[0]
