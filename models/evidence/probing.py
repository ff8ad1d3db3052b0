"""Quick boosters with the learner's settings: what a part of the evidence is learned again with.

Rounds are fixed, seeds are few, and the rows are those of drawn customers where there are many.
The columns are cut into bins once a thread, and what a booster is not to see is kept from it by
LightGBM's interaction constraints, so leaving columns out costs no new bins.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.evidence.case import drawn
from models.learning.boosting import Boosting, matrix, objective
from models.logit import SMALLEST, Floats, expit, logit
from models.rows.panel import Panel
from models.transforms.chosen import fit_all
from models.transforms.fitting import Fitted, Transform

ROWS_MOST = 30_000
ROWS_LEAST = 5_000
ROUNDS_USUAL = 150

SEEDS = 2
FIRST_SEED = 100
"""Apart from the seeds of the learner itself."""

Columns = frozenset[str]

EVERYTHING: Columns = frozenset()
"""What is left out where all columns are seen."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Learns from drawn rows of a panel, with some columns left out, and predicts other rows."""

    boosting: Boosting
    rounds: int
    transforms: Sequence[Transform] = ()
    seeds: int = SEEDS

    def predictions(
        self, train: Panel, test: pd.DataFrame, without: Sequence[Columns]
    ) -> list[Floats]:
        """Out-of-time probabilities without each of some sets of columns.

        The answers are (rows,) or (rows, classes), the mean of the seeds on the log-odds.
        """
        fitted, told = fit_all(self.transforms, drawn(train, self._rows(train)))
        rows = _beside(test, fitted)
        jobs = [(left_out, seed) for left_out in without for seed in range(self.seeds)]
        threads = self.boosting.threads

        def some(first: int) -> list[Floats]:
            grower = _Grower(self.boosting, told, matrix(rows, told.features))
            return [grower.raw(*job, self.rounds) for job in jobs[first::threads]]

        with ThreadPoolExecutor(threads) as pool:
            shares = list(pool.map(some, range(threads)))
        raw = [shares[place % threads][place // threads] for place in range(len(jobs))]
        seeds = self.seeds
        return [
            _probabilities(np.mean(raw[place * seeds : (place + 1) * seeds], axis=0))
            for place in range(len(without))
        ]

    def _rows(self, train: Panel) -> int:
        """As many rows as cost about as much as `ROWS_MOST` in the usual rounds of one tree."""
        trees = 1 if len(train.classes) == len({"stayed", "churned"}) else len(train.classes)
        rows = ROWS_MOST * ROUNDS_USUAL / (self.rounds * trees)
        return int(np.clip(rows, ROWS_LEAST, ROWS_MOST))


class _Grower:
    """The binned rows of one thread; LightGBM lets no two threads share them."""

    def __init__(self, boosting: Boosting, train: Panel, x: Floats) -> None:
        self._train = train
        self._names = train.features
        self._x = x
        signs = [boosting.signs.get(name, 0) for name in train.features]
        constraints = {"monotone_constraints": signs} if any(signs) else {}
        self._settings = boosting.params.settings() | constraints | objective(train)
        self._data = lgb.Dataset(
            matrix(train.rows, train.features),
            train.y,
            weight=train.weights,
            feature_name=list(train.features),
            categorical_feature=[name for name in train.features if name in boosting.categories],
            params=dict(self._settings),
        )

    def raw(self, without: Columns, seed: int, rounds: int) -> Floats:
        """Log-odds, or one score a class, of a booster that does not see some columns."""
        kept = [place for place, name in enumerate(self._names) if name not in without]
        if not kept:
            return np.repeat(_base(self._train), len(self._x), axis=0)
        hidden = {"interaction_constraints": [kept]} if without else {}
        seeds = {"bagging_seed": FIRST_SEED + seed, "feature_fraction_seed": 1000 + seed}
        booster = lgb.train({**self._settings, **hidden, **seeds}, self._data, rounds)
        return np.asarray(booster.predict(self._x, raw_score=True, num_threads=1))


def _beside(rows: pd.DataFrame, fitted: Sequence[Fitted]) -> pd.DataFrame:
    """Rows with the columns of transforms, even rows before what those saw: a split may want it."""
    told = [pd.DataFrame(one.values(rows), rows.index, list(one.names)) for one in fitted]
    return pd.concat([rows, *told], axis=1)


def _base(train: Panel) -> Floats:
    """The score of the base rates, for who sees nothing: (1,) or (1, classes)."""
    rates = np.bincount(train.y.astype(np.int64), minlength=len(train.classes)) / len(train.y)
    if len(train.classes) == len({"stayed", "churned"}):
        return logit(rates[1:])
    return np.log(np.maximum(rates, SMALLEST))[None]


def _probabilities(raw: Floats) -> Floats:
    if raw.ndim == 1:
        return expit(raw)
    weights = np.exp(raw - raw.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)
