"""J11: labels are shuffled within each cutoff; whoever still predicts them has seen them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from models.evidence.case import Case, drawn, event
from models.evidence.leakage.tried import Tried
from models.judging.evaluation import purged
from models.judging.metrics import auc
from models.logit import Floats
from models.rows.panel import Panel
from models.transforms.learning import Transforming

ROWS_MOST = 10_000
ROUNDS_MOST = 40
ERRORS_MOST = 4.0
"""An AUC so many standard errors from .5 is no chance: one in 16,000."""


def shuffled(case: Case) -> Tried:
    """The learner with its transforms, in few rounds, at the last origin: its AUC must be .5."""
    origin = case.tested.origins[-1]
    boosting = case.boosting
    few = replace(boosting.params, seeds=1, rounds=min(case.rounds, ROUNDS_MOST))
    learner = Transforming(replace(boosting, params=few), case.transforms)
    train = _shuffled(drawn(purged(case.panel, origin), ROWS_MOST), seed=0)
    test = _shuffled(drawn(case.panel.at(origin), ROWS_MOST), seed=1)
    p = learner.fit(train).probabilities(test.rows)
    value, error = auc_and_error(*event(case, test.y, p))
    return Tried(
        code="J11",
        test="Labels are shuffled among the customers of each cutoff and learned: distance of the"
        " AUC from .5 out of time.",
        value=abs(value - 0.5),
        limit=ERRORS_MOST * error,
        note=f"AUC {value:.3f} at {origin:%Y-%m-%d}, standard error {error:.3f}",
    )


def auc_and_error(y: Floats, p: Floats) -> tuple[float, float]:
    """The AUC, and its standard error where labels are chance; .5 and 0 if a class is missing."""
    rows, happened = len(y), float(y.sum())
    if not 0 < happened < rows:
        return 0.5, 0.0
    return auc(y, p), float(np.sqrt((rows + 1) / (12 * happened * (rows - happened))))


def _shuffled(panel: Panel, seed: int) -> Panel:
    """The rows with the labels of each cutoff in another order."""
    rng = np.random.default_rng(seed)
    rows = panel.rows.reset_index(drop=True)
    labels = rows["label"].to_numpy().copy()
    for places in rows.groupby("cutoff", sort=True).indices.values():
        labels[places] = rng.permutation(labels[places])
    return replace(panel, rows=rows.assign(label=pd.Series(labels)))
