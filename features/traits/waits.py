"""Waits: how long somebody had waited, told by the event that ended it.

A wait is known from the row that ended it on, in whole seconds, so that means, the last and the
longest of a window, and its median are exact.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import AsOf, Floats, ratio
from features.known.trace import Flags, Ints

HOURS_PER_DAY = 24
SECONDS_PER_HOUR = 3_600
MICROSECONDS_PER_SECOND = MICROSECONDS_PER_DAY // (HOURS_PER_DAY * SECONDS_PER_HOUR)


@dataclass(frozen=True)
class Waits:
    """Waits of some customers, in the order of the rows that ended them, the longest of a row last.

    `name` tells them apart from other waits of the same past.
    """

    name: Hashable
    row: Ints
    seconds: Ints

    @classmethod
    def between(cls, past: AsOf, name: Hashable, since: Ints, until: Ints) -> "Waits":
        """Waits from some rows until others, one each."""
        seconds = (past.at[until] - past.at[since]) // MICROSECONDS_PER_SECOND
        order = np.lexsort((seconds, until))
        return cls(name, until[order], seconds[order])


def mean_hours(past: AsOf, waits: Waits, days: int) -> Floats:
    """Mean of the waits that ended in the window; NaN if none did."""
    first, after = _ended(past, waits, days)
    running = past.kept(("running seconds", waits.name), lambda: _running(waits.seconds))
    return ratio(running[after] - running[first], (after - first) * SECONDS_PER_HOUR)


def last_hours(past: AsOf, waits: Waits) -> Floats:
    """The wait that ended last, the longest of several; NaN if none did."""
    first, after = _ended(past, waits, None)
    last = np.where(first < after, after - 1, -1)
    return past.taken(waits.seconds / SECONDS_PER_HOUR, last, np.nan)


def longest_hours(past: AsOf, waits: Waits, days: int) -> Floats:
    """The longest of the waits that ended in the window; NaN if none did."""
    first, after = _ended(past, waits, days)
    out = np.full(past.shape, np.nan)
    some = first < after
    borders = np.stack([first[some], after[some]], axis=-1).ravel()
    if len(borders):
        longest = np.maximum.reduceat(np.append(waits.seconds, 0), borders)[::2]
        out[some] = longest / SECONDS_PER_HOUR
    return out


def median_hours(past: AsOf, waits: Waits, days: int) -> Floats:
    """Median of the waits that ended in the window; NaN if none did."""
    first, after = _ended(past, waits, days)
    order = past.kept(("by length", waits.name), lambda: _by_length(past, waits))
    seconds, customer = waits.seconds[order], past.customer[waits.row[order]]
    out = np.full(past.shape, np.nan)
    for k in range(len(past.cutoffs)):
        size = after[k] - first[k]
        inside = (order >= first[k][customer]) & (order < after[k][customer])
        some, ended = np.flatnonzero(size), seconds[inside]
        start = (np.cumsum(size) - size)[some]
        lower, upper = start + (size[some] - 1) // 2, start + size[some] // 2
        out[k, some] = (ended[lower] + ended[upper]) / (2 * SECONDS_PER_HOUR)
    return out


def oldest_pending(past: AsOf, since: Ints, until: Ints) -> Ints:
    """The first of the rows `since` whose `until` had not come by each cutoff; -1 if none.

    `since` is ascending; `until` may lie after the last row.
    """
    out = np.full(past.shape, -1, dtype=np.int64)
    customer = past.customer[since]
    for k, position in enumerate(past.position):
        pending = _pending(since, until, position[customer])
        out[k, customer[pending][::-1]] = since[pending][::-1]
    return out


def number_pending(past: AsOf, since: Ints, until: Ints, days: int) -> Ints:
    """How many of the rows `since` in the window had no `until` by each cutoff."""
    out = np.zeros(past.shape, dtype=np.int64)
    customer, start = past.customer[since], past.position_before(days)
    for k, position in enumerate(past.position):
        pending = _pending(since, until, position[customer]) & (since >= start[k][customer])
        out[k] = np.bincount(customer[pending], minlength=past.shape[1])
    return out


def _pending(since: Ints, until: Ints, position: Ints) -> Flags:
    return (since < position) & (until >= position)


def _ended(past: AsOf, waits: Waits, days: int | None) -> tuple[Ints, Ints]:
    """For each cutoff and customer the first wait of the window, and the one after its last."""

    def number(days: int | None) -> Ints:
        return past.sum_of(
            ("waits", waits.name),
            lambda: np.bincount(waits.row, minlength=len(past.trace.key)),
            days,
        )

    name = ("first wait", waits.name)
    first = past.kept(name, lambda: np.searchsorted(waits.row, past.trace.starts))
    ever = number(None)
    after = first + ever
    return after - (ever if days is None else number(days)), after


def _by_length(past: AsOf, waits: Waits) -> Ints:
    return np.lexsort((waits.seconds, past.customer[waits.row]))


def _running(seconds: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(seconds)])
