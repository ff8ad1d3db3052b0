"""The gap between two groups at each cutoff, and how sure any combination of these gaps is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from models.logit import Floats

FEWEST_ROWS = 2
"""So many rows of each group a cutoff must have, or its spread is not known."""


@dataclass(frozen=True)
class Gaps:
    """How far a group lies above another at each cutoff, in means of what is measured.

    `weights` of cutoffs are those by which a mean of gaps is surest, as far as rows are alike.
    `covariance` of the gaps is (cutoffs, cutoffs); all rows of a customer come and go together.
    """

    cutoffs: pd.DatetimeIndex
    gaps: Floats
    weights: Floats
    covariance: Floats

    @cached_property
    def days(self) -> Floats:
        """Days from the first cutoff."""
        return ((self.cutoffs - self.cutoffs.min()) / pd.Timedelta(days=1)).to_numpy(np.float64)

    def mean_over(self, chosen: NDArray[np.bool_]) -> Floats:
        """The combination that is the mean over some cutoffs."""
        kept = np.where(chosen, self.weights, 0.0)
        return kept / kept.sum()

    def coefficient(self, chosen: NDArray[np.bool_], *columns: Floats) -> Floats:
        """The combination that is what the last column does to the gap, beside all others.

        Least squares over some cutoffs, each with its weight.
        """
        design = np.column_stack([np.ones_like(self.days), *columns])
        weighed = np.where(chosen, self.weights, 0.0)[:, None] * design
        return np.linalg.pinv(weighed.T @ design)[-1] @ weighed.T

    def value(self, combination: Floats) -> float:
        """A combination of the gaps."""
        return float(combination @ self.gaps)

    def variance(self, combination: Floats) -> float:
        """The variance of a combination."""
        return float(combination @ self.covariance @ combination)


def gaps_of(rows: pd.DataFrame, measured: Floats, inside: NDArray[np.bool_]) -> Gaps:
    """The gaps between rows `inside` and the others; `rows` has the columns customer and cutoff.

    Cutoffs with fewer than `FEWEST_ROWS` of either are left out.

    >>> rows = pd.DataFrame({"customer": [1, 2, 3, 4], "cutoff": pd.Timestamp("2026-05-01")})
    >>> told = gaps_of(rows, np.array([1.0, 0.0, 0.0, 0.0]), np.array([True, True, False, False]))
    >>> told.gaps.tolist(), round(told.variance(np.ones(1)), 3)
    ([0.5], 0.333)
    """
    numbers, every = pd.factorize(rows["cutoff"], sort=True)
    counts = np.bincount(2 * numbers + inside, minlength=2 * len(every)).reshape(-1, 2)
    told = counts.min(axis=1) >= FEWEST_ROWS
    kept = np.flatnonzero(told[numbers])
    places = (np.cumsum(told) - 1)[numbers[kept]]
    counts, sides, values = counts[told], inside[kept].astype(np.int64), measured[kept]
    sums = np.bincount(2 * places + sides, values, 2 * len(counts)).reshape(-1, 2)
    means = sums / counts
    apart = (values - means[places, sides]) / np.sqrt(counts * (counts - 1.0))[places, sides]
    others, own = counts.T
    customers, known = pd.factorize(rows["customer"].to_numpy()[kept])
    pulls = sparse.coo_array(
        (np.where(sides == 1, apart, -apart), (customers, places)), (len(known), len(counts))
    ).tocsr()
    return Gaps(
        cutoffs=pd.DatetimeIndex(every[told]),
        gaps=means[:, 1] - means[:, 0],
        weights=own * others / (own + others),
        covariance=(pulls.T @ pulls).toarray() * (len(known) / max(len(known) - 1, 1)),
    )
