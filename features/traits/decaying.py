"""Decaying: sums in which an event counts half as much with every half-life that passes.

The age of an event is counted in hours of the clock. Time is cut into blocks of a few half-lives,
always at the same instants; in each, events weigh by their hour in the block, as integers, so that
running totals serve every cutoff. What lies whole blocks back is halved so many times.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from features.known.asof import AsOf, Floats, looked_up
from features.known.past import EVERYTHING, Past, Where
from features.known.trace import Ints

HOUR = 3_600_000_000
HALF_LIVES = 4
"""Half-lives in a block."""

BLOCKS = 12
"""Blocks that are looked at: what is older than 44 half-lives need not count."""

ONE = 1 << 30
"""The weight of one event at the beginning of a block."""


def count(past: Past, where: Where, half_life_days: int) -> Floats:
    """Decayed number of events; each weight is exact to a part in `ONE`."""

    def weighted() -> Ints:
        name = ("decaying weights", half_life_days)
        weights = past.kept(name, lambda: _weights(half_life_days)[_phase(past, half_life_days)])
        return weights if where == EVERYTHING else np.where(past.mask(where), weights, 0)

    return _decayed(past, half_life_days, weighted) / ONE


def total(past: Past, measure: str, where: Where, half_life_days: int) -> Floats:
    """Decayed sum of a measure, as a number of the declared scale; empty cells count as zero."""

    def weighted() -> Ints:
        name = ("decaying", measure, half_life_days)
        faded = past.kept(name, lambda: _faded(past, measure, half_life_days))
        return faded if where == EVERYTHING else np.where(past.mask(where), faded, 0)

    return _decayed(past, half_life_days, weighted)


def _decayed(past: Past, half_life_days: int, weighted: Callable[[], Ints]) -> Floats:
    running = np.concatenate([[0], np.cumsum(weighted())])
    block = _hours(half_life_days) * HOUR
    now, phase = np.divmod(past.cutoffs, block)
    blocks = min(BLOCKS, int(now.max() - past.at.min(initial=past.cutoffs.max()) // block) + 1)
    first = int(now.min()) - blocks + 1
    begun = running[_borders(past, half_life_days, first, int(now.max()))]
    whole = np.diff(begun, axis=0)
    out = np.zeros(past.shape)
    for back in reversed(range(1, blocks)):
        out += looked_up(whole, now - first - back)
        out *= 0.5**HALF_LIVES
    out += running[past.position] - looked_up(begun, now - first)
    return out * _fading(half_life_days)[phase // HOUR]


def _borders(past: Past, half_life_days: int, first: int, last: int) -> Ints:
    """The row of each customer at which each block begins."""
    instants = np.arange(first, last + 1) * (_hours(half_life_days) * HOUR)
    name = ("decaying", half_life_days)
    return past.kept(name, lambda: AsOf(past.trace, instants[:, None]).position)


def _faded(past: Past, measure: str, half_life_days: int) -> Ints:
    """A measure as each event weighs it."""
    factor = _factors(half_life_days)[_phase(past, half_life_days)]
    return np.rint(past.columns[measure] * factor).astype(np.int64)


def _phase(past: Past, half_life_days: int) -> Ints:
    """For each event how many hours of its block had passed."""
    hour = past.kept("decaying hour", lambda: past.at // HOUR)
    return past.kept(("phase", half_life_days), lambda: hour % _hours(half_life_days))


def _hours(half_life_days: int) -> int:
    return HALF_LIVES * 24 * half_life_days


@cache
def _factors(half_life_days: int) -> Floats:
    """How an event weighs by its hour in the block."""
    life = half_life_days * 24
    return np.array([math.exp2(hour / life) for hour in range(HALF_LIVES * life)])


@cache
def _fading(half_life_days: int) -> Floats:
    """What is left of a weight after so many hours."""
    life = half_life_days * 24
    return np.array([math.exp2(-hours / life) for hours in range(HALF_LIVES * life)])


@cache
def _weights(half_life_days: int) -> Ints:
    return np.rint(_factors(half_life_days) * ONE).astype(np.int64)
