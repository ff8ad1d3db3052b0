"""Which version of a row counts: the one that was known at a cutoff, or the last one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl

from features.known.compact import NEVER
from features.known.trace import Flags, Ints, Trace

_NONE = np.empty(0, dtype=np.int64)


def visible(frame: pl.DataFrame, clock: str, cutoff: datetime) -> pl.DataFrame:
    """Rows that had happened, were known and were not yet superseded before a cutoff.

    `clock` names the column that says when a row happened; a frame without `superseded_at` has no
    corrections.
    """
    seen = (pl.col(clock) < cutoff) & (pl.col("known_at") < cutoff)
    if "superseded_at" in frame.columns:
        seen &= pl.col("superseded_at").is_null() | (pl.col("superseded_at") >= cutoff)
    return frame.filter(seen)


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that none has superseded: the truth, as far as it is known today."""
    if "superseded_at" not in frame.columns:
        return frame
    return frame.filter(pl.col("superseded_at").is_null())


def latest_trace(trace: Trace) -> Trace:
    """The trace of the rows that none has superseded; the same one where there are no others."""
    superseded_at = trace.columns.get("superseded_at")
    if superseded_at is None or (superseded_at == NEVER).all():
        return trace
    return trace.keep(superseded_at == NEVER, np.arange(len(trace.customers)))


def as_seen(trace: Trace, cutoffs: Ints, customers: Ints) -> Trace:
    """Customers (positions) as they were known before cutoffs in microseconds, one for each.

    A customer may stand there several times, and is told each time as if alone. What had not
    happened by then stays in it.
    """
    first, last = trace.starts[customers], trace.ends[customers]
    whose = np.repeat(np.arange(len(customers)), last - first)
    before = np.cumsum(last - first) - (last - first)
    rows = np.arange(len(whose)) + (first - before)[whose]
    seen: Flags = np.ones(len(rows), dtype=np.bool_)
    if "known_at" in trace.columns:
        seen &= trace.columns["known_at"][rows] < cutoffs[whose]
    if "superseded_at" in trace.columns:
        seen &= trace.columns["superseded_at"][rows] >= cutoffs[whose]
    rows, bits = rows[seen], np.uint64(trace.packing.bits)
    low = trace.key[rows] & ((np.uint64(1) << bits) - np.uint64(1))
    key = (whose[seen].astype(np.uint64) << bits) | low
    code = np.arange(len(customers), dtype=np.uint64)
    return replace(
        trace,
        customers=trace.customers[customers],
        code=code,
        key=key,
        columns={name: column[rows] for name, column in trace.columns.items()},
        starts=np.searchsorted(key, code << bits),
    )


def told_otherwise(traces: Iterable[Trace], cutoffs: Ints) -> tuple[Ints, Ints]:
    """Where other rows were known of a customer then than the latest: cutoffs and customers.

    Either a latest row had happened and was not yet known, or a row that is superseded by now
    still held. Both are numbers, of one length; the traces are of the same customers.
    """
    found = [_otherwise_in(trace, cutoffs) for trace in traces]
    affected = [
        np.unique(
            np.concatenate([customer[(first <= k) & (k < last)] for customer, first, last in found])
        )
        for k in range(len(cutoffs))
    ]
    sizes = [len(customers) for customers in affected]
    return np.repeat(np.arange(len(cutoffs)), sizes), np.concatenate([*affected, _NONE])


def _otherwise_in(trace: Trace, cutoffs: Ints) -> tuple[Ints, Ints, Ints]:
    """The customers of the rows that make a difference, and at which cutoffs they do.

    For each row the number of the first cutoff, and the one after the last.
    """
    at = trace.packing.unpack(trace.key)
    known_at = trace.columns.get("known_at", at)
    superseded_at = trace.columns.get("superseded_at")
    doubtful = known_at > at
    if superseded_at is not None:
        doubtful |= superseded_at != NEVER
    rows = np.flatnonzero(doubtful)
    happened, known = (
        np.searchsorted(cutoffs, instants[rows], side="right") for instants in (at, known_at)
    )
    first, last = happened, known
    if superseded_at is not None:
        holds = superseded_at[rows] == NEVER
        superseded = np.searchsorted(cutoffs, superseded_at[rows], side="right")
        first = np.where(holds, happened, np.maximum(happened, known))
        last = np.where(holds, known, superseded)
    some = first < last
    customer = np.searchsorted(trace.starts, rows[some], side="right") - 1
    return customer, first[some], last[some]
