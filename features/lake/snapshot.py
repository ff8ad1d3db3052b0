"""A snapshot: the lake as one manifest names it, whatever a writer does meanwhile."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl

from features.contracts import (
    CONTRACTS,
    CUSTOMERS,
    EVENTS,
    INPUTS,
    QUARANTINE,
    STAGE_HISTORY,
    STAGES,
    PolarsDtype,
    Table,
)
from features.errors import DataRefused
from features.identity.standing import TABLES, Standing, restored
from features.known.compact import columns_read
from features.known.needs import Needs
from features.known.told import Told
from features.lake import manifest
from features.lake.manifest import Manifest, Stored
from features.lake.merging import RECORD
from features.lake.places import Places
from features.lake.store import MANIFEST
from features.sources.resuming import LastRead

_OF_CUSTOMERS = (EVENTS, CUSTOMERS, CONTRACTS, STAGES, STAGE_HISTORY)
"""The tables that tell something of a customer from which a feature may be made."""

_ANEW = (
    "put the lake back from a copy; or run `jejak ingest --anew`, which reads again what the"
    " sources hold today and forgets what only the lake held"
)


@dataclass(frozen=True)
class Snapshot:
    """The lake as one manifest names it."""

    root: Path
    manifest: Manifest

    @property
    def as_of(self) -> datetime:
        """The cutoff of the night that wrote the snapshot."""
        return self.manifest.as_of

    @property
    def watermark(self) -> datetime:
        """The instant before which every required source is complete."""
        return self.manifest.watermark

    @property
    def rows_quarantined(self) -> int:
        """How many rows of all sources could not be read."""
        return sum(stored.rows for stored in self.manifest.tables[QUARANTINE.name])

    def events(self) -> pl.DataFrame:
        """All events, partition after partition; a customer's stand together, in time order."""
        return self.table(EVENTS.name)

    def partitions(self) -> Iterator[pl.DataFrame]:
        """Events of some customers at a time, sorted by customer and time; none is empty."""
        for stored in self.manifest.tables[EVENTS.name]:
            yield self.rows(stored).drop(RECORD, strict=False)

    def customers(self) -> pl.DataFrame:
        """All versions of all customers."""
        return self.table(CUSTOMERS.name)

    def table(self, name: str) -> pl.DataFrame:
        """All rows of an input table: every version, also those that are superseded."""
        return self._together(INPUTS[name]).drop(RECORD, strict=False)

    def part(
        self, table: Table[PolarsDtype], place: int, columns: Collection[str] | None = None
    ) -> pl.DataFrame:
        """The rows of a table in one partition; of some columns, where they are there."""
        stored = self.manifest.stored(table.name, place)
        rows = self.rows(stored, columns) if stored else _nothing(table)
        return rows.drop(RECORD, strict=False)

    def told(self) -> "LakeParts":
        """What is told of everyone, partition after partition, read when it is asked for."""
        return LakeParts(self)

    def knows(self, customer_id: str) -> bool:
        """Whether anything is told of a customer."""
        [place] = Places(self.manifest.partitions).of(pl.Series([customer_id]))
        rows = (self.part(table, place, ["customer_id"]) for table in _OF_CUSTOMERS)
        return any(customer_id in part["customer_id"] for part in rows)

    def stage_history(self) -> pl.DataFrame:
        """Stages as sources stated them and as the workspace's rules derived them."""
        return self._together(STAGE_HISTORY)

    def quarantine(self) -> pl.DataFrame:
        """The rows that could not be read."""
        return self._together(QUARANTINE)

    def standing(self) -> Standing | None:
        """Who is who; none where the sources name the customers themselves."""
        if self.manifest.resolved_at is None:
            return None
        kept = {name: self._together(table) for name, table in TABLES.items()}
        return restored(kept, self.manifest.resolved_at)

    def rows(self, stored: Stored, columns: Collection[str] | None = None) -> pl.DataFrame:
        """The rows of one file, as they were stored; `DataRefused` if it is damaged."""
        path = self.root / stored.file
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        if sha256(content).hexdigest() != stored.sha256:
            raise DataRefused(
                "a file of the lake is missing or damaged",
                where=str(path),
                mend=_ANEW,
            )
        if columns is None:
            return pl.read_parquet(content)
        known = pl.read_parquet_schema(BytesIO(content))
        return pl.read_parquet(content, columns=[name for name in known if name in columns])

    def _together(self, table: Table[PolarsDtype]) -> pl.DataFrame:
        parts = [self.rows(stored) for stored in self.manifest.tables.get(table.name, ())]
        return pl.concat(parts, how="diagonal_relaxed") if parts else _nothing(table)


@dataclass(frozen=True)
class LakeParts:
    """The partitions of a snapshot; each is read anew whenever it is taken.

    Of each table only the columns that `needs` asks for are read, or all of them.
    """

    snapshot: Snapshot
    needs: Needs | None = None

    def narrowed(self, needs: Needs) -> "LakeParts":
        """The same partitions with only the tables and columns that are needed."""
        return replace(self, needs=needs)

    def __len__(self) -> int:
        return self.snapshot.manifest.partitions

    def __iter__(self) -> Iterator[Told]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: int) -> Told:
        """What is told of the customers in one partition."""
        wanted = {
            one.name: columns_read(one.name, self.needs) if self.needs else None
            for one in _OF_CUSTOMERS
        }
        tables = {
            one.name: self.snapshot.part(one, place, wanted[one.name])
            for one in _OF_CUSTOMERS
            if wanted[one.name] != frozenset()
        }
        return Told(**tables, ordered=True)


def open_lake(root: Path) -> Snapshot:
    """The last complete snapshot; raises `DataRefused` if there is none."""
    path = root / MANIFEST
    try:
        return Snapshot(root, manifest.parse(path.read_text()))
    except FileNotFoundError:
        raise DataRefused(
            "nothing has been ingested yet", where=str(path), mend="run `jejak ingest`"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataRefused(
            "the manifest of the lake cannot be read",
            where=str(path),
            mend=_ANEW,
        ) from None


def last_read(root: Path) -> dict[str, LastRead]:
    """What the last snapshot holds of each source; nothing where there is none yet."""
    if not (root / MANIFEST).exists():
        return {}
    told = open_lake(root).manifest
    return {
        source["name"]: LastRead(
            as_of=told.as_of,
            settings=source["settings"],
            newest=datetime.fromisoformat(source["newest"]) if source["newest"] else None,
        )
        for source in told.sources
    }


def _nothing(table: Table[PolarsDtype]) -> pl.DataFrame:
    return pl.DataFrame(schema=table.schema)
