"""How good probabilities of several classes are, under many weightings at once.

A class is measured against the rest as churn is against staying; AUC and ECE are means over the
classes that a draw has rows of, so a rare class weighs as much as a common one. F1 and accuracy
are those of the likeliest class.
"""

import numpy as np
from numpy.typing import NDArray

from models.judging import metrics
from models.judging.bootstrap import Gauge
from models.logit import SMALLEST, Floats

METRICS = ("auc", "log_loss", "brier", "macro_f1", "accuracy", "ece")
"""Names of the metrics, in the order in which `measure` returns them."""

Flags = NDArray[np.bool_]

_AGAINST_REST = [metrics.METRICS.index(name) for name in ("auc", "brier", "ece")]


def measure(y: Floats, p: Floats, weights: Floats | None = None) -> Floats:
    """Every metric of `METRICS` for each row of weights: (draws, metrics).

    `y` holds the number of each row's class, `p` is (rows, classes), `weights` (draws, rows), by
    default one draw of ones. The AUC of a draw with rows of one class alone is NaN.

    >>> y = np.array([0.0, 2.0, 1.0])
    >>> p = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.5, 0.4, 0.1]])
    >>> dict(zip(METRICS, measure(y, p)[0].round(3).tolist()))["accuracy"]
    0.667
    """
    drawn = np.ones((1, len(y))) if weights is None else np.asarray(weights, dtype=np.float64)
    told = y[:, None] == np.arange(p.shape[1])
    auc, brier, ece = _against_rest(told, p, drawn)
    f1, accuracy = _likeliest(told, p, drawn)
    log_loss = (drawn @ losses(y, p)) / drawn.sum(axis=1)
    return np.stack([auc, log_loss, brier, f1, accuracy, ece], axis=1)


def losses(y: Floats, p: Floats) -> Floats:
    """Log loss of each row."""
    own = p[np.arange(len(y)), y.astype(np.int64)]
    return -np.log(np.clip(own, SMALLEST, 1))


def _against_rest(told: Flags, p: Floats, drawn: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean AUC over the classes that are there, sum of Brier scores, mean ECE."""
    each = [
        metrics.measure(one.astype(np.float64), p[:, place], drawn)[:, _AGAINST_REST]
        for place, one in enumerate(told.T)
    ]
    auc, brier, ece = np.stack(each, axis=2).swapaxes(0, 1)
    there = drawn @ told.astype(np.float64) > 0
    return _mean(auc, there), brier.sum(axis=1), _mean(ece, there)


def _mean(values: Floats, there: Flags) -> Floats:
    """Mean of each row over the columns that are there and defined; NaN if none is."""
    kept = there & np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(kept, values, 0.0).sum(axis=1) / kept.sum(axis=1)


def _likeliest(told: Flags, p: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """F1 over the classes that are there or predicted, and accuracy, of the likeliest class."""
    guessed = p.argmax(axis=1)[:, None] == np.arange(p.shape[1])
    right, there, predicted = (
        drawn @ flags.astype(np.float64) for flags in (told & guessed, told, guessed)
    )
    either = there + predicted
    f1 = np.divide(2 * right, either, out=np.full_like(right, np.nan), where=either > 0)
    return np.nanmean(f1, axis=1), right.sum(axis=1) / drawn.sum(axis=1)


SEVERAL_CLASSES = Gauge(METRICS, measure)
"""What `bootstrap.compare` measures several classes with."""
