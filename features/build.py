"""The one door: what was told, cutoffs and features in; a panel out."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, reduce
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from features.catalog import Feature
from features.clock import EPOCH, business_day, microseconds, midnight
from features.known import trace
from features.known.needs import NOTHING, Needs
from features.known.past import Calendar, Past
from features.known.told import Told
from features.known.trace import Ints, Trace, traces
from features.known.versions import as_seen, latest_trace, told_otherwise
from features.peers.groups import Groups, Peers

CHUNK_EVENTS = 1 << 18
"""Events that one thread works on at a time: its running totals stay in the cache."""

CHUNK_LOOKUPS = 1 << 20
"""Instants of all customers at which one thread looks totals up."""

Values = dict[str, npt.NDArray[np.generic]]
Traces = dict[str, Trace]
Span = tuple[int, int]


def build(
    told: Told,
    customers: pl.Series | None,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    zone: ZoneInfo,
    *,
    peers: pl.DataFrame | None = None,
    threads: int = 2,
) -> pl.DataFrame:
    """The panel: one row a customer and cutoff, one column a feature.

    `told` follows the contracts (columns that no feature reads may be missing); without
    `customers`, everyone with an event. Rows are ordered by cutoff, then customer; a value that
    cannot be told is null. A row of a table counts at a cutoff if it happened and was known before
    it, and was not superseded before it.
    The result depends neither on the order of rows, nor on other customers, nor on `threads`. What
    others did is read in the table `peers` alone (see `features.peers.peers`), which must be there
    if a feature needs it.
    """
    work = Work.of(cutoffs, features, zone, peers)
    parts = [work.panel(each, threads) for each in work.traces(told, customers)]
    return together(parts)


def needs_of(features: Iterable[Feature]) -> Needs:
    """What some features read together."""
    return reduce(Needs.__or__, (feature.needs for feature in features), NOTHING)


def together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows of several parts as one panel, ordered by cutoff, then customer."""
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort("cutoff", "customer_id")


@dataclass(frozen=True)
class Seen:
    """Values of some customers at some cutoffs, by their numbers."""

    number: Ints
    customer: Ints
    values: Values

    def put_right(self, columns: Values, span: Span) -> None:
        """Put the values in their places in the columns of some of the customers."""
        first, last = span
        own = np.flatnonzero((self.customer >= first) & (self.customer < last))
        for name, column in columns.items():
            column[self.number[own], self.customer[own] - first] = self.values[name][own]


