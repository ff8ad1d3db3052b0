"""LightGBM as jejak uses it: shrunken, natural base rate, several seeds averaged on the logit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.learning.boosters import Examples, Growing
from models.learning.folding import fold
from models.limits import at_least, at_most
from models.logit import Floats
from models.rows.panel import Panel

if TYPE_CHECKING:  # as in `models.learning.boosters`
    import lightgbm as lgb

ROUNDS_UNSTOPPED = 150
"""Rounds where the history is too short to hold out later cutoffs for stopping."""


@dataclass(frozen=True, kw_only=True)
class BoostingParams:
    """What may be tuned in the boosted trees; the preset is the regularised one.

    `patience_rounds` without a better log loss on the last `stop_cutoffs` training cutoffs end the
    boosting; `rows_per_leaf` and `hessian_per_leaf` are the least that a leaf may hold,
    `feature_share` and `row_share` what each tree is shown, `bins` the values that a feature is
    cut into, `seeds` how many boosters are averaged. `cat_smooth` and `cat_l2` shrink splits by
    sets of words; `extra_trees` draws the threshold of a split.
    """

    rounds: int = 3000
    patience_rounds: int = 40
    stop_cutoffs: int = 2
    learning_rate: float = 0.05
    leaves: int = 7
    rows_per_leaf: int = 100
    hessian_per_leaf: float = 1e-3
    feature_share: float = 0.5
    row_share: float = 0.75
    l2: float = 5.0
    l1: float = 0.0
    cat_smooth: float = 10.0
    cat_l2: float = 10.0
    extra_trees: bool = False
    bins: int = 255
    seeds: int = 5

    def __post_init__(self) -> None:
        at_least(
            self,
            rounds=1,
            patience_rounds=1,
            stop_cutoffs=1,
            learning_rate=1e-4,
            leaves=2,
            rows_per_leaf=1,
            hessian_per_leaf=0,
            feature_share=0.01,
            row_share=0.01,
            l2=0,
            l1=0,
            cat_smooth=0,
            cat_l2=0,
            bins=2,
            seeds=1,
        )
        at_most(self, learning_rate=1, leaves=1024, feature_share=1, row_share=1, bins=65535)

    def settings(self) -> dict[str, object]:
        """All but rounds and seeds in LightGBM's words; the same digits on every machine."""
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.rows_per_leaf,
            "min_sum_hessian_in_leaf": self.hessian_per_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": self.l2,
            "lambda_l1": self.l1,
            "cat_smooth": self.cat_smooth,
            "cat_l2": self.cat_l2,
            "extra_trees": self.extra_trees,
            "max_bin": self.bins,
            "feature_pre_filter": False,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class Boosted:
    """Boosters of several seeds as one native booster."""

    booster_text: str
    features: tuple[str, ...]
    rounds: int

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row of features."""
        return np.asarray(self._booster.predict(matrix(frame, self.features), num_threads=1))

    @cached_property
    def _booster(self) -> "lgb.Booster":
        import lightgbm as lgb  # noqa: PLC0415

        return lgb.Booster(model_str=self.booster_text)


@dataclass(frozen=True)
class Boosting:
    """Learns churn from a panel; `threads` boosters at a time, which changes no digit.

    `signs` holds +1 for features that may only raise the risk as they grow and -1 for those that
    may only lower it; `categories` are the features that hold numbers of words.
    """

    params: BoostingParams = BoostingParams()
    threads: int = 1
    signs: Mapping[str, int] = field(default_factory=dict)
    categories: frozenset[str] = frozenset()
    name: str = "churn"

    def fit(self, train: Panel, *, rounds: int | None = None) -> Boosted:
        """Choose the rounds on the last cutoffs of the panel, then learn from all of it.

        With `rounds` nothing is held out to choose them.
        """
        wanted = rounds or self._rounds(train)
        texts = self._boosters(train, wanted)
        return Boosted(fold([text for text, _ in texts]), train.features, wanted)

    def _rounds(self, train: Panel) -> int:
        """Median over seeds of the round at which later cutoffs were predicted best."""
        later = train.last(self.params.stop_cutoffs)
        earlier = train.matured_by(later.cutoffs[0])
        if not (earlier.events_rarer and later.events_rarer):
            return ROUNDS_UNSTOPPED
        stopped = self._boosters(earlier, self.params.rounds, later)
        return max(1, round(median(best for _, best in stopped)))

    def _boosters(
        self, train: Panel, rounds: int, later: Panel | None = None
    ) -> list[tuple[str, int]]:
        """Text and best round of the booster of each seed."""
        growing = Growing(
            settings=self.settings(train),
            seeds=self.params.seeds,
            rounds=rounds,
            patience_rounds=self.params.patience_rounds,
            threads=self.threads,
        )
        return growing.grow(self._told(train), None if later is None else self._told(later))

    def _told(self, panel: Panel) -> Examples:
        x = matrix(panel.rows, panel.features)
        return Examples(
            x=x,
            y=panel.y,
            names=panel.features,
            categories=self.categories,
            weights=panel.weights,
        )

    def settings(self, train: Panel) -> dict[str, object]:
        """All that LightGBM is told but rounds and seeds."""
        signs = [self.signs.get(name, 0) for name in train.features]
        constraints: dict[str, object] = {"monotone_constraints": signs} if any(signs) else {}
        return self.params.settings() | constraints | objective(train)


def objective(train: Panel) -> dict[str, object]:
    """What LightGBM is to make small: the log loss of the panel's two or more classes."""
    if len(train.classes) == len({"stayed", "churned"}):
        return {"objective": "binary", "metric": "binary_logloss"}
    several = {"objective": "multiclass", "metric": "multi_logloss"}
    return {**several, "num_class": len(train.classes)}


def matrix(frame: pd.DataFrame, features: tuple[str, ...]) -> Floats:
    """The features of a frame as 64-bit floats, in the booster's order."""
    return frame[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)
