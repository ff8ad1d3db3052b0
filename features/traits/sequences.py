"""Sequences: events in their order as words, runs of one word, loops and pairs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.known.needs import Needs
from features.known.past import Past
from features.known.trace import Flags, Ints

Small = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Words:
    """The words of a column of events, `step` or `channel`, that are told apart."""

    column: str
    known: tuple[str, ...]

    @property
    def needs(self) -> Needs:
        """What a feature reads that tells them apart in their order."""
        known = frozenset(self.known)
        sequence = frozenset({True})
        if self.column == "step":
            return Needs(steps=known, sequence=sequence)
        return Needs(channels=known, sequence=sequence)


def numbers(past: Past, words: Words) -> Small:
    """For each event the place of its word; the one after the last for every other word."""
    return past.kept(("sequence", words), lambda: _numbers(past, words))


def run(past: Past, words: Words) -> Ints:
    """For each event how many in a row, up to it, were of its word."""

    def run() -> Ints:
        rows = np.arange(len(past.trace.key))
        since = np.where(repeats(past, words), 0, rows)
        return rows - np.maximum.accumulate(since) + 1

    return past.kept(("sequence run", words), run)


def repeats(past: Past, words: Words) -> Flags:
    """Whether each event's word is that of the event before it."""
    return past.kept(("sequence repeats", words), lambda: _alike(past, numbers(past, words), 1))


def loops(past: Past, words: Words) -> Flags:
    """Whether each event's word is that of the one two before it and not of the one between."""
    return _alike(past, numbers(past, words), 2) & ~repeats(past, words)


def pairs(past: Past, parts: tuple[tuple[str, ...], ...], pair: tuple[int, int], days: int) -> Ints:
    """How many events in the window are of part `pair[1]`, right after one of part `pair[0]`."""
    place = past.kept(("sequence pairs", parts), lambda: _pairs(past, parts))
    total = np.zeros(len(place) + 1, dtype=np.int64)
    np.cumsum(place == pair[0] * len(parts) + pair[1], out=total[1:])
    return total[past.position] - total[past.position_before(days)]


def _numbers(past: Past, words: Words) -> Small:
    places = {word: place for place, word in enumerate(words.known)}
    known = past.trace.words[words.column]
    place = [*(places.get(word, len(places)) for word in known), len(places)]
    return np.array(place, dtype=np.int16)[past.columns[words.column]]


def _pairs(past: Past, parts: tuple[tuple[str, ...], ...]) -> Small:
    """For each event the number of the pair that it ends; -1 for none."""
    part = np.full(len(past.trace.words["step"]) + 1, -1, dtype=np.int16)
    for place, some in enumerate(parts):
        part[[past.trace.word("step", step) for step in some]] = place
    own = part[past.columns["step"]]
    number = np.full(len(own), -1, dtype=np.int16)
    number[1:] = own[:-1] * len(parts) + own[1:]
    number[1:][(own[:-1] < 0) | (own[1:] < 0)] = -1
    number[_firsts(past, 1)] = -1
    return number


def _alike(past: Past, number: Small, apart: int) -> Flags:
    alike = np.zeros(len(number), dtype=np.bool_)
    alike[apart:] = number[apart:] == number[:-apart]
    alike[_firsts(past, apart)] = False
    return alike


def _firsts(past: Past, most: int) -> Ints:
    """The first rows of each customer."""
    rows = (past.trace.starts[:, None] + np.arange(most)).ravel()
    return rows[rows < len(past.trace.key)]
