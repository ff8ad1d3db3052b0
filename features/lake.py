"""The event lake: immutable files by customer, and one manifest that is moved at the end.

A reader holds one manifest and sees its snapshot, whatever a writer does meanwhile.
"""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl

from features import durable, manifest
from features.contracts import CUSTOMERS, EVENTS, QUARANTINE, PolarsDtype, Table
from features.errors import DataRefused
from features.manifest import Manifest, Stored
from features.sources import Reading

_MANIFEST = "manifest.json"
_ORDER = {
    "events": ("customer_id", "occurred_at", "source", "source_key"),
    "customers": ("customer_id", "valid_from", "known_at", "source"),
    "quarantine": ("source", "row", "reason", "column"),
}


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
        return self._together(EVENTS)

    def partitions(self) -> Iterator[pl.DataFrame]:
        """Events of some customers at a time, sorted by customer and time; none is empty."""
        return map(self._read, self.manifest.tables[EVENTS.name])

    def customers(self) -> pl.DataFrame:
        """All versions of all customers."""
        return self._together(CUSTOMERS)

    def quarantine(self) -> pl.DataFrame:
        """The rows that could not be read."""
        return self._together(QUARANTINE)

    def _together(self, table: Table[PolarsDtype]) -> pl.DataFrame:
        parts = list(map(self._read, self.manifest.tables[table.name]))
        return pl.concat(parts) if parts else pl.DataFrame(schema=table.schema)

    def _read(self, stored: Stored) -> pl.DataFrame:
        path = self.root / stored.file
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        if sha256(content).hexdigest() != stored.sha256:
            raise DataRefused(
                "a file of the lake is missing or damaged",
                where=str(path),
                mend="run `jejak ingest` again",
            )
        return pl.read_parquet(content)


def open_lake(root: Path) -> Snapshot:
    """The last complete snapshot; raises `DataRefused` if there is none."""
    path = root / _MANIFEST
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
            mend="run `jejak ingest` again",
        ) from None


def write(root: Path, reading: Reading, *, currency: str = "", partitions: int = 16) -> Snapshot:
    """Make what was read the lake's snapshot.

    Equal rows give equal files, and what is there already is not written again. Until the
    manifest is in place the former snapshot stands; its files stay for those who still read it.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds personal data
        with durable.only_writer(root):
            return _write(root, reading, currency, partitions)
    except OSError as error:
        raise DataRefused(
            f"the lake could not be written ({error.strerror})",
            where=str(root),
            mend="look at the disk's space and the folder's rights, then run it again;"
            " until then the last whole snapshot is read",
        ) from error


def _write(root: Path, reading: Reading, currency: str, partitions: int) -> Snapshot:
    former = _former(root)
    made = Manifest(
        as_of=reading.as_of,
        watermark=reading.watermark,
        partitions=partitions,
        tables={
            "events": _store_partitions(root, "events", reading.events, partitions),
            "customers": _store_partitions(root, "customers", reading.customers, partitions),
            "quarantine": _store(root, "quarantine", [("all", reading.quarantine)]),
        },
        sources=tuple(asdict(source) for source in reading.sources),
        currency=currency,
    )
    if former is None or former.text() != made.text():
        durable.write_bytes(root / _MANIFEST, made.text().encode())
        durable.settle(root)
        _remove(root, keep=made.files | (former.files if former else set()))
    return Snapshot(root, made)


def _former(root: Path) -> Manifest | None:
    try:
        return open_lake(root).manifest
    except DataRefused:
        return None


def _store_partitions(
    root: Path, table: str, rows: pl.DataFrame, partitions: int
) -> tuple[Stored, ...]:
    places = _partition(rows["customer_id"], partitions)
    parts = ((f"{place:03d}", rows.filter(places == place)) for place in range(partitions))
    return _store(root, table, parts)


def _partition(customers: pl.Series, partitions: int) -> pl.Series:
    """The partition of each customer, the same in every run and on every machine."""
    names = customers.unique()
    places = [zlib.crc32(name.encode()) % partitions for name in names]
    return customers.replace_strict(names, places, return_dtype=pl.UInt16)


def _store(root: Path, table: str, parts: Iterable[tuple[str, pl.DataFrame]]) -> tuple[Stored, ...]:
    folder = root / table
    folder.mkdir(exist_ok=True)
    stored = [_store_part(root, table, name, part) for name, part in parts if part.height]
    durable.settle(folder)
    return tuple(stored)


def _store_part(root: Path, table: str, name: str, part: pl.DataFrame) -> Stored:
    content = _parquet(part.sort(_ORDER[table]))
    checksum = sha256(content).hexdigest()
    file = f"{table}/{name}-{checksum[:16]}.parquet"
    path = root / file
    if not (path.is_file() and path.read_bytes() == content):
        durable.write_bytes(path, content)
    return Stored(file, part.height, checksum)


def _parquet(rows: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    rows.rechunk().write_parquet(buffer, compression="zstd", row_group_size=max(rows.height, 1))
    return buffer.getvalue()


def _remove(root: Path, keep: set[str]) -> None:
    """Delete the files that no manifest in use names; what cannot go now goes next time."""
    unfinished = root.glob(f"{durable.unfinished(root / _MANIFEST)}*")
    stored = (path for table in _ORDER for path in (root / table).iterdir())
    for path in (*unfinished, *stored):
        if path.relative_to(root).as_posix() not in keep:
            with suppress(OSError):
                path.unlink()
