"""The lake's files: immutable, named after what they hold, written only where they are new."""

from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl

from features import durable
from features.contracts import PolarsDtype, Table
from features.lake.manifest import Manifest, Stored
from features.lake.places import ordered

MANIFEST = "manifest.json"


def arranged(table: Table[PolarsDtype], rows: pl.DataFrame) -> pl.DataFrame:
    """Rows and columns in the one order in which they are stored, whatever theirs was."""
    known = [name for name in table.schema if name in rows.columns]
    others = sorted(set(rows.columns) - {*known})
    return ordered(rows.select(*known, *others), table)


def put(root: Path, table: Table[PolarsDtype], place: int, rows: pl.DataFrame) -> Stored:
    """The file of one partition; equal rows, arranged, give the same file."""
    content = _parquet(rows)
    checksum = sha256(content).hexdigest()
    file = f"{table.name}/{place:03d}-{checksum[:16]}.parquet"
    path = root / file
    path.parent.mkdir(exist_ok=True)
    if not (path.is_file() and path.read_bytes() == content):
        durable.write_bytes(path, content)
    return Stored(file, place, rows.height, checksum)


def move(root: Path, manifest: Manifest, former: Manifest | None) -> None:
    """Make the manifest the one that readers find; delete what neither it nor the former names."""
    if former is not None and former.text() == manifest.text():
        return
    for table in manifest.tables:
        if (root / table).is_dir():
            durable.settle(root / table)
    durable.write_bytes(root / MANIFEST, manifest.text().encode())
    durable.settle(root)
    _remove(root, keep=manifest.files | (former.files if former else set()))


def _parquet(rows: pl.DataFrame) -> bytes:
    """A partition is always read whole: statistics would never be looked at."""
    buffer = BytesIO()
    rows.rechunk().write_parquet(
        buffer,
        compression="lz4",
        statistics=False,
        row_group_size=max(rows.height, 1),
    )
    return buffer.getvalue()


def _remove(root: Path, keep: set[str]) -> None:
    """What cannot go now goes next time."""
    for path in _litter(root):
        if path.relative_to(root).as_posix() not in keep:
            with suppress(OSError):
                path.unlink()


def _litter(root: Path) -> Iterable[Path]:
    yield from root.glob(f"{durable.unfinished(root / MANIFEST)}*")
    for folder in filter(Path.is_dir, root.iterdir()):
        yield from (path for path in folder.iterdir() if path.is_file())
