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
from features.groups import Groups
from features.needs import NOTHING, Needs
from features.past import Calendar, Past
from features.told import Told
from features.trace import Ints, Trace, traces
from features.versions import latest_trace, told_otherwise, visible_trace

CHUNK_EVENTS = 1 << 18
"""Events that one thread works on at a time: its running totals stay in the cache."""

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
    others did is read in the table `peers` alone (see `features.peers`), which must be there if a
    feature needs it.
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
            list(pool.map(fill, chunks(traces)))
        return self._frame(everyone, columns)

    def piece(self, traces: Traces, span: Span) -> pl.DataFrame:
        """The rows of some customers, ordered by cutoff, then customer."""
        part = _chunk(traces, span)
        everyone = part["events"].customers
        columns = self._columns(len(everyone))
        self._fill(columns, part, self._calendar(traces))
        return self._frame(everyone, columns)

    def _calendar(self, traces: Traces) -> Calendar:
        return Calendar(self.zone, _midnights(traces["events"], self.zone))

    def _columns(self, customers: int) -> Values:
        shape = (len(self.cutoffs), customers)
        return {
            feature.name: np.empty(shape, dtype=np.int32 if feature.whole else np.float64)
            for feature in self.features
        }

    def _fill(self, columns: Values, traces: Traces, calendar: Calendar) -> None:
        """Compute one chunk; where other rows were known then, cutoff by cutoff, put it right."""
        lookbacks = self.needs.lookbacks_days
        last = {name: latest_trace(trace) for name, trace in traces.items()}
        past = Past(last, self.cutoffs, lookbacks, calendar, self.groups)
        for feature in self.features:
            columns[feature.name][:] = feature.compute(past)
        for k, customers in told_otherwise(traces.values(), self.cutoffs):
            cutoff = int(self.cutoffs[k])
            known = {name: visible_trace(one, cutoff, customers) for name, one in traces.items()}
            now = self.cutoffs[k : k + 1]
            past = Past(known, now, lookbacks, calendar, self.groups.at(k))
            for feature in self.features:
                columns[feature.name][k, customers] = feature.compute(past)[0]

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


def chunks(traces: Traces) -> Iterator[Span]:
    """Spans of customers with about `CHUNK_EVENTS` events each."""
    trace = traces["events"]
    first = 0
    while first < len(trace.customers):
        limit = trace.starts[first] + CHUNK_EVENTS
        last = max(first + 1, int(np.searchsorted(trace.ends, limit, side="right")))
        last = min(last, first + CHUNK_EVENTS)
        yield first, last
        first = last


def _chunk(traces: Traces, span: Span) -> Traces:
    return {name: trace.chunk(*span) for name, trace in traces.items()}


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
