"""Customers drawn by their ids alone: the same ones whoever else is there, in whatever order."""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]

KEY = b"jejak transforms"


def folds(customers: Iterable[str], number: int) -> Ints:
    """A fold for each row, the same one for all rows of a customer.

    >>> folds(["ana", "budi", "citra", "ana"], 3).tolist()
    [1, 1, 2, 1]
    """
    marks, rows = _marks(customers)
    return (marks % np.uint64(number)).astype(np.int64)[rows]


def some(customers: Iterable[str], most: int) -> npt.NDArray[np.bool_]:
    """Whether each row is one of at most so many customers' that are drawn.

    >>> some(["ana", "budi", "ana"], 1).sum() in (1, 2)
    True
    """
    marks, rows = _marks(customers)
    if len(marks) <= most:
        return np.ones(len(rows), dtype=np.bool_)
    return (marks < np.partition(marks, most)[most])[rows]


def _marks(customers: Iterable[str]) -> tuple[npt.NDArray[np.uint64], Ints]:
    """A keyed hash of each customer, and each row's customer."""
    rows, distinct = pd.factorize(np.asarray(list(customers), dtype=object))
    marks = [
        hashlib.blake2b(str(one).encode(), key=KEY, digest_size=8).digest() for one in distinct
    ]
    return np.frombuffer(b"".join(marks), dtype=">u8").astype(np.uint64), rows
