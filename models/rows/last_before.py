"""Of each row the last of some events of its customer before an instant, for millions of both."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Places = NDArray[np.int64]


def last_before(customers: pd.Series, until: pd.Series, of: pd.Series, at: pd.Series) -> Places:
    """The place among events of the last one before `until`, for each row; -1 where there is none.

    `of` and `at` say whose the events are and when; of those at one instant the last one counts.

    >>> days = pd.Series(pd.to_datetime([3, 2, 1, 3], unit="D", utc=True))
    >>> rows = pd.Series(["a", "b"]), days[[0, 3]]
    >>> last_before(*rows, pd.Series(["a", "a", "b"]), days[1:]).tolist()
    [0, -1]
    """
    if of.empty:
        return np.full(len(customers), -1)
    codes, names = pd.factorize(of)
    instants, place = np.unique(_microseconds(at), return_inverse=True)
    span = len(instants) + 1
    keys = codes * span + place
    order = np.argsort(keys, kind="stable")
    whose = pd.Index(names).get_indexer(pd.Index(customers))
    wanted = whose * span + np.searchsorted(instants, _microseconds(until))
    last = np.searchsorted(keys[order], wanted) - 1
    found = order[np.maximum(last, 0)]
    return np.where((last >= 0) & (codes[found] == whose), found, -1)


def _microseconds(instants: pd.Series) -> Places:
    return instants.astype("datetime64[us, UTC]").astype(np.int64).to_numpy()
