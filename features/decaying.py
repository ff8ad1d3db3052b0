"""Decaying: sums in which an event counts half as much with every half-life that passes.

The age of an event is counted in hours of the clock. Time is cut into blocks of a few half-lives,
always at the same instants; in each, events weigh by their hour in the block, as integers, so that
running totals serve every cutoff. What lies whole blocks back is halved so many times.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from features.asof import AsOf, Floats
from features.past import Past, Where
from features.trace import Ints

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
        return _weights(half_life_days)[_phase(past, half_life_days)] * past.mask(where)

    return _decayed(past, half_life_days, weighted) / ONE


def total(past: Past, measure: str, where: Where, half_life_days: int) -> Floats:
    """Decayed sum of a measure, as a number of the declared scale; empty cells count as zero."""

    def weighted() -> Ints:
        factor = _factors(half_life_days)[_phase(past, half_life_days)]
        return np.rint(past.columns[measure] * past.mask(where) * factor).astype(np.int64)

    return _decayed(past, half_life_days, weighted)


def _decayed(past: Past, half_life_days: int, weighted: Callable[[], Ints]) -> Floats:
    running = np.concatenate([[0], np.cumsum(weighted())])
    block = _hours(half_life_days) * HOUR
    now, phase = np.divmod(past.cutoffs, block)
    first = int(now[0]) - BLOCKS + 1
    totals = running[_borders(past, half_life_days, first, int(now[-1]))]
    later = running[past.position]
    out = np.zeros(past.shape)
    for back in reversed(range(BLOCKS)):
        row = now - first - back
        until = later if back == 0 else totals[row + 1]
        out = out / (1 << HALF_LIVES) + (until - totals[row])
    life = half_life_days * 24
    since = np.array([math.exp2(-int(hours) / life) for hours in phase // HOUR])
    return out * since[:, None]


def _borders(past: Past, half_life_days: int, first: int, last: int) -> Ints:
    """The row of each customer at which each block begins."""
    instants = np.arange(first, last + 1) * (_hours(half_life_days) * HOUR)
    name = ("decaying", half_life_days)
    return past.kept(name, lambda: AsOf(past.trace, instants).position)


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
def _weights(half_life_days: int) -> Ints:
    return np.rint(_factors(half_life_days) * ONE).astype(np.int64)
