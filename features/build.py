"""The one door: events, cutoffs and features in; a panel out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from features.catalog import NOTHING, Feature
from features.clock import EPOCH, business_day, microseconds, midnight
from features.past import Past
from features.trace import Ints, Needs, Trace, traces
from features.versions import latest_trace, told_otherwise, visible_trace

CHUNK_EVENTS = 1 << 18
"""Events that one thread works on at a time: its running totals stay in the cache."""

Values = dict[str, npt.NDArray[np.generic]]


def build(
    events: pl.DataFrame | pl.LazyFrame,
    customers: pl.Series | None,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    zone: ZoneInfo,
    *,
    threads: int = 2,
) -> pl.DataFrame:
    """The panel: one row a customer and cutoff, one column a feature.

    `events` follows the events contract (columns that no feature reads may be missing); without
    `customers`, everyone with an event. Rows are ordered by cutoff, then customer; a value that
    cannot be told is null. An event counts at a cutoff if it occurred and was known before it,
    and was not superseded before it.
    The result depends neither on the order of events, nor on other customers, nor on `threads`.
    """
    needs = reduce(Needs.__or__, (feature.needs for feature in features), NOTHING)
    cutoffs = sorted(set(cutoffs))
    parts = [
        _Panel(trace, cutoffs, features, needs, zone).build(threads)
        for trace in traces(events, customers, cutoffs, needs)
    ]
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort("cutoff", "customer_id")


class _Panel:
    """One trace being turned into rows, chunk of customers after chunk."""

    def __init__(
        self,
        trace: Trace,
        cutoffs: Sequence[datetime],
        features: Sequence[Feature],
        needs: Needs,
        zone: ZoneInfo,
    ) -> None:
        self.trace = trace
        self.features = features
        self.lookbacks_days = needs.lookbacks_days
        self.cutoffs = np.array([microseconds(cutoff) for cutoff in cutoffs], dtype=np.int64)
        self.midnights = _midnights(trace, zone)

    def build(self, threads: int) -> pl.DataFrame:
        shape = (len(self.cutoffs), len(self.trace.customers))
        columns: Values = {
            feature.name: np.empty(shape, dtype=np.int32 if feature.whole else np.float64)
            for feature in self.features
        }

        def fill(span: tuple[int, int]) -> None:
            part = {name: column[:, slice(*span)] for name, column in columns.items()}
            self._fill(part, self.trace.chunk(*span))

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, _chunks(self.trace)))
        return self._frame(columns)

    def _fill(self, columns: Values, trace: Trace) -> None:
        """Compute one chunk; where other rows were known then, cutoff by cutoff, put it right."""
        past = Past(latest_trace(trace), self.cutoffs, self.lookbacks_days, self.midnights)
        for feature in self.features:
            columns[feature.name][:] = feature.compute(past)
        for k, customers in told_otherwise(trace, self.cutoffs):
            known = visible_trace(trace, int(self.cutoffs[k]), customers)
            past = Past(known, self.cutoffs[k : k + 1], self.lookbacks_days, self.midnights)
            for feature in self.features:
                columns[feature.name][k, customers] = feature.compute(past)[0]

    def _frame(self, columns: Values) -> pl.DataFrame:
        cutoffs = pl.Series(self.cutoffs).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        size = len(self.trace.customers)
        frame = pl.DataFrame(
            [
                self.trace.customers[np.tile(np.arange(size), len(cutoffs))].alias("customer_id"),
                cutoffs[np.repeat(np.arange(len(cutoffs)), size)].alias("cutoff"),
                *(_series(name, column.reshape(-1)) for name, column in columns.items()),
            ]
        )
        return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _chunks(trace: Trace) -> Iterator[tuple[int, int]]:
    """Spans of customers with about `CHUNK_EVENTS` events each."""
    first = 0
    while first < len(trace.customers):
        limit = trace.starts[first] + CHUNK_EVENTS
        last = max(first + 1, int(np.searchsorted(trace.ends, limit, side="right")))
        last = min(last, first + CHUNK_EVENTS)
        yield first, last
        first = last


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
