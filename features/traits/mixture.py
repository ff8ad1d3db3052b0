"""Mixture: how many events there are of each kind: of a word, an hour, or a day of the week."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from features.catalog import reads
from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import Floats, ratio
from features.known.needs import Needs
from features.known.past import Past, Where
from features.known.trace import Flags, Ints

CLOCKS = {"hour": 24, "weekday": 7}
"""How many kinds a clock tells apart."""

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


def distinct(past: Past, kinds: Kinds, days: int) -> Ints:
    """How many kinds there are in the window; of words alone."""
    out = np.zeros(past.shape, dtype=np.int64)
    for count in _words(past, kinds, days):
        out += count > 0
    return out


def within(past: Past, by: str, span: tuple[int, int], days: int) -> Ints:
    """Events of the window at hours, or on days of the week, from `span[0]` up to `span[1]`."""

    def flags() -> Flags:
        kind = past.hour if by == "hour" else past.weekday
        return (kind >= span[0]) & (kind < span[1])

    return past.sum_of(("within", by, span), flags, days)


def top_share(past: Past, kinds: Kinds, days: int) -> Floats:
    """The part of the commonest kind among the events of the window; NaN without events."""
    most, _ = _measured(past, kinds, days)
    return ratio(most, past.count(days=days))


def entropy(past: Past, kinds: Kinds, days: int) -> Floats:
    """Shannon's entropy of the kinds in the window, in bits; NaN without events.

    Of n events, c of each kind: (n log n - the sum of c log c) / n, with logarithms as integers,
    so that all but the last division is exact.
    """
    _, told = _measured(past, kinds, days)
    total = past.count(days=days)
    return ratio(_information(_bits(total))[total] - told, total) / ONE_BIT


def _measured(past: Past, kinds: Kinds, days: int) -> tuple[Ints, Ints]:
    """The commonest kind's events, and the sum of c log2 c over the kinds."""
    measure = _by_clock if kinds.by in CLOCKS else _by_word
    return past.kept(("mixture", kinds, days), lambda: measure(past, kinds, days))


def _by_word(past: Past, kinds: Kinds, days: int) -> tuple[Ints, Ints]:
    table = _information(_bits(past.count(days=days)))
    most, told = np.zeros((2, *past.shape), dtype=np.int64)
    for count in _words(past, kinds, days):
        np.maximum(most, count, out=most)
        told += table[count]
    return most, told


def _words(past: Past, kinds: Kinds, days: int) -> Iterator[Ints]:
    """Events of each word in the window, and of all other words."""
    others = past.count(days=days)
    for where in kinds.wheres:
        count = past.count(where, days)
        others = others - count
        yield count
    yield others


def _by_clock(past: Past, kinds: Kinds, days: int) -> tuple[Ints, Ints]:
    """Cutoff by cutoff, so that no more is held at once than one number a customer and kind."""
    number, customers = CLOCKS[kinds.by], past.shape[1]
    table = _information(_bits(past.count(days=days)))
    place = past.kept(("mixture of", kinds), lambda: _places(past, kinds))
    most, told = np.zeros((2, *past.shape), dtype=np.int64)
    for k in range(len(most)):
        cutoff = past.of_rows(past.cutoffs, k)
        inside = (past.at >= cutoff - days * MICROSECONDS_PER_DAY) & (past.at < cutoff)
        found = np.bincount(np.compress(inside, place), minlength=number * customers)
        found = found.reshape(number, customers)
        np.max(found, axis=0, out=most[k])
        np.sum(table[found], axis=0, out=told[k])
    return most, told


def _places(past: Past, kinds: Kinds) -> Ints:
    """For each event a number of its own for its kind and customer."""
    kind = past.hour if kinds.by == "hour" else past.weekday
    return kind * past.shape[1] + past.customer


def _bits(total: Ints) -> int:
    return max(int(total.max(initial=0)).bit_length(), _LEAST_BITS)


@cache
def _information(bits: int) -> Ints:
    """The integers c log2 c for every c of so many bits, in parts of `ONE_BIT`."""
    told = (round(c * math.log2(c) * ONE_BIT) for c in range(1, 1 << bits))
    return np.fromiter((0, *told), dtype=np.int64)
