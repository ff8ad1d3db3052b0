"""The past: what some customers had done before each cutoff, and what else was known of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.known.asof import AsOf, Floats, picked
from features.known.profile import Profile
from features.known.trace import Flags, Ints, Trace
from features.peers.groups import NO_PEERS, Peers


@dataclass(frozen=True)
class Where:
    """Which events count: all, those of one channel, or those of one step or of several."""

    channel: str | None = None
    step: str | tuple[str, ...] | None = None


EVERYTHING = Where()


@dataclass(frozen=True)
class Calendar:
    """The clock of a business: its zone, and the instants at which its days begin.

    `midnights` are microseconds UTC, of every business day that the events touch.
    """

    zone: ZoneInfo
    midnights: Ints


class Past(AsOf):
    """What some customers had done before each cutoff: their events.

    Methods return arrays of shape (cutoffs, customers). A window is `[cutoff - days, cutoff)`;
    `days=None` is all history. Floats are NaN where there is nothing to tell. What was known
    besides lies in `contracts`, `stages` and `profile`, and what others did in `peers`.
    """

    def __init__(
        self,
        traces: Mapping[str, Trace],
        cutoffs: Ints,
        lookbacks_days: Iterable[int],
        calendar: Calendar,
        peers: Peers = NO_PEERS,
    ) -> None:
        super().__init__(traces["events"], cutoffs, lookbacks_days)
        self._traces = traces
        self._calendar = calendar
        self.peers = peers

    @cached_property
    def contracts(self) -> AsOf:
        """Terms of contracts by when they begin."""
        return AsOf(self._traces["contracts"], self.cutoffs)

    @cached_property
    def stages(self) -> AsOf:
        """Entries into stages by when they were entered."""
        return AsOf(self._traces["stage_history"], self.cutoffs)

    @cached_property
    def profile(self) -> Profile:
        """Attributes of customers by when they held."""
        return Profile(self._traces["customers"], self.cutoffs)

    def count(self, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Number of events."""
        if where == EVERYTHING:
            now = self.position - self.trace.starts
            return now if days is None else self.position - self.position_before(days)
        return self.sum_of(("events", where), lambda: self.mask(where), days)

    def total(self, measure: str, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Sum of a measure as an integer of the declared scale; empty cells count as zero."""
        return self.sum_of((measure, where), lambda: self._masked(measure, where), days)

    def told(self, measure: str, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Number of events that tell a measure."""
        return self.sum_of((f"{measure}?", where), lambda: self._masked(f"{measure}?", where), days)

    def active_days(self, where: Where = EVERYTHING, days: int | None = None) -> Ints:
        """Number of business days whose first event lies in the window."""
        return self.sum_of(("active_days", where), lambda: self.opens_day(where), days)

    def days_since_last(self, where: Where = EVERYTHING) -> Floats:
        """Days, with fraction, from the last event to the cutoff."""
        name = ("days_since_last", where)
        return self.kept(name, lambda: self.days_since(self.last_row(where)))

    def days_since_first(self, where: Where = EVERYTHING) -> Floats:
        """Days, with fraction, from the first event to the cutoff."""
        return self.days_since(self.first_row(where))

    def last_row(self, where: Where = EVERYTHING, nth: int = 1) -> Ints:
        """The row of the nth last event before each cutoff; -1 where there are fewer."""
        if where == EVERYTHING:
            row = self.position - nth
            return np.where(row >= self.trace.starts, row, -1)
        rows, number = self.rows(where), self.count(where)
        first = self.kept(("first", where), lambda: np.searchsorted(rows, self.trace.starts))
        return picked(rows, first + number - nth, valid=number >= nth)

    def first_row(self, where: Where = EVERYTHING) -> Ints:
        """The row of the first event before each cutoff; -1 where there is none."""
        return self.first_of(self.rows(where))

    def opens_day(self, where: Where) -> Flags:
        """Whether each event is its customer's first of a business day."""
        return self.kept(("opens_day", where), lambda: self._opens_day(where))

    def rows(self, where: Where) -> Ints:
        """Numbers of the events that count, ascending."""
        if where == EVERYTHING:
            return self.kept("every_row", lambda: np.arange(len(self.trace.key)))
        return self.kept(("rows", where), lambda: np.flatnonzero(self.mask(where)))

    def mask(self, where: Where) -> Flags:
        """Whether each event counts."""
        if where.channel is not None:
            channel = self.trace.word("channel", where.channel)
            return self.columns["channel"] == channel
        if isinstance(where.step, str):
            step = self.trace.word("step", where.step)
            return self.columns["step"] == step
        if where.step is None:
            return np.ones(len(self.trace.key), dtype=np.bool_)
        mask = np.zeros(len(self.trace.key), dtype=np.bool_)
        for step in where.step:
            mask |= self.columns["step"] == self.trace.word("step", step)
        return mask

    @cached_property
    def day(self) -> Ints:
        """The business day of each event, counted from an arbitrary one."""
        return np.searchsorted(self._calendar.midnights, self.at, side="right")

    @cached_property
    def hour(self) -> Ints:
        """The hour of each event on the business's clock, from 0 to 23."""
        return self._local.dt.hour().cast(pl.Int64).to_numpy()

    @cached_property
    def weekday(self) -> Ints:
        """The business's day of the week of each event, from 0 (Monday) to 6."""
        return self._local.dt.weekday().cast(pl.Int64).to_numpy() - 1

    @cached_property
    def _local(self) -> pl.Series:
        at = pl.Series(self.at).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        return at.dt.convert_time_zone(self._calendar.zone.key)

    def _opens_day(self, where: Where) -> Flags:
        rows = slice(None) if where == EVERYTHING else self.rows(where)
        day, customer = self.day[rows], self.customer[rows]
        opens = np.ones(len(day), dtype=np.bool_)
        opens[1:] = (day[1:] != day[:-1]) | (customer[1:] != customer[:-1])
        flags = np.zeros(len(self.trace.key), dtype=np.bool_)
        flags[rows] = opens
        return flags

    def _masked(self, measure: str, where: Where) -> Ints:
        amounts = self.columns[measure]
        return amounts if where == EVERYTHING else amounts * self.mask(where)
