"""Counts as compact text: the columns that say what is counted become one integer a row."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

DICTIONARIES = {"source": "stage", "target": "stage"}
"""Columns whose words are those of another."""

Dictionaries = Mapping[str, Sequence[str]]


def packed(frame: pd.DataFrame, keys: Sequence[str], words: Dictionaries) -> dict[str, Any]:
    """A frame of counts as plain values for JSON; `words` holds the words of each key.

    The keys of a row are the digits of one number, the first key leads; numbers go up and only
    their steps are written. A `bin` is its own word.

    >>> rows = pd.DataFrame({"month": ["2026-05", "2026-06"], "bin": [2, 0], "spells": [7, 9]})
    >>> packed(rows, ("month", "bin"), {"month": ("2026-05", "2026-06"), "bin": ("0", "1", "2")})
    {'keys': ['month', 'bin'], 'steps': [2, 1], 'measures': {'spells': [7, 9]}}
    """
    number = np.zeros(len(frame), np.int64)
    for key in keys:
        known = words[DICTIONARIES.get(key, key)]
        number = number * len(known) + pd.Index(known).get_indexer(pd.Index(frame[key].astype(str)))
    order = np.argsort(number, kind="stable")
    measures = [str(name) for name in frame.columns if name not in keys]
    return {
        "keys": list(keys),
        "steps": np.diff(number[order], prepend=0).tolist(),
        "measures": {name: _plain(frame[name].to_numpy()[order]) for name in measures},
    }


def _plain(values: np.ndarray) -> list[int | float]:
    """Numbers as short as they are true: two decimals, none where there are none."""
    if values.dtype.kind in "iu":
        return values.tolist()
    return [int(value) if value == int(value) else value for value in values.round(2).tolist()]
