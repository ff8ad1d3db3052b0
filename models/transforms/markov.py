"""Markov rows: what usually comes next, given the last steps or the present stage."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.catalog import plain
from models.limits import at_least
from models.logit import Floats
from models.rows.panel import Panel
from models.transforms.drawn import Ints, folds
from models.transforms.fitting import Fitted, Made, Seen
from models.transforms.shares import Counts, contexts, count, out_of_fold, smoothed

Texts = npt.NDArray[np.str_]

NONE = ""
"""The outcome of who does nothing in the label window."""


@dataclass(frozen=True, kw_only=True)
class FittedMarkov(Fitted):
    """Shares of what came next behind each context, none and the commonest outcomes first.

    `counts` has, after those of `outcomes`, a last entry for all rarer ones.
    """

    kind: ClassVar[str] = "markov"

    label: str
    context: tuple[str, ...]
    outcomes: tuple[str, ...]
    counts: Counts
    pseudo_rows: float
    folds: int

    @property
    def made(self) -> tuple[Made, ...]:
        """A column for each outcome; the sentence tells how many did nothing."""
        names = [self._name(outcome) for outcome in self.outcomes]
        return tuple(Made(name=n, kind=self.label, subject="", tells=names[0]) for n in names)

    def values(self, rows: pd.DataFrame) -> Floats:
        """The smoothed share of each outcome, given what a row's context says."""
        if not self.outcomes:
            return np.empty((len(rows), 0))
        told, outcomes = contexts(rows, self.context), len(self.outcomes)
        return smoothed(self.counts, told, outcomes + 1, self.pseudo_rows)[:, :outcomes]

    def own_values(self, train: Panel) -> Floats:
        """Likewise, counted over the customers of the other folds alone."""
        if not self.outcomes:
            return np.empty((len(train.rows), 0))
        outcome = _coded(_words(train, self.label), self.outcomes)
        shares = out_of_fold(
            contexts(train.rows, self.context),
            outcome,
            len(self.outcomes) + 1,
            self.pseudo_rows,
            folds(train.column("customer_id"), self.folds),
        )
        return shares[:, : len(self.outcomes)]

    def _name(self, outcome: str) -> str:
        if outcome == NONE:
            return f"no_{self.label}"
        return f"{self.label}_{plain(outcome)}"


@dataclass(frozen=True, kw_only=True)
class Markov:
    """Rows of a Markov chain whose order is the number of columns in `context`.

    `label` names the column of a panel that says what came first in the label window, empty for
    nothing. Columns for none and for the `most` commonest outcomes. A context seen less than some
    `pseudo_rows` times speaks mostly as the context without its last column does.
    """

    label: str
    context: tuple[str, ...]
    most: int = 8
    pseudo_rows: float = 20.0
    folds: int = 5

    def __post_init__(self) -> None:
        at_least(self, most=1, pseudo_rows=1e-9, folds=2)

    def fit(self, train: Panel) -> FittedMarkov:
        """Count what came next in the rows of a panel; nothing where its columns are not there."""
        missing = [name for name in (self.label, *self.context) if name not in train.rows.columns]
        if missing:
            return self._fitted(train, (), (), f"not fitted: no {', '.join(missing)}")
        words = _words(train, self.label)
        outcomes = (NONE, *_commonest(words, self.most))
        outcome = _coded(words, outcomes)
        counts = count(contexts(train.rows, self.context), outcome, len(outcomes) + 1)
        return self._fitted(train, outcomes, counts)

    def _fitted(
        self, train: Panel, outcomes: tuple[str, ...], counts: Counts, note: str = ""
    ) -> FittedMarkov:
        return FittedMarkov(
            seen=Seen.of(train),
            note=note,
            label=self.label,
            context=self.context,
            outcomes=outcomes,
            counts=counts,
            pseudo_rows=self.pseudo_rows,
            folds=self.folds,
        )


def _words(train: Panel, label: str) -> Texts:
    column = train.column(label).astype("object")
    return column.where(column.notna(), NONE).to_numpy(str)


def _commonest(words: Texts, most: int) -> list[str]:
    """The commonest words, the first of equals by name."""
    counted = Counter(words[words != NONE].tolist())
    return sorted(counted, key=lambda word: (-counted[word], word))[:most]


def _coded(words: Texts, outcomes: tuple[str, ...]) -> Ints:
    """The place of each word among the outcomes; behind the last for all others."""
    places = {word: place for place, word in enumerate(outcomes)}
    distinct, row = np.unique(words, return_inverse=True)
    return np.array([places.get(str(word), len(outcomes)) for word in distinct], np.int64)[row]
