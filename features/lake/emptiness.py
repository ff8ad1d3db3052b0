"""How often cells of a source are empty: of late, and before that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from features.contracts import CUSTOMERS, EVENTS, PolarsDtype, Table
from features.lake.snapshot import Snapshot

RECENT = timedelta(days=3)
BEFORE = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class Emptiness:
    """A column of a source: rows and empty cells of the last days, and of the weeks before."""

    source: str
    column: str
    rows: int
    empty: int
    rows_before: int
    empty_before: int

    @property
    def share(self) -> float:
        """How much of it is empty of late."""
        return self.empty / self.rows if self.rows else 0.0

    @property
    def share_before(self) -> float:
        """How much of it was empty before."""
        return self.empty_before / self.rows_before if self.rows_before else 0.0


def emptiness(snapshot: Snapshot, cutoff: datetime) -> tuple[Emptiness, ...]:
    """Every column of events and customers that may be empty, by source, before a cutoff.

    Of late is `[cutoff - RECENT, cutoff)` on the table's own clock, before that is as long as
    `BEFORE`. Read partition after partition.
    """
    return tuple(one for table in (EVENTS, CUSTOMERS) for one in _of(snapshot, table, cutoff))


def _of(snapshot: Snapshot, table: Table[PolarsDtype], cutoff: datetime) -> Iterator[Emptiness]:
    parts = [
        counted
        for place in range(snapshot.manifest.partitions)
        if (counted := _counted(snapshot.part(table, place), table, cutoff)) is not None
    ]
    if not parts:
        return
    together = pl.concat(parts).group_by("source", "column").agg(pl.all().sum())
    for row in together.sort("source", "column").iter_rows(named=True):
        yield Emptiness(**row)


def _counted(
    rows: pl.DataFrame, table: Table[PolarsDtype], cutoff: datetime
) -> pl.DataFrame | None:
    """Rows and empty cells of a part, one row a source and column; none where there are none."""
    full = {column.name for column in table.columns if not column.nullable}
    names = [name for name in rows.columns if name not in full | {"superseded_at"}]
    clock = pl.col(table.clock)
    since = cutoff - RECENT
    past = rows.filter(clock.is_between(since - BEFORE, cutoff, closed="left"))
    if not names or past.is_empty():
        return None
    is_recent = clock >= since
    told = past.select("source", is_recent.alias("_recent"), pl.col(names).is_null())
    cells = told.unpivot(
        names, index=["source", "_recent"], variable_name="column", value_name="_empty"
    )
    recent, empty = pl.col("_recent"), pl.col("_empty")
    return cells.group_by("source", "column").agg(
        rows=recent.sum().cast(pl.Int64),
        empty=(recent & empty).sum().cast(pl.Int64),
        rows_before=(~recent).sum().cast(pl.Int64),
        empty_before=(~recent & empty).sum().cast(pl.Int64),
    )
