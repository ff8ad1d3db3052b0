"""How the probabilities of a night spread: small enough to be kept with every run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

EDGES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Where the groups of probabilities begin, after the first; finer where most customers are."""

CONTINUITY = 0.5
"""Added to the customers of each group, so that an empty one has a logarithm."""

_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean and variance of the probabilities, how many lie in each group of `EDGES`.

    `same` is the number of customers who share the commonest probability, to six digits.
    """

    mean: float
    variance: float
    counts: tuple[int, ...]
    same: int

    @classmethod
    def of(cls, probabilities: NDArray[np.float64]) -> Self | None:
        """The spread of some finite probabilities; none of nobody, or where rules answered.

        >>> Spread.of(np.array([0.1, 0.1, 0.3])).same
        2
        """
        told = probabilities[np.isfinite(probabilities)]
        if not len(told):
            return None
        groups = np.searchsorted(EDGES, told, side="right")
        _, commonest = np.unique(np.round(told, _DIGITS), return_counts=True)
        return cls(
            mean=float(told.mean()),
            variance=float(told.var()),
            counts=tuple(np.bincount(groups, minlength=len(EDGES) + 1).tolist()),
            same=int(commonest.max()),
        )

    @classmethod
    def told(cls, kept: Mapping[str, Any] | None) -> Self | None:
        """The spread that `as_json` gave; none of a run that kept none, or other groups."""
        if not kept or len(kept["counts"]) != len(EDGES) + 1:
            return None
        return cls(
            mean=kept["mean"],
            variance=kept["variance"],
            counts=tuple(kept["counts"]),
            same=kept["same"],
        )

    @property
    def rows(self) -> int:
        """How many customers."""
        return sum(self.counts)

    def as_json(self) -> dict[str, Any]:
        """Itself as JSON."""
        return asdict(self)


def instability(now: Spread, before: Spread) -> float:
    """The population stability index of two nights: 0 when alike, above .25 when far apart.

    Siddiqi, Credit Risk Scorecards (2006).
    """
    shares = [_shares(spread) for spread in (now, before)]
    return float(np.sum((shares[0] - shares[1]) * np.log(shares[0] / shares[1])))


def chance_instability(now: Spread, before: Spread) -> float:
    """What the index reaches by chance alone once in about a thousand nights.

    Times n·m / (n + m) it is a chi-square of as many degrees as there are groups, less one
    (Yurdakul 2018), whose quantile is Wilson and Hilferty's.
    """
    used = sum(a + b > 0 for a, b in zip(now.counts, before.counts, strict=True))
    degrees = max(used - 1, 1)
    spread = 2 / (9 * degrees)
    quantile = degrees * (1 - spread + 3.09 * np.sqrt(spread)) ** 3
    return float(quantile * (1 / now.rows + 1 / before.rows))


def _shares(spread: Spread) -> NDArray[np.float64]:
    counts = np.asarray(spread.counts, np.float64) + CONTINUITY
    return counts / counts.sum()
