"""How good probabilities are; every metric also under row weights, all weightings at once.

Weights are what makes the bootstrap fast: drawing customers again is weighting their rows. A
whole-number weight means that the row stands there that often, and ties in probability are shared
evenly, so no metric depends on the order of rows.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.logit import SMALLEST, Floats, fit_line, logit

SHARES = (0.05, 0.10, 0.20)
"""Shares of customers, those most at risk first, at which lift is measured."""

BINS = 10

METRICS = (
    "auc",
    "average_precision",
    "log_loss",
    "brier",
    "observed_over_expected",
    "ece",
    "calibration_slope",
    "lift_5",
    "lift_10",
    "lift_20",
)
"""Names of the metrics, in the order in which `measure` returns them."""


def measure(y: Floats, p: Floats, weights: Floats | None = None) -> Floats:
    """Every metric of `METRICS` for each row of weights: (draws, metrics).

    `y` is 1 where the event came and 0 where not, `p` its probability, both (rows,); `weights` is
    (draws, rows), by default one draw of ones. A metric that a draw cannot define, for want of
    one of the two classes, is NaN.

    >>> y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.7, 0.6, 0.1])
    >>> dict(zip(METRICS, measure(y, p)[0].round(3).tolist()))["auc"]
    0.75
    """
    drawn = np.ones((1, len(y))) if weights is None else np.asarray(weights, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ranked = _ranking(y, p, drawn)
        line = fit_line(y, logit(p), drawn)[:, 1:]
        return np.concatenate(
            [ranked[:, :2], _losses(y, p, drawn), ranked[:, 2:3], line, ranked[:, 3:]], axis=1
        )


def by_name(values: Sequence[float] | NDArray[np.float64]) -> dict[str, float]:
    """One draw of `measure` with its names."""
    return dict(zip(METRICS, map(float, values), strict=True))


def auc(y: Floats, score: Floats) -> float:
    """AUC of anything that orders rows, ties counting half; NaN if one class is missing.

    >>> auc(np.array([1.0, 0.0, 1.0, 0.0]), np.array([9.0, 7.0, 7.0, -np.inf]))
    0.875
    """
    _, place, sizes = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(sizes) - (sizes - 1) / 2)[place]
    positives = float(y.sum())
    pairs = positives * (len(y) - positives)
    below = float(rank @ y) - positives * (positives + 1) / 2
    return below / pairs if pairs else float("nan")


def _losses(y: Floats, p: Floats, weights: Floats) -> Floats:
    kept = np.clip(p, SMALLEST, 1 - SMALLEST)
    loss = -(y * np.log(kept) + (1 - y) * np.log1p(-kept))
    totals = weights @ np.stack([loss, (p - y) ** 2, y, p, np.ones_like(y)], axis=1)
    log_loss, brier, observed, expected, rows = totals.T
    return np.stack([log_loss / rows, brier / rows, observed / expected], axis=1)


def _ranking(y: Floats, p: Floats, weights: Floats) -> Floats:
    order = np.argsort(-p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) != 0])
    drawn = weights[:, order]
    rows = np.add.reduceat(drawn, starts, axis=1)
    events = np.add.reduceat(drawn * y[order], starts, axis=1)
    rows_above, events_above = rows.cumsum(axis=1), events.cumsum(axis=1)
    total, positives = rows_above[:, -1], events_above[:, -1]
    won = ((rows - events) * (events_above - events / 2)).sum(axis=1)
    precision = np.divide(events_above, rows_above, out=np.zeros_like(rows), where=rows_above > 0)
    return np.column_stack(
        [
            won / (positives * (total - positives)),
            (events * precision).sum(axis=1) / positives,
            _bins(rows_above, events_above, (rows * p[order][starts]).cumsum(axis=1)),
            _at(np.array(SHARES), rows_above, events_above) / np.array(SHARES) / positives[:, None],
        ]
    )


def _bins(rows: Floats, observed: Floats, expected: Floats) -> Floats:
    edges = np.arange(1, BINS + 1) / BINS
    gaps = np.diff(_at(edges, rows, observed) - _at(edges, rows, expected), prepend=0.0)
    return np.abs(gaps).sum(axis=1) / rows[:, -1]


def _at(shares: Floats, rows: Floats, sums: Floats) -> Floats:
    """Running sums at shares of all rows, straight between two probabilities: (draws, shares)."""
    return np.stack(
        [
            np.interp(shares * across[-1], np.r_[0.0, across], np.r_[0.0, up])
            for across, up in zip(rows, sums, strict=True)
        ]
    )
