"""The past: running totals and as-of lookups for all customers at all cutoffs at once.

Most features are differences of running totals looked up at two instants, so one cumulative pass
over a sorted trace serves every cutoff and window. Totals are integers: neither older history, nor
order, nor the crowd can move a last digit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.clock import MICROSECONDS_PER_DAY
from features.trace import Flags, Ints, Trace

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Where:
    """Which events count: all, those of one channel, or those of one step."""

    channel: str | None = None
    step: str | None = None


EVERYTHING = Where()


class Past:
    """What some customers had done before each cutoff.

    Methods return arrays of shape (cutoffs, customers). A window is `[cutoff - days, cutoff)`;
    `days=None` is all history. Floats are NaN where there is nothing to tell. `midnights` are the
    instants, in microseconds, at which the business days begin that the trace touches.
    """

    def __init__(
        self, trace: Trace, cutoffs: Ints, lookbacks_days: Iterable[int], midnights: Ints
    ) -> None:
        self.trace = trace
        self.cutoffs = cutoffs
        self._midnights = midnights
        spans = np.array(sorted({0, *lookbacks_days}), dtype=np.int64)
        wanted = cutoffs[None, :] - spans[:, None] * MICROSECONDS_PER_DAY
        self._instants, inverse = np.unique(wanted, return_inverse=True)
        lookups = inverse.reshape(wanted.shape)
        self._lookups = {int(days): lookups[row] for row, days in enumerate(spans)}
        self._totals: dict[tuple[str, Where], Ints] = {}
        self._per_event: dict[tuple[str, Where], Ints] = {}

    def count(self, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Number of events."""
        return self._window(("events", where), lambda: self._count_totals(where), days)

    def total(self, measure: str, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Sum of a measure as an integer of the declared scale; empty cells count as zero."""
        return self._window(
            (measure, where), lambda: self._looked_up(self._masked(measure, where)), days
        )

    def active_days(self, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Number of business days whose first event lies in the window."""
        return self._window(
            ("active_days", where), lambda: self._looked_up(self.opens_day(where)), days
        )

    def days_since_last(self, where: Where = EVERYTHING) -> Floats:
        """Days, with fraction, from the last event to the cutoff."""
        mask = self._mask(where)
        rows = np.arange(len(self.trace.key))
        latest = np.maximum.accumulate(rows if mask is None else np.where(mask, rows, -1))
        last = np.append(-1, latest)[self._position]
        return self._days_from(last, seen=last >= self.trace.starts)

    def days_since_first(self, where: Where = EVERYTHING) -> Floats:
        """Days, with fraction, from the first event to the cutoff."""
        mask = self._mask(where)
        if mask is None:
            first = self.trace.starts
        else:
            rows = np.append(np.flatnonzero(mask), len(mask))
            first = rows[np.searchsorted(rows, self.trace.starts)]
        return self._days_from(first, seen=first < self._position)

    def accumulated(self, name: str, where: Where, compute: Callable[[], Ints]) -> Ints:
        """Sum over all history of a quantity with one entry an event."""
        return self._window((name, where), lambda: self._looked_up(compute()), None)

    def per_event(self, name: str, where: Where, compute: Callable[[], Ints]) -> Ints:
        """A quantity with one entry an event, computed once."""
        key = (name, where)
        if key not in self._per_event:
            self._per_event[key] = compute()
        return self._per_event[key]

    def opens_day(self, where: Where) -> Ints:
        """1 for each event that is its customer's first of a business day, else 0."""
        return self.per_event("opens_day", where, lambda: self._opens_day(where))

    def _opens_day(self, where: Where) -> Ints:
        rows = self.rows(where)
        day, customer = self.day[rows], self.customer[rows]
        opens = np.ones(len(rows), dtype=np.bool_)
        opens[1:] = (day[1:] != day[:-1]) | (customer[1:] != customer[:-1])
        flags = np.zeros(len(self.trace.key), dtype=np.int64)
        flags[rows[opens]] = 1
        return flags

    def rows(self, where: Where) -> Ints:
        """Numbers of the events that count, ascending."""
        mask = self._mask(where)
        return np.arange(len(self.trace.key)) if mask is None else np.flatnonzero(mask)

    @cached_property
    def at(self) -> Ints:
        """When each event happened, in microseconds UTC."""
        return self.trace.packing.unpack(self.trace.key)

    @cached_property
    def day(self) -> Ints:
        """The business day of each event, counted from an arbitrary one."""
        return np.searchsorted(self._midnights, self.at, side="right")

    @cached_property
    def customer(self) -> Ints:
        """Position of each event's customer."""
        sizes = self.trace.ends - self.trace.starts
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def _position(self) -> Ints:
        """For each cutoff and customer, the row after their last event before the cutoff."""
        return self._rows[self._lookups[0]]

    @cached_property
    def _rows(self) -> Ints:
        """For each instant and customer, the row after their last event before the instant."""
        packing = self.trace.packing
        high = self.trace.code << np.uint64(packing.bits)
        needles = high[:, None] | packing.pack(self._instants)[None, :]
        rows = np.searchsorted(self.trace.key, needles.ravel()).reshape(needles.shape)
        return np.ascontiguousarray(rows.T)

    def _mask(self, where: Where) -> Flags | None:
        if where.channel is not None:
            return self.trace.columns["channel"] == self.trace.word("channel", where.channel)
        if where.step is not None:
            return self.trace.columns["step"] == self.trace.word("step", where.step)
        return None

    def _masked(self, measure: str, where: Where) -> Ints:
        mask, amounts = self._mask(where), self.trace.columns[measure]
        return amounts if mask is None else amounts * mask

    def _count_totals(self, where: Where) -> Ints:
        mask = self._mask(where)
        return self._rows - self.trace.starts if mask is None else self._looked_up(mask)

    def _looked_up(self, per_row: Ints | Flags) -> Ints:
        """Running totals at each instant and customer, counted from the customer's first event."""
        running = np.zeros(len(per_row) + 1, dtype=np.int64)
        np.cumsum(per_row, out=running[1:])
        return running[self._rows] - running[self.trace.starts]

    def _window(self, key: tuple[str, Where], totals: Callable[[], Ints], days: int | None) -> Ints:
        if key not in self._totals:
            self._totals[key] = totals()
        known = self._totals[key]
        now = known[self._lookups[0]]
        return now if days is None else now - known[self._lookups[days]]

    def _days_from(self, row: Ints, *, seen: Flags) -> Floats:
        if not len(self.trace.key):
            return np.full(seen.shape, np.nan)
        at = self.at[np.clip(row, 0, len(self.trace.key) - 1)]
        return np.where(seen, (self.cutoffs[:, None] - at) / MICROSECONDS_PER_DAY, np.nan)
