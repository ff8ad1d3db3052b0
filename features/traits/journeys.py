"""Journeys: moves between stages as of each cutoff, as the voice tells them that counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import AsOf
from features.known.past import Past
from features.known.trace import Flags, Ints, Trace

Tell = Callable[[AsOf], npt.NDArray[Any]]


@dataclass(frozen=True)
class Ladder:
    """The stages from stranger to friend, and the ways out."""

    order: tuple[str, ...]
    exits: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """Every stage: its number is its place here; the one after the last is any other word."""
        return (*self.order, *self.exits)

    def ranked(self, stage: Ints) -> Flags:
        """Whether these are stages of the order."""
        return (stage >= 0) & (stage < len(self.order))

    def out(self, stage: Ints) -> Flags:
        """Whether these are exits."""
        return (stage >= len(self.order)) & (stage < len(self.values))


class Journey:
    """Entries into a stage other than the one before: `stage` and `before`, -1 if it is the first.

    What sources state counts from when the first of them has spoken, until then what rules derive.
    A stage that is told again goes on. Words that are no stage are one stage.
    """

    def __init__(self, past: Past, ladder: Ladder) -> None:
        self.ladder = ladder
        trace = past.stages.trace
        places = {word: place for place, word in enumerate(ladder.values)}
        place = [*(places.get(word, len(places)) for word in trace.words["stage"]), len(places)]
        stage = np.array(place, dtype=np.int64)[trace.columns["stage"]]
        derived = trace.columns["rule"] == 1
        self.stated = AsOf(_moves(trace, stage, ~derived), past.cutoffs)
        self.derived = AsOf(_moves(trace, stage, derived), past.cutoffs)
        self._is_stated = self.stated.position > self.stated.trace.starts

    @classmethod
    def of(cls, past: Past, ladder: Ladder) -> "Journey":
        """The journeys of some customers, made once."""
        return past.kept(("journey", ladder), lambda: cls(past, ladder))

    def told(self, tell: Tell) -> npt.NDArray[Any]:
        """What the voice tells that counts for each cutoff and customer."""
        if self._is_stated.all():
            return tell(self.stated)
        if not self._is_stated.any():
            return tell(self.derived)
        return np.where(self._is_stated, tell(self.stated), tell(self.derived))

    def count(self, name: str, days: int | None = None) -> Ints:
        """Number of moves of one kind in the last days, or of all history."""

        def count(moves: AsOf) -> Ints:
            now = moves.sum_of(name, lambda: self._of_kind(name, moves))
            if days is None:
                return now
            before = moves.cutoffs - days * MICROSECONDS_PER_DAY
            earlier = moves.kept(("before", days), lambda: AsOf(moves.trace, before))
            return now - earlier.sum_of(name, lambda: self._of_kind(name, moves))

        return self.told(count)

    def _of_kind(self, name: str, moves: AsOf) -> Flags:
        return moves.kept(("kind", name), lambda: KINDS[name](self.ladder, moves))


def last(moves: AsOf) -> Ints:
    """The row of the last move before each cutoff; -1 where there is none."""
    return np.where(moves.position > moves.trace.starts, moves.position - 1, -1)


def first(moves: AsOf) -> Ints:
    """The row of the first move before each cutoff; -1 where there is none."""
    return np.where(moves.position > moves.trace.starts, moves.trace.starts, -1)


def into(moves: AsOf, stage: int) -> Ints:
    """The rows of the moves into a stage, ascending."""
    return np.flatnonzero(moves.columns["stage"] == stage)


def best_rank(ladder: Ladder, moves: AsOf) -> Ints:
    """The highest rank up to each move, from 1 for the first stage of the order; 0 if none."""
    stage = moves.columns["stage"]
    rank = np.where(ladder.ranked(stage), stage + 1, 0)
    floor = moves.customer * (len(ladder.order) + 1)
    return np.maximum.accumulate(floor + rank) - floor


def _move(_ladder: Ladder, moves: AsOf) -> Flags:
    return moves.columns["before"] >= 0


def _advance(ladder: Ladder, moves: AsOf) -> Flags:
    stage, before = moves.columns["stage"], moves.columns["before"]
    return ladder.ranked(stage) & ladder.ranked(before) & (stage > before)


def _regression(ladder: Ladder, moves: AsOf) -> Flags:
    stage, before = moves.columns["stage"], moves.columns["before"]
    return ladder.ranked(stage) & (stage < before) & ladder.ranked(before)


def _exit(ladder: Ladder, moves: AsOf) -> Flags:
    return ladder.out(moves.columns["stage"]) & (moves.columns["before"] >= 0)


def _reentry(ladder: Ladder, moves: AsOf) -> Flags:
    return ladder.ranked(moves.columns["stage"]) & ladder.out(moves.columns["before"])


def _return(ladder: Ladder, moves: AsOf) -> Flags:
    """Whether the customer had been in the stage before."""
    stay = moves.customer * (len(ladder.values) + 1) + moves.columns["stage"]
    again = np.ones(len(stay), dtype=np.bool_)
    again[np.unique(stay, return_index=True)[1]] = False
    return again


KINDS: dict[str, Callable[[Ladder, AsOf], Flags]] = {
    "moves": _move,
    "advances": _advance,
    "regressions": _regression,
    "exits": _exit,
    "reentries": _reentry,
    "returns": _return,
}
"""The kinds of moves, each by whether a move is of it."""


def _moves(trace: Trace, stage: Ints, own: Flags) -> Trace:
    """The rows of one voice that tell another stage than its row before."""
    everyone = np.arange(len(trace.customers))
    told = replace(trace, columns={"stage": stage}).keep(own, everyone)
    before = _before(told)
    told.columns["before"] = before
    moves = told.keep(told.columns["stage"] != before, everyone)
    moves.columns["before"] = _before(moves)
    return moves


def _before(trace: Trace) -> Ints:
    """The stage of the row before, of the same customer; -1 for the first."""
    before = np.full(len(trace.key), -1, dtype=np.int64)
    before[1:] = trace.columns["stage"][:-1]
    before[trace.starts[trace.starts < trace.ends]] = -1
    return before
