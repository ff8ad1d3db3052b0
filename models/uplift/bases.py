"""What learners of uplift are made of: trees and lines of low capacity."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import Lasso, LogisticRegression, Ridge

from models.limits import at_least, at_most
from models.logit import Floats, expit

Kind = Literal["probability", "number"]
"""Whether what is learned is 0 or 1, or any number."""

SPREAD_LEAST = 1e-9
"""A column whose logarithms differ by less is one number."""

Predict = Callable[[Floats], Floats]


class Base(Protocol):
    """Learns a mean from a matrix of features."""

    def fit(self, x: Floats, y: Floats, kind: Kind) -> Predict:
        """What says the mean for further rows."""
        ...


@dataclass(frozen=True, kw_only=True)
class Trees:
    """Boosted trees that are small on purpose: effects are weaker than what they act upon.

    `rows_per_leaf` is the least that a leaf may hold, `feature_share` and `row_share` what each
    tree is shown, `seeds` how many boosters are averaged.
    """

    rounds: int = 60
    learning_rate: float = 0.05
    leaves: int = 4
    rows_per_leaf: int = 200
    feature_share: float = 0.6
    row_share: float = 0.75
    l2: float = 10.0
    seeds: int = 5

    def __post_init__(self) -> None:
        """Refuse what LightGBM would refuse, or take amiss."""
        at_least(
            self,
            rounds=1,
            learning_rate=1e-4,
            leaves=2,
            rows_per_leaf=1,
            feature_share=0.01,
            row_share=0.01,
            l2=0,
            seeds=1,
        )
        at_most(self, learning_rate=1, leaves=1024, feature_share=1, row_share=1)

    def fit(self, x: Floats, y: Floats, kind: Kind) -> Predict:
        """The mean of boosters of several seeds."""
        settings = self._settings("binary" if kind == "probability" else "regression")
        data = lgb.Dataset(x, y, params=settings)
        boosters = [
            lgb.train({**settings, "seed": seed}, data, num_boost_round=self.rounds)
            for seed in range(self.seeds)
        ]

        def predict(rows: Floats) -> Floats:
            told = [np.asarray(booster.predict(rows, num_threads=1)) for booster in boosters]
            return np.mean(told, axis=0)

        return predict

    def _settings(self, objective: str) -> dict[str, object]:
        return {
            "objective": objective,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.rows_per_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": self.l2,
            "feature_pre_filter": False,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A line, logistic for probabilities, on compressed and standardised columns.

    `pseudo_rows` is how many rows the prior at no slope counts as.
    """

    pseudo_rows: float = 30.0

    def __post_init__(self) -> None:
        """Refuse a prior that weighs less than nothing."""
        at_least(self, pseudo_rows=1e-9)

    def fit(self, x: Floats, y: Floats, kind: Kind) -> Predict:
        """The line; what is missing lies on the mean of its column."""
        standard = _standard(x)
        if kind == "number":
            line = Ridge(alpha=self.pseudo_rows).fit(standard(x), y)
            return lambda rows: np.asarray(line.predict(standard(rows)))
        odds = LogisticRegression(C=1 / self.pseudo_rows, max_iter=1000).fit(standard(x), y)
        return lambda rows: expit(np.asarray(odds.decision_function(standard(rows))))


@dataclass(frozen=True)
class FewLines:
    """A line on the few columns whose slopes stand out of the noise, on the same columns.

    The threshold is the universal one (Donoho and Johnstone 1994): were there nothing but noise,
    hardly any slope would pass it.
    """

    def fit(self, x: Floats, y: Floats, kind: Kind) -> Predict:
        """The line; a probability is kept between 0 and 1."""
        standard = _standard(x)
        threshold = float(y.std()) * np.sqrt(2 * np.log(max(x.shape[1], 2)) / len(y))
        line = Lasso(alpha=max(threshold, SPREAD_LEAST)).fit(standard(x), y)
        low, high = (0.0, 1.0) if kind == "probability" else (-np.inf, np.inf)
        return lambda rows: np.clip(np.asarray(line.predict(standard(rows))), low, high)


def _standard(x: Floats) -> Predict:
    """What makes further rows comparable with those of a matrix."""
    told = _compressed(x)
    known = np.maximum((~np.isnan(told)).sum(axis=0), 1)
    means = np.nansum(told, axis=0) / known
    spreads = np.sqrt(np.nansum((told - means) ** 2, axis=0) / known)
    spreads = np.where(spreads > SPREAD_LEAST, spreads, 1.0)
    return lambda rows: np.nan_to_num((_compressed(rows) - means) / spreads)


def _compressed(x: Floats) -> Floats:
    return np.sign(x) * np.log1p(np.abs(x))
