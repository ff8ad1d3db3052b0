"""What is expected of a customer by who they are, whatever they went through and where.

Each customer is expected what the others of their kind did: learned on other customers. It is not
the champion that says so: that has learned which channels hurt, and would excuse them
(docs/decisions/0049-pains-by-money.md).
"""

from collections.abc import Iterable, Sequence

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.logit import Floats
from models.transforms.drawn import folds

FOLDS = 5
ROUNDS = 120
ROWS_MOST = 60_000
"""More rows than these teach a few small trees nothing."""

EVENTS_LEAST = 30
"""With fewer of the rarer outcome, everybody is expected the same."""

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
    "verbose": -1,
    "seed": 7,
}


def expected(
    mix: pd.DataFrame,
    outcome: Floats,
    customers: Sequence[str],
    *,
    categories: Iterable[str] = (),
    threads: int = 1,
) -> Floats:
    """Probability of an outcome (0 or 1) by the columns of `mix`, told by other customers' rows.

    `categories` are columns that hold numbers of words.
    """
    if min(outcome.sum(), len(outcome) - outcome.sum()) < EVENTS_LEAST:
        return np.full(len(outcome), (outcome.sum() + 0.5) / (len(outcome) + 1))
    fold, told = folds(customers, FOLDS), np.full(len(outcome), outcome.mean())
    x = mix.to_numpy(dtype=np.float64, na_value=np.nan)
    words = [place for place, name in enumerate(mix.columns) if name in {*categories}]
    settings = {**SETTINGS, "num_threads": threads}
    for one in range(FOLDS):
        held, others = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        others = others[:: 1 + len(others) // ROWS_MOST]
        if not len(held) or not 0 < outcome[others].sum() < len(others):
            continue
        known = lgb.Dataset(x[others], outcome[others], categorical_feature=words, params=settings)
        booster = lgb.train(settings, known, ROUNDS)
        told[held] = np.asarray(booster.predict(x[held], num_threads=threads), dtype=np.float64)
    return told