@dataclass(frozen=True)
class Work:
    """What is to be built, of whomever: `cutoffs` in microseconds, ascending."""

    cutoffs: Ints
    features: Sequence[Feature]
    zone: ZoneInfo
    groups: Groups

    @classmethod
    def of(
        cls,
        cutoffs: Sequence[datetime],
        features: Sequence[Feature],
        zone: ZoneInfo,
        peers: pl.DataFrame | None = None,
    ) -> "Work":
        """The features at each cutoff; `ContractBroken` where `peers` tell less than they need."""
        instants = sorted({microseconds(cutoff) for cutoff in cutoffs})
        groups = Groups.of(
            peers,
            needs_of(features).peers,
            [EPOCH + timedelta(microseconds=instant) for instant in instants],
        )
        return cls(np.array(instants, dtype=np.int64), features, zone, groups)

    @cached_property
    def needs(self) -> Needs:
        """What all of the features read."""
        return replace(needs_of(self.features), keys=self.groups.keys)

    def traces(self, told: Told, customers: pl.Series | None) -> Iterator[Traces]:
        """What is told, sorted; several times only where it overflows a key."""
        return traces(told, customers, self.cutoffs.tolist(), self.needs)

    def panel(self, traces: Traces, threads: int) -> pl.DataFrame:
        """The rows of all customers, ordered by cutoff, then customer."""
        everyone = traces["events"].customers
        columns = self._columns(len(everyone))
        calendar = self._calendar(traces)

        def fill(span: Span) -> None:
            part = {name: column[:, slice(*span)] for name, column in columns.items()}
            self._fill(part, _chunk(traces, span), calendar)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, self.chunks(traces)))
        for seen in self.otherwise(traces, threads):
            seen.put_right(columns, (0, len(everyone)))
        return self._frame(everyone, columns)

    def piece(self, traces: Traces, span: Span, otherwise: Iterable[Seen]) -> pl.DataFrame:
        """The rows of some customers, ordered by cutoff, then customer; see `otherwise`."""
        part = _chunk(traces, span)
        everyone = part["events"].customers
        columns = self._columns(len(everyone))
        self._fill(columns, part, self._calendar(traces))
        for seen in otherwise:
            seen.put_right(columns, span)
        return self._frame(everyone, columns)

    def chunks(self, traces: Traces) -> Iterator[Span]:
        """Spans of customers with about `CHUNK_EVENTS` events each.

        With few events a customer, fewer of them: no more than `CHUNK_LOOKUPS` are looked up.
        """
        events = traces["events"]
        lookups = len(self.cutoffs) * (len(self.needs.lookbacks_days) + 1)
        most = max(1, min(CHUNK_EVENTS, CHUNK_LOOKUPS // lookups))
        first = 0
        while first < len(events.customers):
            limit = events.starts[first] + CHUNK_EVENTS
            last = max(first + 1, int(np.searchsorted(events.ends, limit, side="right")))
            last = min(last, first + most)
            yield first, last
            first = last

    def otherwise(self, traces: Traces, threads: int) -> list[Seen]:
        """What was seen at cutoffs at which other rows were known of a customer than the latest.

        Each such customer and cutoff is worked on as if it were a customer of its own.
        """
        calendar = self._calendar(traces)
        number, customer = told_otherwise(traces.values(), self.cutoffs)

        def seen(span: slice) -> Seen:
            cutoffs, whose = self.cutoffs[number[span]][None, :], customer[span]
            known = {name: as_seen(one, cutoffs[0], whose) for name, one in traces.items()}
            peers = Peers(self.groups, number[span][None, :])
            past = Past(known, cutoffs, self.needs.lookbacks_days, calendar, peers)
            values = {feature.name: feature.compute(past)[0] for feature in self.features}
            return Seen(number[span], whose, values)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(seen, _shares(traces, customer)))

    def _calendar(self, traces: Traces) -> Calendar:
        return Calendar(self.zone, _midnights(traces["events"], self.zone))

    def _columns(self, customers: int) -> Values:
        shape = (len(self.cutoffs), customers)
        return {
            feature.name: np.empty(shape, dtype=np.int32 if feature.whole else np.float64)
            for feature in self.features
        }

    def _fill(self, columns: Values, traces: Traces, calendar: Calendar) -> None:
        """Compute one chunk from the latest rows."""
        last = {name: latest_trace(one) for name, one in traces.items()}
        cutoffs = self.cutoffs[:, None]
        peers = Peers(self.groups, np.arange(len(cutoffs))[:, None])
        past = Past(last, cutoffs, self.needs.lookbacks_days, calendar, peers)
        for feature in self.features:
            columns[feature.name][:] = feature.compute(past)

    def _frame(self, customers: pl.Series, columns: Values) -> pl.DataFrame:
        cutoffs = pl.Series(self.cutoffs).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        size = len(customers)
        frame = pl.DataFrame(
            [
                customers[np.tile(np.arange(size), len(cutoffs))].alias("customer_id"),
                cutoffs[np.repeat(np.arange(len(cutoffs)), size)].alias("cutoff"),
                *(_series(name, column.reshape(-1)) for name, column in columns.items()),
            ]
        )
        return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _shares(traces: Traces, customer: Ints) -> Iterator[slice]:
    """Runs of customers, each told as often as they stand there, to be worked on at a time."""
    events = traces["events"]
    before = np.cumsum((events.ends - events.starts)[customer])
    most = 1 << (trace.KEY_BITS - max(one.packing.bits for one in traces.values()))
    first = 0
    while first < len(customer):
        done = int(before[first - 1]) if first else 0
        last = int(np.searchsorted(before, done + CHUNK_EVENTS, side="right"))
        last = min(max(first + 1, last), first + most)
        yield slice(first, last)
        first = last


def _chunk(traces: Traces, span: Span) -> Traces:
    return {name: one.chunk(*span) for name, one in traces.items()}


def _midnights(trace: Trace, zone: ZoneInfo) -> Ints:
    """The instants, in microseconds, at which the business days of the trace begin."""
    first = trace.packing.origin
    last = first + (trace.packing.tick << trace.packing.bits)
    day = business_day(EPOCH + timedelta(microseconds=first), zone)
    instants: list[int] = []
    while not instants or instants[-1] < last:
        instants.append(microseconds(midnight(day, zone)))
        day += timedelta(days=1)
    return np.array(instants, dtype=np.int64)


def _series(name: str, values: npt.NDArray[np.generic]) -> pl.Series:
    """A Polars column over the same memory, without a copy."""
    return pl.Series(name, pa.array(values))
