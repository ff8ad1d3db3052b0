"""Peers: what groups of customers did, counted over everyone as of each cutoff.

Counts of one part of the customers are integers that add up, so neither the number of parts nor
their order changes the table. Only what was known before a cutoff counts at it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa

from features.asof import Floats
from features.build import build
from features.catalog import Feature, reads
from features.compact import NOBODY
from features.contracts import INSTANT
from features.groups import PEERS
from features.needs import Attribute, Group, Needs
from features.partitions import LOCAL, Engine, frames
from features.past import EVERYTHING, Past
from features.told import Parts, Told, narrowed
from features.trace import Ints
from features.versions import visible

_COUNTS = ("customers", "active", "events")
_NAMES = [name for name in PEERS.schema if name not in _COUNTS]
_NOTHING = pl.DataFrame(schema=PEERS.schema)


def peers(
    parts: Parts,
    cutoffs: Sequence[datetime],
    features: Iterable[Feature],
    zone: ZoneInfo,
    *,
    engine: Engine = LOCAL,
) -> pl.DataFrame | None:
    """The table that some features need of everyone, by the contract `PEERS`; None if none does.

    The parts must tell of all customers, each part of others.
    """
    groups = groups_of(features)
    if not groups:
        return None
    tables = frozenset({group.of for group in groups} - {"events"})
    read = narrowed(parts, Needs(tables=tables, peers=frozenset(groups)))
    job = _Counting(read, cutoffs, groups, zone, engine.threads)
    return summed(frames(engine.map(job.table, range(len(read)))))


def groups_of(features: Iterable[Feature]) -> list[Group]:
    """The groups whose habits some features read."""
    return sorted({group for feature in features for group in feature.needs.peers})


def counted(
    told: Told,
    cutoffs: Sequence[datetime],
    groups: Collection[Group],
    zone: ZoneInfo,
    *,
    threads: int = 1,
) -> pl.DataFrame:
    """What the customers of one part add to the table."""
    cutoffs, tables = sorted({*cutoffs}), [_NOTHING]
    for of, attribute in sorted({(group.of, group.attribute) for group in groups}):
        days = [group.days for group in groups if (group.of, group.attribute) == (of, attribute)]
        if of == "customers":
            panel = build(
                told, None, cutoffs, _of_values(told, attribute, days), zone, threads=threads
            )
            found = _in_segments(panel, _values(told, attribute), days)
        else:
            found = _with_items(_touches(told.events, attribute), cutoffs, days)
        named = {"of": pl.lit(of), "attribute": pl.lit(attribute)}
        for rows in (*found, _nobody(cutoffs, days)):
            columns = [pl.col(name).cast(dtype) for name, dtype in PEERS.schema.items()]
            tables.append(rows.with_columns(**named).select(columns))
    return summed(tables)


@dataclass(frozen=True)
class _Counting:
    """What is asked of each part."""

    parts: Parts
    cutoffs: Sequence[datetime]
    groups: Collection[Group]
    zone: ZoneInfo
    threads: int

    def table(self, place: int) -> pa.Table:
        told, threads = self.parts[place], self.threads
        return counted(told, self.cutoffs, self.groups, self.zone, threads=threads).to_arrow()


def summed(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """What several parts add up to, in one order."""

    def plus(some: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([some, more]).group_by(_NAMES).agg(pl.col(_COUNTS).sum())

    return reduce(plus, tables, _NOTHING).sort(_NAMES)


def _nobody(cutoffs: Sequence[datetime], days: Collection[int]) -> pl.DataFrame:
    """Rows that say of everyone that there was nothing, so that every window is told of."""
    counts = {name: pl.lit(0) for name in _COUNTS}
    windows = pl.DataFrame({"days": [*days]}, schema={"days": pl.Int64})
    at = pl.DataFrame({"cutoff": [*cutoffs]}, schema={"cutoff": INSTANT})
    return at.join(windows, how="cross").with_columns(key=pl.lit(None, pl.String), **counts)


def _values(told: Told, attribute: str) -> tuple[str, ...]:
    if attribute not in told.customers.columns:
        return ()
    return tuple(told.customers[attribute].cast(pl.String).drop_nulls().unique().sort())


def _of_values(told: Told, attribute: str, days: Collection[int]) -> list[Feature]:
    """The value of each customer, and their events ever and in each window."""
    value = Attribute(attribute, "category", _values(told, attribute))
    key = Feature(
        name="value",
        family="peers",
        unit="value",
        meaning=f"the value of {attribute}",
        function=_value,
        arguments={"attribute": attribute},
        needs=Needs(tables=frozenset({"customers"}), profile=frozenset({value})),
    )
    return [key, *(_events(each) for each in (None, *days))]


def _value(past: Past, attribute: str) -> Floats:
    code = past.profile.category(attribute)
    return np.where(code == NOBODY, np.nan, code)


def _events(days: int | None) -> Feature:
    return Feature(
        name=f"events_{days or 'ever'}",
        family="peers",
        unit="events",
        meaning="number of events",
        function=_count,
        arguments={"days": days},
        needs=reads(EVERYTHING, *([days] if days else [])),
        whole=True,
    )


def _count(past: Past, days: int | None) -> Ints:
    return past.count(EVERYTHING, days)


def _in_segments(
    panel: pl.DataFrame, values: Sequence[str], days: Collection[int]
) -> Iterator[pl.DataFrame]:
    """Counts of the customers who share a value, and of all customers."""
    names = pl.Series(values, dtype=pl.String)
    known = panel.with_columns(key=names[panel["value"].cast(pl.UInt32)])
    known = known.filter(pl.col("events_ever") > 0)
    for each in days:
        events = pl.col(f"events_{each}")
        counts = {
            "customers": pl.len(),
            "active": (events > 0).sum(),
            "events": events.cast(pl.Int64).sum(),
        }
        yield from _grouped(known, each, counts)


def _touches(events: pl.DataFrame, attribute: str) -> pl.DataFrame:
    """The events that tell an item, with the item as `key`."""
    item = pl.col(attribute) if attribute in events.columns else pl.lit(None)
    known_at = "known_at" if "known_at" in events.columns else "occurred_at"
    rows = events.lazy().with_columns(key=item.cast(pl.String), known_at=pl.col(known_at))
    kept = ("customer_id", "occurred_at", "known_at", "superseded_at", "key")
    columns = [name for name in kept if name in {*events.columns, "known_at", "key"}]
    return rows.filter(pl.col("key").is_not_null()).select(columns).collect()


def _with_items(
    touches: pl.DataFrame, cutoffs: Sequence[datetime], days: Collection[int]
) -> Iterator[pl.DataFrame]:
    """Counts of the customers whom an item reached, and of those whom any did."""
    who = pl.col("customer_id").n_unique()
    for cutoff in cutoffs:
        seen = visible(touches, "occurred_at", cutoff).with_columns(cutoff=pl.lit(cutoff, INSTANT))
        for each in days:
            window = seen.filter(pl.col("occurred_at") >= cutoff - timedelta(days=each))
            yield from _grouped(window, each, {"customers": who, "active": who, "events": pl.len()})


def _grouped(
    rows: pl.DataFrame, days: int, counts: Mapping[str, pl.Expr]
) -> Iterator[pl.DataFrame]:
    """Counts by cutoff and key, and by cutoff alone."""
    keyed = rows.filter(pl.col("key").is_not_null())
    yield keyed.group_by("cutoff", "key").agg(**counts).with_columns(days=days)
    everyone = rows.group_by("cutoff").agg(**counts)
    yield everyone.with_columns(days=days, key=pl.lit(None, pl.String))
