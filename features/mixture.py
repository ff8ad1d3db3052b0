"""Mixture: how many events there are of each kind: of a word, an hour, or a day of the week."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from features.asof import Floats, ratio
from features.catalog import reads
from features.clock import MICROSECONDS_PER_DAY
from features.needs import Needs
from features.past import Past, Where
from features.trace import Ints

HOURS, WEEKDAYS = 24, 7

ONE_BIT = 1 << 30
"""One bit of information as an integer."""

_LEAST_BITS = 12


@dataclass(frozen=True)
class Kinds:
    """What events are told apart by: `hour`, `weekday`, or the words of `channel` or `step`.

    All words that are not among `words` are one kind.
    """

    by: str
    words: tuple[str, ...] = ()

    @property
    def wheres(self) -> list[Where]:
        """The events of each word."""
        return [Where(**{self.by: word}) for word in self.words]

    def reads(self, days: int) -> Needs:
        """What a feature over a window needs that tells them apart."""
        return reads(*self.wheres, days)


def counts(past: Past, kinds: Kinds, days: int) -> Ints:
    """Events of each kind in the window, shape (kinds, cutoffs, customers)."""
    return past.kept(("mixture", kinds, days), lambda: np.stack(list(_counts(past, kinds, days))))


def distinct(past: Past, kinds: Kinds, days: int) -> Ints:
    """How many kinds there are in the window."""
    return (counts(past, kinds, days) > 0).sum(axis=0)


def top_share(past: Past, kinds: Kinds, days: int) -> Floats:
    """The part of the commonest kind among the events of the window; NaN without events."""
    return ratio(counts(past, kinds, days).max(axis=0), past.count(days=days))


def entropy(past: Past, kinds: Kinds, days: int) -> Floats:
    """Shannon's entropy of the kinds in the window, in bits; NaN without events.

    Of n events, c of each kind: (n log n - the sum of c log c) / n, with logarithms as integers,
    so that all but the last division is exact.
    """
    total = past.count(days=days)
    table = _information(max(int(total.max(initial=0)).bit_length(), _LEAST_BITS))
    told = table[counts(past, kinds, days)].sum(axis=0)
    return ratio(table[total] - told, total) / ONE_BIT


@cache
def _information(bits: int) -> Ints:
    """The integers c log2 c for every c of so many bits, in parts of `ONE_BIT`."""
    told = (round(c * math.log2(c) * ONE_BIT) for c in range(1, 1 << bits))
    return np.fromiter((0, *told), dtype=np.int64)


def _counts(past: Past, kinds: Kinds, days: int) -> Iterator[Ints]:
    if kinds.by in ("hour", "weekday"):
        yield from _by_clock(past, kinds.by, days)
        return
    others = past.count(days=days)
    for where in kinds.wheres:
        count = past.count(where, days)
        others = others - count
        yield count
    yield others


def _by_clock(past: Past, by: str, days: int) -> Ints:
    number = HOURS if by == "hour" else WEEKDAYS
    place = past.kept(("mixture of", by), lambda: _places(past, by, number))
    cutoffs, customers = past.shape
    out = np.empty((number, cutoffs, customers), dtype=np.int64)
    for k, cutoff in enumerate(past.cutoffs):
        inside = (past.at >= cutoff - days * MICROSECONDS_PER_DAY) & (past.at < cutoff)
        found = np.bincount(place[inside], minlength=number * customers)
        out[:, k] = found.reshape(customers, number).T
    return out


def _places(past: Past, by: str, number: int) -> npt.NDArray[np.int32]:
    """For each event the number of its customer and kind."""
    kind = past.hour if by == "hour" else past.weekday
    return (past.customer * number + kind).astype(np.int32)
