"""An excess: how much oftener something befell customers of a cell than the same ones elsewhere.

Customers are compared within strata: of one stage, and of about the same expected probability. What
the expectation says is taken off before, so that a stratum need not be narrow. The probability that
would be expected is a prognostic score (Hansen 2008): who is alike in it is alike in what matters.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.logit import Floats

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

STRATA = 10
ROWS_A_STRATUM = 100

COMPARABLE_LEAST = 0.5
"""A cell of which fewer than this share find anybody alike elsewhere is not compared."""


class Excess(NamedTuple):
    """What befell a cell above what befell the same customers elsewhere, as shares of rows.

    `error` is the standard error of `excess`, by customers; NaN where there is nobody to compare.
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

    @cached_property
    def residual(self) -> Floats:
        """What came less what was expected."""
        return self.outcome - self.expected

    @cached_property
    def strata(self) -> int:
        """How many strata there are."""
        return int(self.stratum.max(initial=-1)) + 1

    def contrast(self, inside: Flags, outside: Flags) -> Excess:
        """Rows of a cell beside rows elsewhere, as those would be if there were as many of each."""
        here, there = np.flatnonzero(inside), np.flatnonzero(outside)
        own, others = (np.bincount(self.stratum[of], minlength=self.strata) for of in (here, there))
        weight = np.where(others > 0, own, 0)
        if not len(here) or weight.sum() < COMPARABLE_LEAST * len(here):
            return Excess(float("nan"), float("nan"), float("nan"))
        level = self._sums(there) / np.maximum(others, 1)
        here = here[others[self.stratum[here]] > 0]
        there = there[own[self.stratum[there]] > 0]
        above = self.residual[here] - level[self.stratum[here]]
        excess = float(above.mean())
        pull = (weight / np.maximum(others, 1))[self.stratum[there]]
        below = pull * (self.residual[there] - level[self.stratum[there]])
        told = np.concatenate([above - excess, -below]) / len(here)
        who = self.customer[np.concatenate([here, there])]
        error = float(np.sqrt((np.bincount(who, weights=told) ** 2).sum()))
        return Excess(float(self.outcome[inside].mean()), excess, error)

    def _sums(self, rows: Ints) -> Floats:
        return np.bincount(
            self.stratum[rows], weights=self.residual[rows], minlength=self.strata
        ).astype(np.float64)


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
