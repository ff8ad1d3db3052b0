"""Stays in stages, as the voice tells them that counts, beside the events of the same customers.

Rules are listened to until a source has stated a stage for the first time, sources from then on. A
stage that is told again goes on, whoever tells it.
"""

from dataclasses import dataclass

import numpy as np

from features.clock import MICROSECONDS_PER_DAY
from features.contracts import DIRECTIONS
from features.known.asof import AsOf
from features.known.compact import NEVER
from features.known.trace import Ints, Trace
from features.traits.journeys import Ladder

TOUCH_DAYS = 30
"""A touch longer ago than this is not what a move is laid to."""

NONE = -1


@dataclass(frozen=True)
class Stays:
    """Stays by customer and time; one entry each.

    `stage` and the stage `before` are places among the words of the trace, `NONE` where there was
    none. `left_at` is `NEVER` where the stay goes on.
    """

    customer: Ints
    stage: Ints
    before: Ints
    entered_at: Ints
    left_at: Ints

    @classmethod
    def of(cls, history: Trace) -> "Stays":
        """The stays that a stage history tells, of which every row counts."""
        rows = AsOf(history, np.zeros((1, 1), dtype=np.int64))
        customer, at, stage = rows.customer, rows.at, history.columns["stage"].astype(np.int64)
        stated = np.flatnonzero(history.columns["rule"] == 0)
        speaks_at = np.full(len(history.customers), NEVER)
        speaks_at[customer[stated][::-1]] = at[stated][::-1]
        counts = (history.columns["rule"] == 0) | (at < speaks_at[customer])
        customer, at, stage = customer[counts], at[counts], stage[counts]
        enters = stage != _before(customer, stage)
        customer, at, stage = customer[enters], at[enters], stage[enters]
        goes_on = customer[1:] == customer[:-1]
        left_at = np.full(len(at), NEVER)
        left_at[:-1][goes_on] = at[1:][goes_on]
        return cls(customer, stage, _before(customer, stage), at, left_at)

    def last_touch(self, events: AsOf, touches: Ints) -> Ints:
        """The last of the rows `touches` in the `TOUCH_DAYS` before each entry, or `NONE`."""
        before = np.searchsorted(
            touches, _rows_before(events.trace, self.customer, self.entered_at)
        )
        row = np.append(touches, NONE)[before - 1]
        since = self.entered_at - TOUCH_DAYS * MICROSECONDS_PER_DAY
        own = row >= events.trace.starts[self.customer]
        own[own] = events.at[row[own]] >= since[own]
        return np.where(own, row, NONE)

    def during(self, events: AsOf) -> Ints:
        """The stage in which the customer was when each event happened; `NONE` for no stage.

        At the very instant of a move that is the stage which is left.
        """
        first = _rows_before(events.trace, self.customer, self.entered_at + 1)
        rows = len(events.trace.key)
        stay = np.cumsum(np.bincount(first, minlength=rows + 1)[:rows]) - 1
        stage = np.full(rows, NONE)
        own = stay >= 0
        own[own] = self.customer[stay[own]] == events.customer[own]
        stage[own] = self.stage[stay[own]]
        return stage


def directions(ladder: Ladder, words: tuple[str, ...]) -> Ints:
    """The direction of a move, as a place in `DIRECTIONS`: of the stage left, then the one entered.

    Stages are places among `words`; the last row is that of an entry from no stage.
    """
    ranks = {stage: rank for rank, stage in enumerate(ladder.order)}
    table = [[_direction(ranks, before, stage) for stage in words] for before in (*words, "")]
    return np.array(table, dtype=np.int64).reshape(len(words) + 1, len(words))


def _direction(ranks: dict[str, int], before: str, stage: str) -> int:
    if not before:
        return DIRECTIONS.index("enter")
    if before == stage:
        return DIRECTIONS.index("stay")
    if stage not in ranks:
        return DIRECTIONS.index("exit")
    if before not in ranks:
        return DIRECTIONS.index("reentry")
    climbed = ranks[stage] - ranks[before]
    return DIRECTIONS.index("skip" if climbed > 1 else "advance" if climbed > 0 else "regress")


def _before(customer: Ints, stage: Ints) -> Ints:
    before = np.full(len(stage), NONE)
    before[1:] = np.where(customer[1:] == customer[:-1], stage[:-1], NONE)
    return before


def _rows_before(events: Trace, customer: Ints, instants: Ints) -> Ints:
    """The row after the customer's last event before each instant."""
    high = events.code[customer] << np.uint64(events.packing.bits)
    return np.searchsorted(events.key, high | events.packing.pack(instants))
