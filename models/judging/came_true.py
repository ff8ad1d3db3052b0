"""How good probabilities proved once the horizon is over, also where contact changed the truth."""

import numpy as np
from scipy import special

from models.judging.bootstrap import DRAWS, QUANTILES, Interval
from models.judging.expected import QUALITY, grouped, quality
from models.logit import Floats

LEVEL = "observed_over_expected"

FEW = 100
"""Of more who left, draws of the customers tell well enough what chance does."""

TINY = 1e-9


def came_true(
    y: Floats,
    p: Floats,
    weights: Floats | None = None,
    *,
    capacity: float = 0.1,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Interval]:
    """Every metric of `QUALITY` of customers, one row each, with an interval; none of nobody.

    `y` is 1 for those who left. Weights stand for customers who are not there: one who was held
    out with probability 0.1 stands for ten; 0 leaves out. The interval holds 95 % of the draws of
    customers.

    >>> y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.7, 0.6, 0.1])
    >>> came_true(y, p)["auc"].value
    0.75
    """
    whole = np.ones(len(y)) if weights is None else weights
    kept = whole > 0
    if not kept.any():
        return {}
    told, left, own = grouped(p[kept]), y[kept].astype(np.int64), whole[kept]
    values, kind = np.unique(own, return_inverse=True)
    cells = np.ravel_multi_index((left, told.place, kind), (2, len(told.p), len(values)))
    occupied, counts = np.unique(cells, return_counts=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(left), counts / len(left), size=draws)
    each = np.concatenate([counts[None], drawn]) * values[occupied % len(values)]
    groups, begins = np.unique(occupied // len(values), return_index=True)
    summed = np.zeros((draws + 1, 2 * len(told.p)))
    summed[:, groups] = np.add.reduceat(each, begins, axis=1)
    others, events = np.split(summed, 2, axis=1)
    found = quality(told.p, events, others, capacity)
    measured = {name: _interval(column) for name, column in zip(QUALITY, found.T, strict=True)}
    return measured | {LEVEL: _with_few(measured[LEVEL], own * p[kept], own)}


def _with_few(level: Interval, expected: Floats, weights: Floats) -> Interval:
    """O/E with an interval that is not narrower than chance makes it where few left.

    Where nobody left nobody does in any draw of customers: the bounds of a count are Garwood's
    (1936). `expected` are the weighted probabilities; heavy weights count as fewer customers.
    """
    counted = expected.sum() ** 2 / (expected @ weights)
    left = level.value * counted
    if not left < FEW:
        return level
    low, high = bounds_of_count(left, QUANTILES[0])
    return Interval(
        level.value,
        min(level.low, low / counted),
        max(level.high, high / counted),
    )


def bounds_of_count(counted: float, chance: float) -> tuple[float, float]:
    """Between which means a count lies, each bound passed by a chance (Garwood 1936).

    >>> [round(one, 2) for one in bounds_of_count(10, 0.025)]
    [4.8, 18.39]
    """
    low = special.gammaincinv(max(counted, TINY), chance)
    return float(low), float(special.gammainccinv(counted + 1, chance))


def _interval(column: Floats) -> Interval:
    """What was measured, and the bounds of the draws that define it."""
    drawn = column[1:][np.isfinite(column[1:])]
    low, high = np.quantile(drawn, QUANTILES) if len(drawn) else (np.nan, np.nan)
    return Interval(float(column[0]), float(low), float(high))
