"""What the lake holds already, partition by partition, to be merged with tonight's rows."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import polars as pl

from features.contracts import INPUTS
from features.engine.spill import Spill
from features.identity.standing import Standing, only
from features.lake.manifest import Stored
from features.lake.merging import RECORD, key_hash
from features.lake.places import Places
from features.lake.snapshot import Snapshot


class Part(NamedTuple):
    """Rows of one partition, and whether they are just those of the file that is there."""

    rows: pl.DataFrame
    intact: bool


class Held:
    """The rows of a snapshot whose sources are still read as they were."""

    def __init__(self, snapshot: Snapshot | None, sources: Collection[str]) -> None:
        standing = snapshot.standing() if snapshot else None
        self.standing = only(standing, {*sources}) if standing else None
        self._snapshot = snapshot
        self._sources = sorted(sources)
        self._whose: pl.DataFrame | None = None
        self._places = Places()
        self._arrivals: Spill[tuple[str, int]] = Spill(snapshot.root if snapshot else None)

    def rename(self, standing: Standing, places: Places) -> None:
        """Give rows to the customers that their records belong to now; some change their place."""
        if self.standing is None:
            return
        whose, before = standing.whose, self.standing.whose
        same = ["source", RECORD, "customer_id"]
        if before.join(whose, on=same, how="anti").is_empty():
            return
        self._whose, self._places = whose, places
        for table in INPUTS:
            for stored, rows in self._parts(table):
                for place, part in places.split(self._renamed(rows)):
                    if place != stored.place:
                        self._arrivals.add((table, place), part)

    def has(self, table: str) -> bool:
        """Whether the lake holds rows of a table."""
        return bool(self._snapshot and self._snapshot.manifest.tables.get(table))

    def part(self, table: str, place: int) -> Part:
        """One partition without sources that are gone, under the present names."""
        rows, intact = pl.DataFrame(schema=INPUTS[table].schema), True
        if self._snapshot and (stored := self._snapshot.manifest.stored(table, place)):
            rows = self._kept(self._snapshot, stored)
            intact = rows.height == stored.rows
        if self._whose is None or "customer_id" not in rows.columns:
            return Part(rows, intact)
        staying = [part for at, part in self._places.split(self._renamed(rows)) if at == place]
        both = [rows.clear(), *staying, *self._arrivals.frames((table, place))]
        now = pl.concat(both, how="diagonal_relaxed")
        return Part(now, intact and now.equals(rows))

    def keys(self, table: str) -> Iterator[pl.DataFrame]:
        """`place` and hashed `key` of all rows, partition by partition."""
        for place in range(self._snapshot.manifest.partitions if self._snapshot else 0):
            rows = self.part(table, place).rows
            yield rows.select(key=key_hash(), place=pl.lit(place, pl.UInt16))

    def _parts(self, table: str) -> Iterator[tuple[Stored, pl.DataFrame]]:
        """What the files of a table hold."""
        if self._snapshot:
            for stored in self._snapshot.manifest.tables.get(table, ()):
                yield stored, self._kept(self._snapshot, stored)

    def _kept(self, snapshot: Snapshot, stored: Stored) -> pl.DataFrame:
        return snapshot.rows(stored).filter(pl.col("source").is_in(self._sources))

    def _renamed(self, rows: pl.DataFrame) -> pl.DataFrame:
        if self._whose is None or RECORD not in rows.columns:
            return rows
        named = rows.rename({"customer_id": "_before"}).join(
            self._whose, on=["source", RECORD], how="left", maintain_order="left"
        )
        now = pl.coalesce("customer_id", "_before")
        return named.with_columns(customer_id=now).select(rows.columns)
