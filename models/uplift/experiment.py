"""An experiment: who was drawn to be contacted, who was held out, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import DataRefused
from models.logit import Floats
from models.transforms.drawn import Ints, folds

TREATED, CONTROL = "treated", "control"


@dataclass(frozen=True)
class Experiment:
    """Rows of customer and assignment, with features as of the instant of the assignment.

    `rows` has the columns customer_id, arm (treated or control), probability (of being treated,
    whichever arm was drawn), outcome (1 where what the contact is for came true, as staying; else
    0), and one for each of `features`. Rows are ordered by customer, so that no draw depends on the
    order in which they came.
    """

    rows: pd.DataFrame
    features: tuple[str, ...]

    @cached_property
    def treated(self) -> Floats:
        """1 for treated, 0 for control."""
        return self.column("arm").eq(TREATED).to_numpy(np.float64)

    @cached_property
    def probability(self) -> Floats:
        """Probability with which each row was drawn to be treated."""
        return self.column("probability").to_numpy(np.float64)

    @cached_property
    def outcome(self) -> Floats:
        """1 where what the contact is for came true."""
        return self.column("outcome").to_numpy(np.float64)

    @cached_property
    def customers(self) -> Ints:
        """A number from 0 for each row's customer."""
        return pd.factorize(self.column("customer_id"))[0].astype(np.int64)

    @property
    def effect(self) -> float:
        """Mean outcome of the treated less that of the control arm, by their probabilities."""
        return _mean(self, arm=1) - _mean(self, arm=0)

    def column(self, name: str) -> pd.Series:
        """One column of the rows."""
        return cast("pd.Series", self.rows[name])

    def matrix(self, frame: pd.DataFrame | None = None) -> Floats:
        """The features of the rows, or of a frame, as 64-bit floats."""
        rows = self.rows if frame is None else frame
        return rows[list(self.features)].to_numpy(dtype=np.float64, na_value=np.nan)

    def folds(self, number: int) -> Ints:
        """A fold for each row, the same one for all rows of a customer."""
        return folds(self.column("customer_id"), number)

    def where(self, kept: npt.NDArray[np.bool_]) -> "Experiment":
        """Some of the rows."""
        return replace(self, rows=self.rows.loc[kept])


def experiment(raw_rows: pd.DataFrame, features: Sequence[str]) -> Experiment:
    """Rows as an experiment, or `DataRefused` if nothing can be learned from them."""
    missing = [name for name in (*_COLUMNS, *features) if name not in raw_rows.columns]
    if missing:
        raise _refused(f"no column {', '.join(missing)}", "add what is missing")
    chosen = cast("pd.DataFrame", raw_rows[[*_COLUMNS, *features]])
    rows = chosen.sort_values(by=["customer_id", *features])
    told = Experiment(rows.reset_index(drop=True), tuple(features))
    arms = set(told.column("arm").unique())
    if not arms <= {TREATED, CONTROL}:
        raise _refused("an arm is neither treated nor control", "map the arms to these words")
    if len(arms) < len((TREATED, CONTROL)):
        raise _refused("one of the arms is empty", "hold some customers out at random")
    if not ((told.probability > 0) & (told.probability < 1)).all():
        raise _refused(
            "a probability of treatment is missing, 0 or 1",
            "log with each assignment the probability with which its arm was drawn",
        )
    if not np.isin(told.outcome, (0, 1)).all():
        raise _refused("an outcome is neither 0 nor 1", "leave out who has no outcome yet")
    return told


_COLUMNS = ("customer_id", "arm", "probability", "outcome")


def _refused(what: str, mend: str) -> DataRefused:
    return DataRefused(what, where="outreach", mend=mend)


def _mean(told: Experiment, *, arm: int) -> float:
    """Mean outcome of an arm, each row counting as many as its probability stands for."""
    own = told.treated == arm
    weights = own / np.where(own, np.abs(told.probability - (1 - arm)), 1.0)
    return float(weights @ told.outcome / weights.sum())
