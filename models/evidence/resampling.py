"""Intervals of shares and of AUC from customers drawn again, many at once."""

import numpy as np
from numpy.typing import NDArray

from models.judging.bootstrap import DRAWS, QUANTILES, customer_draws
from models.logit import Floats

AUC_DRAWS = 200


def drawn_sums(values: Floats, customers: NDArray[np.int64], *, seed: int = 0) -> Floats:
    """Sums of columns (rows, columns) over customers drawn again: (draws, columns).

    >>> drawn_sums(np.ones((4, 1)), np.array([0, 0, 1, 1]))[:2].tolist()
    [[4.0], [4.0]]
    """
    crowd = int(customers.max()) + 1
    each = np.stack([np.bincount(customers, one, crowd) for one in values.T], axis=1)
    blocks = customer_draws(np.arange(crowd), DRAWS, seed)
    return np.concatenate([weights @ each for weights in blocks])


def bounds(draws: Floats) -> tuple[Floats, Floats]:
    """Between which 95 % of the draws of each column lie; NaN where no draw defines it."""
    told = ~np.isnan(draws).all(axis=0)
    found = np.full((2, draws.shape[1]), np.nan)
    found[:, told] = np.nanquantile(draws[:, told], QUANTILES, axis=0)
    return found[0], found[1]


def shares(part: Floats, whole: Floats) -> Floats:
    """One through the other; NaN where there is nothing to share."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


def aucs(y: Floats, p: Floats, weights: Floats) -> Floats:
    """AUC under each row of weights (draws, rows), ties counting half; NaN if a class is missing.

    >>> y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.7, 0.7, 0.1])
    >>> aucs(y, p, np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0]])).tolist()
    [0.875, 1.0]
    """
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) != 0])
    there = weights[:, order]
    events = np.add.reduceat(there * y[order], starts, axis=1)
    others = np.add.reduceat(there * (1 - y[order]), starts, axis=1)
    below = others.cumsum(axis=1) - others / 2
    return shares((events * below).sum(axis=1), events.sum(axis=1) * others.sum(axis=1))


def mean_aucs(labels: Floats, p: Floats, weights: Floats) -> Floats:
    """AUC under each row of weights; of several classes the mean over those that a draw has.

    `labels` are the numbers of classes, `p` is (rows,) or (rows, classes).
    """
    if p.ndim == 1:
        return aucs(labels, p, weights)
    told = [(labels == place).astype(np.float64) for place in range(p.shape[1])]
    each = np.stack([aucs(y, one, weights) for y, one in zip(told, p.T, strict=True)])
    there = np.isfinite(each)
    return shares(np.where(there, each, 0.0).sum(axis=0), there.sum(axis=0))
