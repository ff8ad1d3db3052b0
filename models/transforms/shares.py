"""Shares of outcomes by context, each smoothed towards the next shorter context.

A context is what a few categorical columns say, the foremost first. The share of an outcome behind
a context seen n times is `(n_outcome + pseudo_rows * shorter) / (n + pseudo_rows)`, where `shorter`
is its share behind the context without its last column; behind no column at all every outcome is
equally likely beforehand. This is additive smoothing with the shorter context as prior: MacKay and
Peto (1995), A hierarchical Dirichlet language model.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelRefused
from models.logit import Floats
from models.transforms.drawn import Ints

Counts = tuple[Mapping[str, tuple[int, ...]], ...]
"""By length of context: the rows of each outcome behind each context."""

CODES_MOST = 1000
"""A column with more different values than this is no category."""


@dataclass(frozen=True)
class Context:
    """The different contexts of one length, and which of them each row has."""

    texts: tuple[str, ...]
    rows: Ints

    def tally(self, outcome: Ints, outcomes: int, kept: npt.NDArray[np.bool_]) -> Ints:
        """How often each outcome came behind each context, over the rows that are kept."""
        size = len(self.texts) * outcomes
        cells = np.bincount(self.rows[kept] * outcomes + outcome[kept], minlength=size)
        return cells.reshape(-1, outcomes)


def contexts(rows: pd.DataFrame, columns: Sequence[str]) -> list[Context]:
    """The contexts of the rows by their length, from none of the columns to all of them.

    >>> rows = pd.DataFrame({"last_step": [3, 1], "stage": [2.0, None]})
    >>> [context.texts for context in contexts(rows, ["last_step", "stage"])]
    [('',), ('1', '3'), ('1,', '3,2')]
    """
    found = [Context(("",), np.zeros(len(rows), dtype=np.int64))]
    for column in columns:
        own = _codes(rows, column)
        found.append(own if len(found) == 1 else _joined(found[-1], own))
    return found


def count(contexts: Sequence[Context], outcome: Ints, outcomes: int) -> Counts:
    """How often each of so many outcomes came behind each context."""
    everywhere = np.ones(len(outcome), dtype=np.bool_)
    tables = (context.tally(outcome, outcomes, everywhere).tolist() for context in contexts)
    return tuple(
        dict(zip(context.texts, map(tuple, table), strict=True))
        for context, table in zip(contexts, tables, strict=True)
    )


def smoothed(
    counts: Counts, contexts: Sequence[Context], outcomes: int, pseudo_rows: float
) -> Floats:
    """The share of each outcome behind each row's context: (rows, outcomes), adding up to 1."""
    nothing = (0,) * outcomes
    tables = (
        np.array([table.get(text, nothing) for text in context.texts], dtype=np.int64)
        for table, context in zip(counts, contexts, strict=True)
    )
    places = [context.rows for context in contexts]
    return _shares(tables, places, outcomes, pseudo_rows)


def out_of_fold(
    contexts: Sequence[Context], outcome: Ints, outcomes: int, pseudo_rows: float, folds: Ints
) -> Floats:
    """The shares of each row as the rows of the other folds tell them."""
    shares = np.empty((len(outcome), outcomes))
    for fold in np.unique(folds):
        own = folds == fold
        others = (context.tally(outcome, outcomes, ~own) for context in contexts)
        places = [context.rows[own] for context in contexts]
        shares[own] = _shares(others, places, outcomes, pseudo_rows)
    return shares


def _shares(
    tables: Iterable[Ints], places: Sequence[Ints], outcomes: int, pseudo_rows: float
) -> Floats:
    """Longer and longer contexts, each drawn to the one before; `places` point into `tables`."""
    shares = np.full((len(places[0]), outcomes), 1 / outcomes)
    for table, place in zip(tables, places, strict=True):
        seen = table.reshape(-1, outcomes).astype(np.float64)
        rows = seen.sum(axis=1, keepdims=True)
        shares = (seen[place] + pseudo_rows * shares) / (rows[place] + pseudo_rows)
    return shares


def _codes(rows: pd.DataFrame, column: str) -> Context:
    """The values of a categorical column; the text of none is empty."""
    values = rows[column].to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
    distinct, row = np.unique(values, return_inverse=True)
    if len(distinct) > CODES_MOST:
        raise ModelRefused(
            f"{column} has {len(distinct)} different values, more than {CODES_MOST}; it is no "
            "category",
            where="[transforms]",
            mend="name columns that hold few different values",
        )
    return Context(tuple("" if np.isnan(one) else f"{one:.15g}" for one in distinct), row)


def _joined(shorter: Context, last: Context) -> Context:
    codes = len(last.texts)
    distinct, row = np.unique(shorter.rows * codes + last.rows, return_inverse=True)
    pairs = (divmod(int(one), codes) for one in distinct)
    return Context(tuple(f"{shorter.texts[a]},{last.texts[b]}" for a, b in pairs), row)
