"""The median of spans of which only a histogram is kept, and some of which are not over."""

import math
from collections.abc import Sequence

import numpy as np

from models.judging.bootstrap import Interval
from models.logit import Floats

HALF = 0.5
_ERRORS = 1.959964


def median(ended: Floats, still: Floats, edges: Sequence[float]) -> Interval:
    """The median span with a 95 % interval; spans of a bin lie evenly in it.

    Bin i begins at `edges[i]`, the last has no end: what lies there is told as where it begins.
    Those that are `still` open are counted as long as they have lasted (Kaplan and Meier 1958,
    bounds of Brookmeyer and Crowley 1982). NaN where nothing ended.

    >>> median(np.array([0.0, 10.0, 10.0, 0.0]), np.zeros(4), [0, 1, 3, 7]).value
    3.0
    >>> median(np.array([0.0, 10.0, 10.0, 0.0]), np.array([0.0, 0.0, 0.0, 8.0]), [0, 1, 3, 7]).value
    4.6
    """
    if not ended.sum():
        return Interval(math.nan, math.nan, math.nan)
    there = np.append(np.cumsum((ended + still)[::-1])[::-1], 0.0)[:-1]
    ending = np.divide(ended, there, out=np.zeros(len(ended)), where=there > 0)
    last = np.cumprod(1 - ending).astype(np.float64)
    noise = np.divide(ending, there - ended, out=np.zeros(len(ended)), where=there > ended)
    error = _ERRORS * last * np.sqrt(np.cumsum(noise))
    return Interval(
        _crossing(last, edges),
        _crossing(np.clip(last - error, 0.0, 1.0), edges),
        _crossing(np.clip(last + error, 0.0, 1.0), edges),
    )


def _crossing(last: Floats, edges: Sequence[float]) -> float:
    """Where what lasts falls to one half; `last` is what does beyond each bin."""
    below = np.flatnonzero(last <= HALF)
    if not len(below) or below[0] == len(edges) - 1:
        return float(edges[-1])
    place = int(below[0])
    above = float(last[place - 1]) if place else 1.0
    part = (above - HALF) / (above - float(last[place]))
    return float(edges[place] + part * (edges[place + 1] - edges[place]))
