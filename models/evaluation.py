"""Rolling origins: at each, learn only from what had matured by then, and predict it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from features.errors import ModelRefused
from models.bootstrap import Comparison, compare
from models.logit import Floats
from models.panel import Panel

Progress = Callable[[str], None]


class Predictor(Protocol):
    """What has been learned."""

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row."""
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

    `predictions` has the columns customer_id, cutoff, matured_at, label, and the
    probability of each learner under its name.
    """

    predictions: pd.DataFrame
    comparison: Comparison

    @property
    def origins(self) -> list[pd.Timestamp]:
        """The cutoffs that were predicted, ascending."""
        return sorted(set(self.predictions["cutoff"]))

    @property
    def positives(self) -> int:
        """How many of the predicted rows churned."""
        return int(self.predictions["label"].to_numpy().sum())


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
    parts: list[pd.DataFrame] = []
    for cutoff in panel.cutoffs[-origins:]:
        train = purged(panel, cutoff)
        if train.events_rarer:
            progress(f"origin {cutoff:%Y-%m-%d}: learning from {len(train.rows)} rows")
            parts.append(_predicted(panel.at(cutoff), train, learners))
    if not parts:
        raise ModelRefused(
            "no cutoff has an earlier one that had matured by then, so nothing can be measured",
            where=f"{len(panel.cutoffs)} cutoffs",
            mend="shorten history_days, horizon_days or every_days, or wait for a longer history",
        )
    predictions = pd.concat(parts, ignore_index=True)
    return Backtest(predictions, _compared(predictions, learners))


def purged(panel: Panel, cutoff: pd.Timestamp) -> Panel:
    """The rows whose label was known at a cutoff; a label that looks past it is a bug."""
    train = panel.matured_by(cutoff)
    if max(train.column("matured_at"), default=cutoff) > cutoff:
        raise AssertionError("a training label had not matured at the origin")
    return train


def _predicted(test: Panel, train: Panel, learners: Sequence[Learner]) -> pd.DataFrame:
    keys = test.rows[["customer_id", "cutoff", "matured_at", "label"]]
    fitted = {learner.name: learner.fit(train) for learner in learners}
    return keys.assign(**{name: f.probabilities(test.rows) for name, f in fitted.items()})


def _compared(predictions: pd.DataFrame, learners: Sequence[Learner]) -> Comparison:
    return compare(
        predictions["label"].to_numpy(np.float64),
        {learner.name: predictions[learner.name].to_numpy() for learner in learners},
        pd.factorize(predictions["customer_id"])[0],
        predictions["cutoff"].dt.strftime("%Y-%m-%d").to_numpy(str),
    )
