"""Rates of churn by category: what the label says of a segment, a persona, a last step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from models.limits import at_least
from models.logit import Floats
from models.rows.panel import Panel
from models.transforms.drawn import Ints, folds
from models.transforms.fitting import Fitted, Made, Seen
from models.transforms.shares import Counts, contexts, count, out_of_fold, smoothed

STAYED_OR_CHURNED = 2


@dataclass(frozen=True, kw_only=True)
class FittedRates(Fitted):
    """How many of each category churned, by column."""

    kind: ClassVar[str] = "rates"

    counts: Mapping[str, Counts]
    pseudo_rows: float
    folds: int

    @property
    def made(self) -> tuple[Made, ...]:
        """A rate for each column."""
        return tuple(
            Made(
                name=f"churn_rate_{column}",
                kind="rate",
                subject=column.replace("_", " "),
                tells=f"churn_rate_{column}",
            )
            for column in self.counts
        )

    def values(self, rows: pd.DataFrame) -> Floats:
        """The smoothed rate of churn of each row's categories."""
        return _side_by_side(
            len(rows),
            [
                smoothed(counts, contexts(rows, [column]), STAYED_OR_CHURNED, self.pseudo_rows)
                for column, counts in self.counts.items()
            ],
        )

    def own_values(self, train: Panel) -> Floats:
        """Likewise, counted over the customers of the other folds alone."""
        fold = folds(train.column("customer_id"), self.folds)
        return _side_by_side(
            len(train.rows),
            [
                out_of_fold(
                    contexts(train.rows, [column]),
                    _churned(train),
                    STAYED_OR_CHURNED,
                    self.pseudo_rows,
                    fold,
                )
                for column in self.counts
            ],
        )


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Target encoding: categories as the smoothed share of their training rows that churned.

    The rate is an m-estimate, drawn to the rate of all rows with the weight of `pseudo_rows`:
    Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes.
    Training rows are told the rate among the customers of the other `folds`, as Pargent et al.
    (2022), Regularized target encoding, recommend; rows of one customer are never apart.
    """

    columns: tuple[str, ...]
    pseudo_rows: float = 100.0
    folds: int = 5

    def __post_init__(self) -> None:
        at_least(self, pseudo_rows=1e-9, folds=2)

    def fit(self, train: Panel) -> FittedRates:
        """Count who churned in the rows of a panel, for those of the columns that it has."""
        there = [name for name in self.columns if name in train.rows.columns]
        missing = [name for name in self.columns if name not in there]
        churned = _churned(train)
        return FittedRates(
            seen=Seen.of(train),
            note=f"not fitted: no {', '.join(missing)}" if missing else "",
            counts={
                name: count(contexts(train.rows, [name]), churned, STAYED_OR_CHURNED)
                for name in there
            },
            pseudo_rows=self.pseudo_rows,
            folds=self.folds,
        )


def _churned(train: Panel) -> Ints:
    return train.y.astype(np.int64)


def _side_by_side(rows: int, shares: list[Floats]) -> Floats:
    return np.column_stack([share[:, 1] for share in shares]) if shares else np.empty((rows, 0))
