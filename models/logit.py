"""The log-odds scale, on which seeds are averaged, calibrated and explained."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST = 1e-15
"""Probabilities are kept this far from 0 and 1 before their logarithm is taken."""

STEPS_MOST = 25
STEP_SMALLEST = 1e-4


def logit(p: Floats) -> Floats:
    """Log-odds of probabilities, finite also at 0 and 1.

    >>> logit(np.array([0.5, 0.75])).round(4).tolist()
    [0.0, 1.0986]
    """
    kept = np.clip(p, SMALLEST, 1 - SMALLEST)
    return np.log(kept) - np.log1p(-kept)


def expit(z: Floats) -> Floats:
    """Probabilities of log-odds, without overflow.

    >>> expit(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def fit_shift(y: Floats, z: Floats, weights: Floats | None = None) -> float:
    """The shift `a` by which `expit(a + z)` expects as many events as were observed.

    `weights` say how many rows each row stands for, one where nothing is said.
    """
    shift, times = 0.0, np.ones(len(y)) if weights is None else weights
    for _ in range(STEPS_MOST):
        p = expit(shift + z)
        step = float((times * (y - p)).sum() / max(float((times * p * (1 - p)).sum()), SMALLEST))
        shift += float(np.clip(step, -1, 1))
        if abs(step) < STEP_SMALLEST**2:
            break
    return shift


def fit_line(y: Floats, z: Floats, weights: Floats) -> Floats:
    """Intercept and slope of the logistic regression of `y` on `z`, one row a row of weights.

    `weights` is (draws, rows); the answer is (draws, 2), NaN where the line has no end: a draw
    with one class only, or two classes that `z` separates. Newton's method on standardised `z`:
    the first step of every draw starts from the fit with equal weights and costs one matrix
    product.
    """
    middle, spread = float(z.mean()), float(z.std()) or 1.0
    standard = (z - middle) / spread
    begin = np.array([[middle, spread]])
    start = _newton(y, standard, np.ones((1, len(y))), begin)
    start = start if np.isfinite(start).all() else begin
    found = _newton(y, standard, weights, np.repeat(start, len(weights), axis=0))
    slope = found[:, 1] / spread
    return np.stack([found[:, 0] - slope * middle, slope], axis=1)


def _newton(y: Floats, z: Floats, weights: Floats, line: Floats) -> Floats:
    line, moving = line.copy(), np.arange(len(weights))
    for _ in range(STEPS_MOST):
        step = _step(y, z, weights[moving], line[moving])
        size = np.abs(step).max(axis=1)
        line[moving] += step / np.maximum(size, 1)[:, None]
        moving = moving[~(size < STEP_SMALLEST)]
        if not len(moving):
            return line
    line[moving] = np.nan
    return line


def _step(y: Floats, z: Floats, weights: Floats, line: Floats) -> Floats:
    same = bool((line == line[0]).all())
    p = expit(line[0, 0] + line[0, 1] * z) if same else expit(line[:, :1] + line[:, 1:] * z)
    left, spread = y - p, p * (1 - p)
    if same:
        g0, g1, h00, h01, h11 = (
            weights @ np.stack([left, left * z, spread, spread * z, spread * z * z], axis=1)
        ).T
    else:
        left, spread = left * weights, spread * weights
        g0, g1, h00, h01, h11 = (
            left.sum(axis=1),
            left @ z,
            spread.sum(axis=1),
            spread @ z,
            spread @ (z * z),
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        return (
            np.stack([h11 * g0 - h01 * g1, h00 * g1 - h01 * g0], axis=1)
            / (h00 * h11 - h01**2)[:, None]
        )
