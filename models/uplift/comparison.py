"""Rankings beside each other on one experiment: intervals from customers drawn again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from models.judging.bootstrap import QUANTILES, Interval, customer_draws
from models.logit import Floats
from models.uplift.experiment import Experiment
from models.uplift.qini import METRICS, measure

DRAWS = 500
RANDOM = "random"


@dataclass(frozen=True)
class Ranked:
    """The first ranking beside the others, and beside chance.

    `metrics` has the columns ranking, metric, value, low, high; the ranking `RANDOM` holds the mean
    of the first one's scores dealt out at random, and where 95 % of the deals lie. `differences`
    has baseline, metric, value, low, high: the first ranking's metric minus the baseline's on the
    same draws. `chance` is the share of random deals with a Qini at least as high as the first
    ranking's, itself counted among them.
    """

    metrics: pd.DataFrame
    differences: pd.DataFrame
    chance: float

    def of(self, ranking: str, metric: str = "qini") -> Interval:
        """One metric of one ranking."""
        return _one(self.metrics, "ranking", ranking, metric)

    def above(self, baseline: str, metric: str = "qini") -> Interval:
        """By how much the first ranking's metric is above a baseline's."""
        return _one(self.differences, "baseline", baseline, metric)


def compare(
    told: Experiment, rankings: Mapping[str, Floats], *, draws: int = DRAWS, seed: int = 0
) -> Ranked:
    """Every metric of every ranking, a customer-clustered interval beside each."""
    found = {name: [measure(told, ranking)] for name, ranking in rankings.items()}
    for weights in customer_draws(told.customers, draws, seed):
        for name, ranking in rankings.items():
            found[name].append(measure(told, ranking, weights))
    measured = {name: np.concatenate(blocks) for name, blocks in found.items()}
    first, *others = rankings
    dealt = _dealt(told, rankings[first], draws, seed)
    at_random = np.concatenate([dealt.mean(axis=0, keepdims=True), dealt])
    metrics = [_table("ranking", name, drawn) for name, drawn in measured.items()]
    differences = [_table("baseline", name, measured[first] - measured[name]) for name in others]
    return Ranked(
        metrics=pd.concat([*metrics, _table("ranking", RANDOM, at_random)], ignore_index=True),
        differences=pd.concat(
            [*differences, _table("baseline", RANDOM, measured[first] - at_random[0])],
            ignore_index=True,
        ),
        chance=(1 + int((dealt[:, 0] >= measured[first][0, 0]).sum())) / (1 + draws),
    )


def _dealt(told: Experiment, ranking: Floats, deals: int, seed: int) -> Floats:
    """Metrics of a ranking's values dealt out to the rows at random."""
    random = np.random.default_rng(seed)
    return np.concatenate([measure(told, random.permutation(ranking)) for _ in range(deals)])


def _table(key: str, name: str, values: Floats) -> pd.DataFrame:
    """The first row is the value, the others are the draws."""
    low, high = np.nanquantile(values[1:], QUANTILES, axis=0)
    told = {"metric": METRICS, "value": values[0], "low": low, "high": high}
    return pd.DataFrame({key: name, **told})


def _one(table: pd.DataFrame, key: str, name: str, metric: str) -> Interval:
    rows = table.loc[table[key].eq(name) & table["metric"].eq(metric)]
    value, low, high = cast("list[float]", rows[["value", "low", "high"]].to_numpy()[0].tolist())
    return Interval(value, low, high)
