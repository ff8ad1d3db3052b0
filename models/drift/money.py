"""Whether the money of a source is still in the unit that it was in, and comes as early."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.drift.noise import movement, surprising
from models.logit import Floats

ROWS_LEAST = 5
ROWS_BEFORE_LEAST = 20
MOVED = 0.05**2
"""The variance from week to week that any mean of logarithms is believed to have."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """Means of logarithms: rows, their sum and the sum of their squares, by week.

    The last week comes first; without `squares` only what moves from week to week is known.
    """

    rows: Floats
    sums: Floats
    squares: Floats | None = None
    tests: int = 1

    @property
    def is_known(self) -> bool:
        """Whether there are rows enough on both sides."""
        return self.rows[0] >= ROWS_LEAST and self.rows[1:].sum() >= ROWS_BEFORE_LEAST

    @property
    def now(self) -> float:
        """The mean of the last week."""
        return float(self.sums[0] / self.rows[0])

    @property
    def before(self) -> float:
        """The mean of the weeks before."""
        return float(self.sums[1:].sum() / self.rows[1:].sum())

    @property
    def grown(self) -> float:
        """By how many powers of ten."""
        return self.now - self.before

    @cached_property
    def reach(self) -> float:
        """How far it goes by chance and by itself."""
        weeks = self.rows[1:] > 0
        rows, sums = self.rows[1:][weeks], self.sums[1:][weeks]
        drawn = self._variance / rows
        moved = (sums / rows - self.before) ** 2 - drawn
        within, freedom = movement(moved, usual=MOVED, least=MOVED)
        error = within * (1 + 1 / len(rows)) + self._variance * (
            1 / self.rows[0] + 1 / self.rows[1:].sum()
        )
        return surprising(freedom, self.tests) * math.sqrt(error)

    @property
    def _variance(self) -> float:
        """Of single rows; where squares are not told it is in what moves from week to week."""
        if self.squares is None:
            return 0.0
        rows = self.rows[1:].sum()
        found = float((self.squares[1:].sum() - rows * self.before**2) / max(rows - 1, 1))
        return max(found, 0.0)


def times(grown: float) -> float:
    """How many times as much; near a power of ten just that.

    >>> times(2.93), times(0.6)
    (1000.0, 4.0)
    """
    nearest = round(grown)
    if nearest and abs(grown - nearest) <= NEAR:
        return 10.0**nearest
    return float(np.round(10**grown, 1 if grown > 0 else 4))


NEAR = 0.15
"""A shift so near to a whole number of powers of ten is one."""
