"""Peers: what groups of customers did, counted over everyone as of each cutoff.

Counts of one part of the customers are integers that add up, so neither the number of parts nor
their order changes the table. Only what was known before a cutoff counts at it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa

from features.build import build
from features.catalog import Feature, reads
from features.contracts import INSTANT
from features.engine.partitions import LOCAL, Engine, frames
from features.known.asof import Floats
from features.known.compact import NOBODY
from features.known.needs import Attribute, Group, Needs
from features.known.past import EVERYTHING, Past
from features.known.told import Parts, Told, narrowed
from features.known.trace import Ints
from features.peers.groups import PEERS
from features.peers.reached import reached

FEW_ROWS = 1 << 20
"""Rows of parts that are not worth adding up before there are more."""

_COUNTS = ("customers", "active", "events")
_NAMES = [name for name in PEERS.schema if name not in _COUNTS]
_NONE = pl.DataFrame(schema=PEERS.schema)


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
    cutoffs, tables = sorted({*cutoffs}), [_NONE]
    for of, attribute in sorted({(group.of, group.attribute) for group in groups}):
        days = [group.days for group in groups if (group.of, group.attribute) == (of, attribute)]
        if of == "customers":
            panel = build(
                told, None, cutoffs, _of_values(told, attribute, days), zone, threads=threads
            )
            found = _in_segments(panel, _values(told, attribute), days)
        else:
            found = [reached(told.events, attribute, cutoffs, days)]
        rows = pl.concat([*found, _nobody(cutoffs, days)], how="diagonal_relaxed")
        named = rows.with_columns(of=pl.lit(of), attribute=pl.lit(attribute))
        tables.append(named.select(pl.col(n).cast(kind) for n, kind in PEERS.schema.items()))
    return _added(tables)


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
    """What several parts add up to, in one order.

    They are added whenever they are together more than what is added already, and not just a few:
    about three times the table is in memory, however many parts there are.
    """
    total, waiting = _NONE, [_NONE]
    for table in tables:
        waiting.append(table)
        if sum(each.height for each in waiting) > max(total.height, FEW_ROWS):
            total, waiting = _added([total, *waiting]), [_NONE]
    return _added([total, *waiting]).sort(_NAMES)


def _added(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(tables).group_by(_NAMES).agg(pl.col(_COUNTS).sum())


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
    counts = {"customers": pl.len()}
    for each in days:
        events = pl.col(f"events_{each}")
        counts |= {f"active_{each}": (events > 0).sum(), f"sum_{each}": events.cast(pl.Int64).sum()}
    known = panel.lazy().filter(pl.col("events_ever") > 0)
    rows = known.group_by("cutoff", "value").agg(**counts).collect()
    keys = pl.Series(values, dtype=pl.String)[rows["value"].cast(pl.UInt32)]
    for each in days:
        did = rows.select(
            "cutoff",
            "customers",
            days=pl.lit(each),
            key=keys,
            active=f"active_{each}",
            events=f"sum_{each}",
        )
        yield did.filter(pl.col("key").is_not_null())
        yield did.with_columns(key=pl.lit(None, pl.String))
