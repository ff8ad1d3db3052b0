"""How much a column moves by itself: by who is drawn, and from one cutoff to the next."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.logit import Floats

CHANCE = 0.01
"""How often a night of nothing but noise may alarm, for each kind of test over all columns."""

BORROWED = 8
"""So many cutoffs' worth is believed of how much the other columns move."""

CONTINUITY = 0.5
"""Added to the rows of each group, so that an empty one has a logarithm."""


def surprising(freedom: float, tests: int) -> float:
    """From how many standard errors on one of many tests is no chance, on either side.

    Student's t, Bonferroni's share of `CHANCE`.
    """
    return float(-special.stdtrit(freedom, CHANCE / tests / 2))


def movement(found: Floats, *, usual: float, least: float) -> tuple[float, float]:
    """The variance from cutoff to cutoff of one column, and its degrees of freedom.

    `found` are what each cutoff tells of it, without what sampling explains. It is drawn towards
    what is `usual` of all columns (Smyth 2004, limma) and is never below `least`.
    """
    own = max(len(found), 0)
    told = float(np.sum(found)) + BORROWED * usual
    return max(told / (own + BORROWED), least), float(own + BORROWED)


def usual(found: list[Floats], least: float) -> float:
    """What the variance of most columns is: the median of their means."""
    means = [float(np.mean(one)) for one in found if len(one)]
    return max(float(np.median(means)), least) if means else least


def instability(now: NDArray[np.float64], before: NDArray[np.float64]) -> float:
    """The population stability index of two counts of groups (Siddiqi 2006).

    >>> instability(np.array([50.0, 50.0]), np.array([500.0, 500.0]))
    0.0
    """
    shares = [(one + CONTINUITY) / (one + CONTINUITY).sum() for one in (now, before)]
    return float(np.sum((shares[0] - shares[1]) * np.log(shares[0] / shares[1])))


def chance_instability(
    now: NDArray[np.float64], before: NDArray[np.float64], tests: int
) -> tuple[float, float]:
    """What the index is by sampling alone: on average, and at most on one of many tests.

    Times n·m / (n + m) it is a chi-square of as many degrees as there are groups, less one
    (Yurdakul 2018).
    """
    degrees = max(int(np.sum(now + before > 0)) - 1, 1)
    size = 1 / max(now.sum(), 1) + 1 / max(before.sum(), 1)
    return degrees * size, float(special.chdtri(degrees, CHANCE / tests)) * size


def places(counts: NDArray[np.float64]) -> Floats:
    """Where each group stands among all rows: 0 in the middle, in standard deviations.

    The mean rank of its rows (Bross's ridit), which money with a long tail cannot distort.
    """
    shares = counts / max(counts.sum(), 1)
    ranks = np.cumsum(shares) - shares / 2 - 0.5
    deviation = math.sqrt(float(np.sum(shares * ranks**2)))
    return ranks / deviation if deviation else ranks
