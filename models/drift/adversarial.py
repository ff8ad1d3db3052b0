"""Whether tonight's customers can be told from those that were learned from."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from models.drift.alarm import Alarm
from models.drift.reference import Reference, thinned
from models.learning.boosting import matrix
from models.logit import Floats

if TYPE_CHECKING:  # as in `models.learning.boosters`
    import lightgbm as lgb

AUC_MOST = 0.7
TIMES_MORE = 2.0
"""So many times the odds of what is usual: days since a mailing may tell any two days apart."""

ROWS_MOST, ROWS_LEAST = 5_000, 100
FOLDS = 3
ROUNDS = 40
NORMAL_95 = 1.96
NAMED = 3

_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 7,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "seed": 0,
    "deterministic": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, kw_only=True)
class Apart:
    """How well two sets of rows are told apart, with a 95 % interval, and by which columns."""

    auc: float
    low: float
    high: float
    features: tuple[str, ...]


def told_apart(
    reference: Reference, cutoff: datetime, rows_at: Callable[[datetime], pd.DataFrame]
) -> list[Alarm]:
    """D30 where tonight's rows are surely told from the last ones learned from.

    `rows_at` gives some rows at risk at a cutoff, with customer_id and the features. What time
    does to everybody is no alarm: two training cutoffs at about the same distance are told apart
    too, and only at twice those odds tonight is something else.
    """
    last = reference.cutoffs[-1]
    earlier = _as_long_before(reference, cutoff - last)
    if earlier is None:
        return []
    features = [shape.name for shape in reference.features]
    categories = [shape.name for shape in reference.features if shape.is_category]
    tonight, then, before = (thinned(rows_at(one), ROWS_MOST) for one in (cutoff, last, earlier))
    if min(map(len, (tonight, then, before))) < ROWS_LEAST or not features:
        return []
    now = apart(tonight, then, features, categories=categories)
    if now.low <= AUC_MOST:
        return []
    usual = apart(then, before, features, categories=categories)
    needed = max(AUC_MOST, TIMES_MORE * usual.high / (1 + (TIMES_MORE - 1) * usual.high))
    if now.low <= needed:
        return []
    return [
        Alarm(
            code="D30",
            severity="warn",
            about="population",
            name="customers",
            measured=now.low,
            needed=needed,
            told={
                "auc": now.auc,
                "low": now.low,
                "high": now.high,
                "usual": usual.auc,
                "features": ", ".join(now.features),
            },
        )
    ]


def apart(
    rows: pd.DataFrame,
    others: pd.DataFrame,
    features: Sequence[str],
    *,
    categories: Collection[str] = (),
) -> Apart:
    """How well small trees tell rows from others, out of fold; a customer is in one fold alone.

    The interval is DeLong's (1988).
    """
    both = pd.concat([rows, others], ignore_index=True)
    x = matrix(both, tuple(features))
    y = np.repeat([1.0, 0.0], [len(rows), len(others)])
    folds = np.array([crc32(str(one).encode()) % FOLDS for one in both["customer_id"]])
    p, gains = np.zeros(len(y)), np.zeros(len(features))
    for fold in range(FOLDS):
        held = folds == fold
        booster = _learned(x[~held], y[~held], features, categories)
        p[held] = np.asarray(booster.predict(x[held], num_threads=1))
        gains += booster.feature_importance("gain")
    auc, error = _auc(y, p)
    reach = NORMAL_95 * error
    most = np.argsort(-gains)[:NAMED].tolist()
    named = tuple(str(features[place]) for place in most if gains[place] > 0)
    return Apart(auc=auc, low=auc - reach, high=auc + reach, features=named)


def _learned(
    x: Floats, y: Floats, features: Sequence[str], categories: Collection[str]
) -> "lgb.Booster":
    import lightgbm as lgb  # noqa: PLC0415

    names = list(features)
    words = [name for name in names if name in categories]
    data = lgb.Dataset(x, y, feature_name=names, categorical_feature=words, params=_SETTINGS)
    return lgb.train(_SETTINGS, data, ROUNDS)


def _auc(y: Floats, p: Floats) -> tuple[float, float]:
    """The area under the curve and its standard error, by the places of rows among the others."""
    ones = y > 0
    whole = rankdata(p)
    above = (whole[ones] - rankdata(p[ones])) / (~ones).sum()
    below = 1 - (whole[~ones] - rankdata(p[~ones])) / ones.sum()
    spread = np.var(above, ddof=1) / len(above) + np.var(below, ddof=1) / len(below)
    return float(above.mean()), float(np.sqrt(spread))


def _as_long_before(reference: Reference, away: timedelta) -> datetime | None:
    """The training cutoff that lies about as long before the last one as tonight lies after it."""
    last, others = reference.cutoffs[-1], reference.cutoffs[:-1]
    return min(others, key=lambda one: abs((last - one) - away), default=None)
