"""A learner that is told, beside the features, what transforms make of its own training rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from models.judging.evaluation import Learner, Predictor
from models.logit import Floats
from models.rows.panel import Panel
from models.transforms.chosen import beside, fit_all
from models.transforms.fitting import Fitted, Transform


@dataclass(frozen=True)
class Transformed:
    """A predictor, and the transforms whose columns it reads."""

    fitted: tuple[Fitted, ...]
    predictor: Predictor

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row of features, none of them before what was seen."""
        return self.predictor.probabilities(beside(frame, self.fitted))


@dataclass(frozen=True)
class Transforming:
    """Fits transforms, then a learner, on the same rows: in each fold anew."""

    learner: Learner
    transforms: Sequence[Transform]

    @property
    def name(self) -> str:
        """The learner's own."""
        return self.learner.name

    def fit(self, train: Panel) -> Transformed:
        """Learn from the rows of a panel, and from nothing else."""
        fitted, told = fit_all(self.transforms, train)
        return Transformed(fitted, self.learner.fit(told))
