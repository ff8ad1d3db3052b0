"""How far a gap wanders by itself: by what befalls one place alone, and stays for a while.

Customers alone do not tell how sure a gap is: a shop that is rebuilt, a new team or a rival moves
everyone of one place for months, and looks like a change that somebody made (Bertrand, Duflo and
Mullainathan 2004). How far places wander is told by the gap around what is measured of it, and by
the places of the comparison beside each other, to which nothing was done (Conley and Taber 2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.logit import Floats

SIZES = np.array([0.1, 0.25, 0.5, 1.0, 2.0, 4.0])
"""Standard deviations of wandering that are tried, in those of the gap."""

BELIEVED = SIZES / (1 + SIZES**2)
"""What is believed of them beforehand: a half-Cauchy in equal ratios (Gelman 2006)."""

ALIKE = 0.5
"""By so much less likely it is that a place wanders twice as far as the others, or half as far."""

STAYING = np.array([0.0, 0.4, 0.7, 0.85, 0.95])
"""Correlations that are tried of what befalls a place with the same four weeks later."""

STAYING_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Series:
    """Gaps at some dates, their covariance as far as customers make it, and what is fitted to them.

    `design` is (dates, columns). `others` is the mean square share of the places that the first one
    is held against: 1 where it is one place, less where what befalls each of many evens out.
    """

    days: Floats
    gaps: Floats
    noise: Floats
    design: Floats
    others: float


def wandering(own: Series, compared: Sequence[Series]) -> Floats:
    """The covariance that wandering adds to the gaps of a place: (dates, dates).

    `compared` are places of the comparison, each held against the rest of it. Every size and every
    staying power counts by how well it explains all gaps (restricted likelihood), so that a few
    dates leave much open.
    """
    fitted = np.linalg.lstsq(own.design, own.gaps, rcond=None)[0]
    off = own.gaps - own.design @ fitted
    freedom = max(len(off) - own.design.shape[1], 1)
    scale = max(float(off @ off) / freedom, float(np.median(np.diag(own.noise))))
    if not scale:
        return np.zeros_like(own.noise)
    squares = scale * SIZES**2
    each = squares[:, None] + own.others * squares
    likely = _likely(own, each) + np.log(BELIEVED)[:, None] + np.log(BELIEVED)
    steps = np.arange(len(SIZES))
    likely += np.log(ALIKE) * np.abs(np.subtract.outer(steps, steps))
    for one in compared:  # what they tell overlaps: of three places two are free
        found = _likely(one, squares * (1 + one.others))
        likely += found[:, None, :] * (1 - 1 / len(compared))
    weight = np.exp(likely - likely.max())
    found = (weight * each).sum(axis=(1, 2)) / weight.sum()
    return np.einsum("p,pst->st", found, _staying(own.days))


def _staying(days: Floats) -> Floats:
    """What dates have in common for each staying power: (powers, dates, dates)."""
    apart = np.abs(np.subtract.outer(days, days)) / STAYING_DAYS
    return STAYING[:, None, None] ** apart


def _likely(told: Series, squares: Floats) -> Floats:
    """The restricted log-likelihood of each staying power and each variance: (powers, ...)."""
    common = _staying(told.days)
    shape = (len(common), *squares.shape, 1, 1)
    common = common.reshape(len(common), *np.ones_like(squares.shape), *common.shape[1:])
    variance = told.noise + np.broadcast_to(squares[..., None, None], shape) * common
    root = np.linalg.cholesky(variance)
    design = np.linalg.solve(root, np.broadcast_to(told.design, (*shape[:-2], *told.design.shape)))
    gaps = np.linalg.solve(root, np.broadcast_to(told.gaps[:, None], (*root.shape[:-1], 1)))
    turned = design.swapaxes(-1, -2)
    gram = turned @ design
    off = gaps - design @ np.linalg.solve(gram, turned @ gaps)
    spread = np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    return -spread - np.linalg.slogdet(gram)[1] / 2 - (off**2).sum(axis=(-1, -2)) / 2
