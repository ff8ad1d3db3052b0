"""One booster for each present activity: few outcomes follow it, and most of the log is others'."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import lightgbm as lgb
import numpy as np

from models.learning.boosters import Examples, Growing
from models.learning.boosting import BoostingParams
from models.learning.folding import fold
from models.logit import Floats
from models.prefixes.events import Ints
from models.prefixes.others import groups
from models.prefixes.told import Prefixes

CATEGORIES: Mapping[str, object] = {"min_data_per_group": 20, "cat_smooth": 20.0}
"""LightGBM's settings for words of which some are rare."""


@dataclass(frozen=True)
class Following:
    """Boosters of several seeds as one, for the outcomes that followed one activity.

    The outcomes of the whole log hold as much as one more row of each outcome seen here.
    """

    booster_text: str
    outcomes: tuple[int, ...]
    rounds: int
    floor: float

    def probabilities(self, x: Floats, everywhere: Floats) -> Floats:
        """Probability of each outcome of the log for each row: (rows, outcomes)."""
        p = np.tile(self.floor * everywhere, (len(x), 1))
        raw = np.asarray(self._booster.predict(x, num_threads=1)).reshape(len(x), -1)
        p[:, list(self.outcomes)] += (1 - self.floor) * raw
        return p

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)


@dataclass(frozen=True)
class Forest:
    """By present activity what follows it; `everywhere` are the outcomes' shares of all rows."""

    by_activity: Mapping[int, Following]
    everywhere: Floats

    def probabilities(self, prefixes: Prefixes, otherwise: Floats) -> Floats:
        """Probabilities (rows, outcomes); those of `otherwise` where an activity has no booster."""
        p = otherwise.copy()
        for number, following in self.by_activity.items():
            rows = np.flatnonzero(prefixes.activity == number)
            if len(rows):
                p[rows] = following.probabilities(prefixes.x[rows], self.everywhere)
        return p


@dataclass(frozen=True, kw_only=True)
class ForestBoosting:
    """Learns what follows each activity that has at least `rows_least` rows and two outcomes.

    A row counts half as much with every `half_life_seconds` before the last.
    """

    params: BoostingParams
    rows_least: int
    outcomes: int
    half_life_seconds: float
    threads: int = 1

    def stopped(self, train: Prefixes, later: Prefixes) -> Forest:
        """Boosters as they predicted `later` prefixes best; none where it shows none."""
        return self._forest(
            train,
            {
                number: self._one(own, self.params.rounds, outcomes, held)
                for number, own, outcomes in self._teachable(train)
                if len(held := _seen(later, number, outcomes))
            },
        )

    def refitted(self, train: Prefixes, like: Forest) -> Forest:
        """Boosters of as many rounds as another forest's, for the activities that it has."""
        rounds = {number: one.rounds for number, one in like.by_activity.items()}
        return self._forest(
            train,
            {
                number: self._one(own, rounds[number], outcomes)
                for number, own, outcomes in self._teachable(train)
                if number in rounds
            },
        )

    def _teachable(self, train: Prefixes) -> Iterator[tuple[int, Prefixes, Ints]]:
        """Each activity's number, its rows and what followed."""
        for rows in groups(train.activity):
            outcomes = np.unique(train.following[rows])
            if len(rows) >= self.rows_least and len(outcomes) > 1:
                yield int(train.activity[rows[0]]), train.some(rows), outcomes

    def _forest(self, train: Prefixes, by_activity: Mapping[int, Following]) -> Forest:
        counts = np.bincount(train.following, minlength=self.outcomes) + 1.0
        return Forest(by_activity, counts / counts.sum())

    def _one(
        self, own: Prefixes, rounds: int, outcomes: Ints, later: Prefixes | None = None
    ) -> Following:
        several = {"objective": "multiclass", "metric": "multi_logloss"}
        growing = Growing(
            settings={
                **self.params.settings(),
                **CATEGORIES,
                **several,
                "num_class": len(outcomes),
            },
            seeds=self.params.seeds,
            rounds=rounds,
            patience_rounds=self.params.patience_rounds,
            threads=self.threads,
        )
        held = None if later is None else self._examples(later, outcomes)
        grown = growing.grow(self._examples(own, outcomes), held)
        best = rounds if held is None else max(1, round(median(best for _, best in grown)))
        floor = len(outcomes) / (len(own) + len(outcomes))
        return Following(fold([text for text, _ in grown]), tuple(outcomes.tolist()), best, floor)

    def _examples(self, prefixes: Prefixes, outcomes: Ints) -> Examples:
        age = prefixes.at.max() - prefixes.at
        return Examples(
            x=prefixes.x,
            y=np.searchsorted(outcomes, prefixes.following).astype(np.float64),
            names=prefixes.names,
            categories=prefixes.categories,
            weights=0.5 ** (age / self.half_life_seconds),
        )


def _seen(later: Prefixes, number: int, outcomes: Ints) -> Prefixes:
    """The rows of an activity whose outcome can be told."""
    return later.some((later.activity == number) & np.isin(later.following, outcomes))
