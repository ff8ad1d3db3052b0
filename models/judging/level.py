"""The level of probabilities: how many left, out of time, against how many were expected.

Base rates move, and a model that learned from the past lags behind. What it predicted at origins
that have matured since says by how much: one shift of the log-odds for everybody, so no order
changes, and it folds into the booster as an intercept.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.limits import at_least
from models.logit import Floats, expit, fit_shift, logit


@dataclass(frozen=True, kw_only=True)
class LevelParams:
    """How readily the level is followed.

    `pseudo_events` that came just as expected are added to those that were observed: with few of
    them the level hardly moves.
    """

    pseudo_events: float = 100.0

    def __post_init__(self) -> None:
        at_least(self, pseudo_events=0)


DEFAULT = LevelParams()


def level(
    y: Floats, p: Floats, params: LevelParams = DEFAULT, *, weights: Floats | None = None
) -> float:
    """The shift of the log-odds at which `p` expects what was observed, drawn towards none.

    Shifted, it expects `(observed + pseudo_events) / (expected + pseudo_events)` times as many
    events as before: the posterior mean of a Gamma prior around 1 on counts of Poisson. `weights`
    say how many rows each row stands for, one where nothing is said.

    >>> y, p = np.array([1.0] * 300 + [0.0] * 700), np.full(1000, 0.2)
    >>> round(level(y, p), 3), round(level(y, p, LevelParams(pseudo_events=0)), 3)
    (0.375, 0.539)
    """
    times = np.ones(len(p)) if weights is None else weights
    expected, rows = float((times * p).sum()), float(times.sum())
    if not expected + params.pseudo_events:
        return 0.0
    share = (float((times * y).sum()) + params.pseudo_events) / (expected + params.pseudo_events)
    aimed = min(expected * share / rows, 1.0) if rows else 0.0
    return fit_shift(np.full(len(p), aimed), logit(p), times)


def following(predicted: pd.DataFrame, params: LevelParams = DEFAULT) -> Floats:
    """Probabilities of each origin at the level of the origins that had matured by it.

    `predicted` holds out-of-time predictions: cutoff, matured_at, label, p. The first origins, by
    which nothing had matured, stay as they are.
    """
    z = logit(predicted["p"].to_numpy(np.float64))
    codes, cutoffs = pd.factorize(predicted["cutoff"])
    return expit(z + np.array([level_at(predicted, one, params) for one in cutoffs])[codes])


def level_at(
    predicted: pd.DataFrame, instant: pd.Timestamp, params: LevelParams = DEFAULT
) -> float:
    """The level that was known at an instant, by the predictions that had matured."""
    known = predicted.loc[predicted["matured_at"].le(instant)]
    return level(known["label"].to_numpy(np.float64), known["p"].to_numpy(np.float64), params)
