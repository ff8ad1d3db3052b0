"""Rolling origins: at each, learn only from what had matured by then, and predict it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from features.errors import ModelRefused
from models.judging.bootstrap import TWO_CLASSES, Comparison, compare
from models.logit import Floats
from models.multiclass.metrics import SEVERAL_CLASSES
from models.rows.panel import Panel, events
from models.rows.weights import WEIGHT, row_weights

Progress = Callable[[str], None]

KEYS = ("customer_id", "cutoff", "matured_at", "label", WEIGHT)
"""What is kept of a measured row beside its probabilities."""


class Predictor(Protocol):
    """What has been learned."""

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row, or of each class: (rows, classes)."""
        ...


class Learner(Protocol):
    """The model or a baseline: a panel in, a predictor out."""

    @property
    def name(self) -> str:
        """The predictor's name in every table."""
        ...

    def fit(self, train: Panel) -> Predictor:
        """Learn from the rows of a panel, and from nothing else."""
        ...


@dataclass(frozen=True)
class Backtest:
    """Out-of-time predictions and what they were worth.

    `keys` has the columns customer_id, cutoff, matured_at, label and, where rows stand for others,
    row_weight; `p` holds by name what each learner gave to its rows: (rows,), or (rows, classes).
    """

    keys: pd.DataFrame
    p: Mapping[str, Floats]
    comparison: Comparison

    @property
    def predictions(self) -> pd.DataFrame:
        """The keys, and the probability of each learner of two classes under its name."""
        return self.keys.assign(**{name: p for name, p in self.p.items() if p.ndim == 1})

    @property
    def origins(self) -> list[pd.Timestamp]:
        """The cutoffs that were predicted, ascending."""
        return sorted(set(self.keys["cutoff"]))

    @property
    def positives(self) -> int:
        """How many of the predicted rows churned; of several classes, took not the commonest."""
        return events(self.keys["label"].to_numpy(np.int64))


def backtest(
    panel: Panel,
    learners: Sequence[Learner],
    origins: int,
    *,
    progress: Progress = lambda _: None,
) -> Backtest:
    """Predict each of the last `origins` cutoffs by learners that knew no later label.

    The first learner is the model, the others are its baselines.
    """
    keys: list[pd.DataFrame] = []
    found: list[dict[str, Floats]] = []
    for cutoff in panel.cutoffs[-origins:]:
        train = purged(panel, cutoff)
        if train.events_rarer:
            progress(f"origin {cutoff:%Y-%m-%d}: learning from {len(train.rows)} rows")
            test = panel.at(cutoff)
            keys.append(test.rows.loc[:, [name for name in KEYS if name in test.rows]])
            found.append({one.name: one.fit(train).probabilities(test.rows) for one in learners})
    if not keys:
        raise ModelRefused(
            "no cutoff has an earlier one that had matured by then, so nothing can be measured",
            where=f"{len(panel.cutoffs)} cutoffs",
            mend="shorten history_days, horizon_days or every_days, or wait for a longer history",
        )
    p = {one.name: np.concatenate([part[one.name] for part in found]) for one in learners}
    rows = pd.concat(keys, ignore_index=True)
    return Backtest(rows, p, _compared(rows, p))


def purged(panel: Panel, cutoff: pd.Timestamp) -> Panel:
    """The rows whose label was known at a cutoff; a label that looks past it is a bug."""
    train = panel.matured_by(cutoff)
    if max(train.column("matured_at"), default=cutoff) > cutoff:
        raise AssertionError("a training label had not matured at the origin")
    return train


def _compared(keys: pd.DataFrame, p: Mapping[str, Floats]) -> Comparison:
    several = any(one.ndim > 1 for one in p.values())
    return compare(
        keys["label"].to_numpy(np.float64),
        p,
        pd.factorize(keys["customer_id"])[0],
        keys["cutoff"].dt.strftime("%Y-%m-%d").to_numpy(str),
        gauge=SEVERAL_CLASSES if several else TWO_CLASSES,
        weights=row_weights(keys),
    )
