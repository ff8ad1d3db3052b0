"""Moves that cannot be: probability 0, and the rest shared out again."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.judging.evaluation import Learner, Predictor
from models.logit import Floats
from models.rows.panel import Panel

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Mask:
    """Classes that are impossible behind some values of a column, such as the stage.

    A value that `impossible` does not name forbids nothing.
    """

    column: str
    impossible: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, column: str, possible: Flags) -> "Mask":
        """What a table (values, classes) says cannot be, its rows being the values 0, 1, 2 …"""
        cannot = {value: tuple(np.flatnonzero(~row).tolist()) for value, row in enumerate(possible)}
        return cls(column, {value: classes for value, classes in cannot.items() if classes})

    def unseen(self, train: Panel) -> "Mask":
        """Without what training rows did all the same: data speak before rules."""
        seen = set(zip(self._values(train.rows).tolist(), train.y.tolist(), strict=True))
        kept = {
            value: tuple(one for one in classes if (value, one) not in seen)
            for value, classes in self.impossible.items()
        }
        return Mask(self.column, {value: classes for value, classes in kept.items() if classes})

    def masked(self, frame: pd.DataFrame, p: Floats) -> Floats:
        """Probabilities (rows, classes) without what is impossible, adding up to 1.

        A row that is left with nothing shares evenly what is possible.
        """
        possible = ~self._forbidden(frame, p.shape[1])
        kept = np.where(possible, p, 0.0)
        left = kept.sum(axis=1, keepdims=True)
        evenly = possible / possible.sum(axis=1, keepdims=True)
        shared = np.where(left > 0, kept / np.where(left > 0, left, 1.0), evenly)
        return np.where(possible.all(axis=1, keepdims=True), p, shared)

    def _forbidden(self, frame: pd.DataFrame, classes: int) -> Flags:
        values = self._values(frame)
        forbidden = np.zeros((len(frame), classes), dtype=np.bool_)
        for value, places in self.impossible.items():
            forbidden[np.ix_(values == value, list(places))] = True
        return forbidden

    def _values(self, frame: pd.DataFrame) -> Floats:
        return frame[self.column].to_numpy(dtype=np.float64, na_value=np.nan)


@dataclass(frozen=True)
class Masked:
    """A predictor that gives no probability to what its mask forbids."""

    mask: Mask
    predictor: Predictor

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of each class for each row of features: (rows, classes), adding up to 1."""
        return self.mask.masked(frame, self.predictor.probabilities(frame))


@dataclass(frozen=True)
class Masking:
    """A learner whose predictions keep to what is possible, or was seen in training."""

    learner: Learner
    mask: Mask

    @property
    def name(self) -> str:
        """The learner's own."""
        return self.learner.name

    def fit(self, train: Panel) -> Masked:
        """Learn from the rows of a panel, and from nothing else."""
        return Masked(self.mask.unseen(train), self.learner.fit(train))
