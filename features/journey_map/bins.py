"""Spans of time as the places of their bins: a histogram may be summed, a median may not."""

import numpy as np

from features.clock import MICROSECONDS_PER_DAY
from features.known.trace import Ints
from features.traits.waits import HOURS_PER_DAY

DWELL_EDGES = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 730)
"""Days in a stage: where each bin begins; the last has no end."""

WAIT_EDGES = (0, 1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720)
"""Hours of a wait: where each bin begins; the last has no end."""

_DAYS = np.array(DWELL_EDGES, dtype=np.int64) * MICROSECONDS_PER_DAY
_HOURS = np.array(WAIT_EDGES, dtype=np.int64) * (MICROSECONDS_PER_DAY // HOURS_PER_DAY)


def dwell_bins(spans: Ints) -> Ints:
    """The places in `DWELL_EDGES` of spans in microseconds; one of just a day is in that of 1.

    >>> dwell_bins(np.array([0, 1, 800]) * MICROSECONDS_PER_DAY).tolist()
    [0, 1, 17]
    """
    return np.searchsorted(_DAYS, spans, side="right") - 1


def wait_bins(spans: Ints) -> Ints:
    """The places in `WAIT_EDGES` of spans in microseconds."""
    return np.searchsorted(_HOURS, spans, side="right") - 1
