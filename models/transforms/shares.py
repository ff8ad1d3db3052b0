"""Shares of outcomes by context, each smoothed towards the next shorter context.

A context is what a few categorical columns say, the foremost first. The share of an outcome behind
a context seen n times is `(n_outcome + pseudo_rows * shorter) / (n + pseudo_rows)`, where `shorter`
is its share behind the context without its last column; behind no column at all every outcome is
equally likely beforehand. This is additive smoothing with the shorter context as prior: MacKay and
Peto (1995), A hierarchical Dirichlet language model.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelRefused
from models.logit import Floats

Texts = npt.NDArray[np.str_]
Ints = npt.NDArray[np.int64]

Counts = tuple[Mapping[str, tuple[int, ...]], ...]
"""By length of context: the rows of each outcome behind each context."""

CODES_MOST = 1000
"""A column with more different values than this is no category."""


def contexts(rows: pd.DataFrame, columns: Sequence[str]) -> list[Texts]:
    """The context of each row by its length, from none of the columns to all of them.

    >>> rows = pd.DataFrame({"last_step": [3, 1], "stage": [2.0, None]})
    >>> [context.tolist() for context in contexts(rows, ["last_step", "stage"])]
    [['', ''], ['3', '1'], ['3,2', '1,']]
    """
    found = [np.full(len(rows), "")]
    for place, column in enumerate(columns):
        codes = _codes(rows, column)
        joined = codes if place == 0 else np.strings.add(np.strings.add(found[-1], ","), codes)
        found.append(joined)
    return found


def count(contexts: Sequence[Texts], outcome: Ints, outcomes: int) -> Counts:
    """How often each of so many outcomes came behind each context."""
    return tuple(_counted(context, outcome, outcomes) for context in contexts)


def smoothed(
    counts: Counts, contexts: Sequence[Texts], outcomes: int, pseudo_rows: float
) -> Floats:
    """The share of each outcome behind each row's context: (rows, outcomes), adding up to 1."""
    shares = np.full((len(contexts[0]), outcomes), 1 / outcomes)
    nothing = (0,) * outcomes
    for table, context in zip(counts, contexts, strict=True):
        distinct, row = np.unique(context, return_inverse=True)
        seen = np.array([table.get(str(one), nothing) for one in distinct], dtype=np.float64)
        seen = seen.reshape(-1, outcomes)[row]
        shares = (seen + pseudo_rows * shares) / (seen.sum(axis=1, keepdims=True) + pseudo_rows)
    return shares


def out_of_fold(
    contexts: Sequence[Texts], outcome: Ints, outcomes: int, pseudo_rows: float, folds: Ints
) -> Floats:
    """The shares of each row as the rows of the other folds tell them."""
    shares = np.empty((len(outcome), outcomes))
    for fold in np.unique(folds):
        own = folds == fold
        others = count([context[~own] for context in contexts], outcome[~own], outcomes)
        shares[own] = smoothed(
            others, [context[own] for context in contexts], outcomes, pseudo_rows
        )
    return shares


def _counted(context: Texts, outcome: Ints, outcomes: int) -> Mapping[str, tuple[int, ...]]:
    distinct, row = np.unique(context, return_inverse=True)
    flat = np.bincount(row * outcomes + outcome, minlength=len(distinct) * outcomes)
    table = flat.reshape(-1, outcomes).tolist()
    return {str(one): tuple(seen) for one, seen in zip(distinct, table, strict=True)}


def _codes(rows: pd.DataFrame, column: str) -> Texts:
    """The values of a categorical column as text; empty where there is none."""
    values = rows[column].to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
    distinct, row = np.unique(values, return_inverse=True)
    if len(distinct) > CODES_MOST:
        raise ModelRefused(
            f"{column} has {len(distinct)} different values, more than {CODES_MOST}; it is no "
            "category",
            where="[transforms]",
            mend="name columns that hold few different values",
        )
    return np.array(["" if np.isnan(one) else f"{one:.15g}" for one in distinct], str)[row]
