"""Quantiles of what was only counted in bins."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def quantile(counted: Sequence[float], edges: Sequence[float], share: float) -> float:
    """The value below which a share lies, straight within its bin; NaN where nothing is counted.

    Bin i begins at `edges[i]`; the last one has no end, and whatever lies in it is at its edge.

    >>> quantile([0, 10, 10, 0], [0, 1, 3, 7], 0.5), quantile([0, 0, 0, 4], [0, 1, 3, 7], 0.5)
    (3.0, 7.0)
    """
    total = float(sum(counted))
    if not total:
        return float("nan")
    before = 0.0
    for place, count in enumerate(counted):
        if count and before + count >= share * total:
            last = place >= len(edges) - 1
            width = 0.0 if last else edges[place + 1] - edges[place]
            return float(
                edges[min(place, len(edges) - 1)] + width * (share * total - before) / count
            )
        before += count
    return float(edges[-1])


def histogram(frame: pd.DataFrame, measure: str, edges: Sequence[float]) -> list[float]:
    """How many a frame counts in each bin.

    >>> histogram(pd.DataFrame({"bin": [0, 2, 2], "n": [1, 4, 5]}), "n", [0, 1, 3, 7])
    [1.0, 0.0, 9.0, 0.0]
    """
    bins = frame["bin"].to_numpy(np.int64)
    return np.bincount(bins, frame[measure].to_numpy(np.float64), len(edges)).tolist()
