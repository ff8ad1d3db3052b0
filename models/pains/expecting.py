"""What is expected of a customer by who they are, whatever they went through and where.

Each customer is expected what the others of their kind did: learned on other customers. It is not
the champion that says so: that has learned which channels hurt, and would excuse them
(docs/decisions/0049-pains-by-money.md).
"""

from collections.abc import Collection, Sequence

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from models.logit import Floats, expit
from models.pains.contrast import Ints
from models.transforms.drawn import folds

FOLDS = 5
ROWS_MOST = 30_000
"""More rows than these teach so simple a model nothing."""

EVENTS_LEAST = 30
"""With fewer of the rarer outcome, everybody is expected the same."""

FREEDOM = 0.1
ITERATIONS, CLOSE_ENOUGH = 1_000, 1e-3
SPREADS_MOST = 3.0
ROUNDS = 80

SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 8,
    "min_data_in_leaf": 50,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "cat_smooth": 20.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
    "seed": 7,
}


def expected(
    mix: pd.DataFrame,
    stage: Ints,
    outcome: Floats,
    customers: Sequence[str],
    *,
    categories: Collection[str] = (),
) -> Floats:
    """Probability of an outcome (0 or 1) by case mix and stage, told by other customers' rows.

    A shrunken regression, each stage with slopes of its own, and a few small trees for what no
    straight line tells. `categories` are columns of `mix` that hold numbers of words.
    """
    if min(outcome.sum(), len(outcome) - outcome.sum()) < EVENTS_LEAST:
        return np.full(len(outcome), (outcome.sum() + 0.5) / (len(outcome) + 1))
    fold, told = folds(customers, FOLDS), np.full(len(outcome), outcome.mean())
    lines, (trees, words) = _standard(mix, categories), _raw(mix, stage, categories)
    for one in range(FOLDS):
        held, others = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        others = others[:: 1 + len(others) // ROWS_MOST]
        if not len(held) or not 0 < outcome[others].sum() < len(others):
            continue
        line = _Line(lines[others], stage[others], outcome[others])
        known = lgb.Dataset(
            trees[others],
            outcome[others],
            init_score=line(lines[others], stage[others]),
            categorical_feature=words,
        )
        grown = lgb.train(SETTINGS, known, ROUNDS)
        more = np.asarray(grown.predict(trees[held], raw_score=True, num_threads=1))
        told[held] = expit(line(lines[held], stage[held]) + more)
    return told


class _Line:
    """Log-odds as a weighted sum of columns; weights of a stage are drawn towards those of all."""

    def __init__(self, x: Floats, stage: Ints, outcome: Floats) -> None:
        self._stages = np.unique(stage)
        inside = (stage[:, None] == self._stages).astype(np.float64)
        design = np.hstack([inside, x, *(x * one[:, None] for one in inside.T)])
        fitted = LogisticRegression(C=FREEDOM, max_iter=ITERATIONS, tol=CLOSE_ENOUGH).fit(
            design, outcome
        )
        weights = np.asarray(fitted.coef_, dtype=np.float64)[0]
        number, columns = len(self._stages), x.shape[1]
        self._base = weights[:number] + float(fitted.intercept_[0])
        common = weights[number : number + columns]
        self._weights = common + weights[number + columns :].reshape(number, columns)

    def __call__(self, x: Floats, stage: Ints) -> Floats:
        """The log-odds; a stage that was never seen is told as the nearest by number."""
        at = np.clip(np.searchsorted(self._stages, stage), 0, len(self._stages) - 1)
        return self._base[at] + np.einsum("rc,rc->r", x, self._weights[at])


def _standard(mix: pd.DataFrame, categories: Collection[str]) -> Floats:
    """Columns in spreads from their mean; words and missing values as columns of their own."""
    found: list[Floats] = [np.zeros(len(mix))]
    for name in mix.columns:
        value = mix[name].to_numpy(dtype=np.float64, na_value=np.nan)
        missing = np.isnan(value)
        if name in categories:
            found.extend((value == word).astype(np.float64) for word in np.unique(value[~missing]))
        elif not missing.all():
            scaled = np.sign(value) * np.log1p(np.abs(value))
            away = (scaled - np.nanmean(scaled)) / (np.nanstd(scaled) or 1.0)
            found.append(
                np.nan_to_num(np.clip(away, -SPREADS_MOST, SPREADS_MOST)).astype(np.float64)
            )
        found.append(missing.astype(np.float64))
    x = np.stack(found, axis=1)
    return x[:, x.min(axis=0) < x.max(axis=0)]


def _raw(mix: pd.DataFrame, stage: Ints, categories: Collection[str]) -> tuple[Floats, list[int]]:
    """Columns as they are, the stage behind them, and which of them hold numbers of words."""
    x = mix.to_numpy(dtype=np.float64, na_value=np.nan)
    words = [place for place, name in enumerate(mix.columns) if name in categories]
    return np.column_stack([x, stage.astype(np.float64)]), [*words, x.shape[1]]
