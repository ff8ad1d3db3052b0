"""An excess: how much oftener something befell customers of a cell than the same ones elsewhere.

Customers are compared within strata: of one stage, and of about the same expected probability. What
the expectation says is taken off before, so that a stratum need not be narrow. The probability that
would be expected is a prognostic score (Hansen 2008): who is alike in it is alike in what matters.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.logit import Floats

Ints = NDArray[np.int64]

STRATA = 10
ROWS_A_STRATUM = 100

COMPARABLE_LEAST = 0.5
"""A cell of which fewer than this share find anybody alike elsewhere is not compared."""


class Excess(NamedTuple):
    """What befell a cell above what befell the same customers elsewhere, as shares of rows.

    `error` is the standard error of `excess`, by customers, and no less than chance alone gives;
    NaN where there is nobody to compare.
    """

    observed: float
    excess: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Rows of customers: what came (0 or 1), what was expected, and whom they are compared with.

    `customer` are codes from 0, `stratum` codes of those who are alike, from 0.
    """

    outcome: Floats
    expected: Floats
    stratum: Ints
    customer: Ints

    explained: Floats | None = None
    """What other cells that were told explain of each row; none at first."""

    @cached_property
    def residual(self) -> Floats:
        """What came less what was expected and what is explained."""
        residual = self.outcome - self.expected
        return residual if self.explained is None else residual - self.explained

    @cached_property
    def strata(self) -> int:
        """How many strata there are."""
        return int(self.stratum.max(initial=-1)) + 1

    def less(self, excess: float, rows: Ints) -> "Crowd":
        """The same with an excess of some rows explained."""
        explained = np.zeros(len(self.outcome)) if self.explained is None else self.explained.copy()
        explained[rows] += excess
        return replace(self, explained=explained)

    def contrast(self, inside: Ints, pool: Ints, worth: Floats | None = None) -> Excess:
        """Some rows beside those of a pool that are not among them, as if there were as many.

        With a `worth` of each row, of the whole crowd, excess and error are in its unit.
        """
        own = np.zeros(len(self.outcome), dtype=np.bool_)
        own[inside] = True
        there = pool[~own[pool]]
        counts, others = (
            np.bincount(self.stratum[rows], minlength=self.strata) for rows in (inside, there)
        )
        here = inside[others[self.stratum[inside]] > 0]
        if not len(inside) or len(here) < COMPARABLE_LEAST * len(inside):
            return Excess(float("nan"), float("nan"), float("nan"))
        there = there[counts[self.stratum[there]] > 0]
        level = self._sums(there) / np.maximum(others, 1)
        unit = np.ones(len(here)) if worth is None else worth[here]
        above = unit * (self.residual[here] - level[self.stratum[here]])
        excess = float(above.mean())
        weight = np.bincount(self.stratum[here], weights=unit, minlength=self.strata)
        pull = (weight / np.maximum(others, 1))[self.stratum[there]]
        below = pull * (self.residual[there] - level[self.stratum[there]])
        told = np.concatenate([above - excess, -below]) / len(here)
        who = self.customer[np.concatenate([here, there])]
        square = float((np.bincount(who, weights=told) ** 2).sum())
        least = self._chance(np.concatenate([here, there]), np.r_[unit, pull])
        error = max(square, least / len(here) ** 2) ** 0.5
        return Excess(float(self.outcome[inside].mean()), excess, error)

    def _chance(self, rows: Ints, weight: Floats) -> float:
        """The variance by chance alone: a few of whom nobody left have none of their own."""
        p = self.expected[rows]
        return float((weight**2 * p * (1 - p)).sum())

    def _sums(self, rows: Ints) -> Floats:
        weights = self.residual[rows]
        return np.bincount(self.stratum[rows], weights, self.strata).astype(np.float64)


def strata(group: Ints, expected: Floats) -> Ints:
    """Groups cut by what is expected of their rows, into up to `STRATA` of about equal size.

    >>> strata(np.array([0, 0, 1]), np.array([0.1, 0.3, 0.2])).tolist()
    [0, 0, 1]
    """
    order = np.lexsort((expected, group))
    size = np.bincount(group)
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - (np.cumsum(size) - size)[group[order]]
    cuts = np.clip(size // ROWS_A_STRATUM, 1, STRATA)
    first = np.cumsum(cuts) - cuts
    return first[group] + rank * cuts[group] // np.maximum(size[group], 1)
