"""A regression in place of trees, where data are few: all of it a handful of numbers a column.

Measured on 100 to 500 churners, a strongly shrunken regression on every feature beats both trees
and a regression on a few columns (docs/decisions/0029-small-data-and-intervals.md).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from models.judging.calibration import Calibration
from models.limits import at_least
from models.logit import Floats, expit, logit
from models.rows.panel import Panel

SPREADS_MOST = 3.0
"""A column counts no further from its mean, lest one that stood still in training decide alone."""


ROUNDING = 1e-9
"""A spread below this share of a column's size is no spread."""

_LISTS = ("columns", "means", "spreads", "weights")


@dataclass(frozen=True, kw_only=True)
class Logistic:
    """Log-odds as a weighted sum of columns, each in spreads from its mean in training.

    `scale` says what is standardised: logarithms of one plus a column's size with its sign kept
    (`log`), or the log-odds of columns that are probabilities (`log_odds`). A missing value lies on
    the mean and says nothing; none lies further from it than `spreads_most`.
    """

    columns: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    scale: Literal["log", "log_odds"] = "log"
    spreads_most: float = SPREADS_MOST

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row that has the columns."""
        return expit(self.contributions(frame).sum(axis=1))

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """What each column adds to a row's log-odds: (rows, columns + 1), the intercept last.

        A column adds its weight times its distance from the mean; that is exact, and a row sums to
        its log-odds.
        """
        x = _scaled(frame, self.columns, self.scale)
        away = _standardised(x, np.array(self.means), np.array(self.spreads), self.spreads_most)
        base = np.full((len(frame), 1), self.intercept)
        return np.concatenate([away * np.array(self.weights), base], axis=1)

    def calibrated(self, line: Calibration) -> "Logistic":
        """The same behind a straight line on the log-odds, which folds into the weights."""
        weights = tuple(line.slope * weight for weight in self.weights)
        intercept = line.intercept + line.slope * self.intercept
        return replace(self, weights=weights, intercept=intercept)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows it; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Logistic":
        """A regression as `as_json` told it."""
        lists: dict[str, Any] = {name: tuple(told[name]) for name in _LISTS}
        return cls(**{**told, **lists})


@dataclass(frozen=True, kw_only=True)
class Regression:
    """Learns churn from the features of a panel, few or many.

    `freedom` is the inverse of the penalty on squared weights, as scikit-learn's `C`;
    those named in `without` are left out, as features that hold numbers of words should be.
    """

    freedom: float = 0.003
    without: frozenset[str] = frozenset()
    name: str = "logistic"

    def __post_init__(self) -> None:
        at_least(self, freedom=1e-9)

    def fit(self, train: Panel) -> Logistic:
        """A regularised logistic regression on standardised logarithms."""
        columns = tuple(name for name in train.features if name not in self.without)
        x = _scaled(train.rows, columns, "log")
        means, spreads = _means_and_spreads(x)
        away = _standardised(x, means, spreads, SPREADS_MOST)
        fitted = LogisticRegression(C=self.freedom, max_iter=1000).fit(away, train.y, train.weights)
        return Logistic(
            columns=columns,
            means=tuple(means.tolist()),
            spreads=tuple(spreads.tolist()),
            weights=tuple(np.asarray(fitted.coef_, dtype=np.float64)[0].tolist()),
            intercept=float(fitted.intercept_[0]),
        )


def _scaled(frame: pd.DataFrame, columns: tuple[str, ...], scale: str) -> Floats:
    x = frame[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
    return logit(x) if scale == "log_odds" else np.sign(x) * np.log1p(np.abs(x))


def _means_and_spreads(x: Floats) -> tuple[Floats, Floats]:
    """Of the finite values of each column; a column that stands still has a spread of 1."""
    known = np.isfinite(x)
    rows = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, x, 0.0).sum(axis=0) / rows
    spreads = np.sqrt((np.where(known, x - means, 0.0) ** 2).sum(axis=0) / rows)
    moves = spreads > ROUNDING * (1 + np.abs(means))
    return means, np.where(moves, spreads, 1.0)


def _standardised(x: Floats, means: Floats, spreads: Floats, most: float) -> Floats:
    return np.nan_to_num(np.clip((x - means) / spreads, -most, most))
