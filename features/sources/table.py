"""The one raw table of a source: its files, or what its query makes of its files."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.errors import DataRefused
from features.quarantine import ROWS_OF_A_FILE
from features.sources import paths
from features.sources.kinds import KINDS, SPARSE, WITHOUT_FILE
from features.sources.raw import ROW, Batched, Raw
from features.sources.spec import SourceSpec


class _File(NamedTuple):
    """One of the files of a source; `spec` tells of it where it is refused."""

    path: Path
    spec: SourceSpec


def names(spec: SourceSpec, root: Path) -> list[str]:
    """The source's files, by their names from the folder `root` on."""
    there = [] if spec.kind in WITHOUT_FILE else paths.found(spec.path, root)
    if spec.kind in SPARSE and len(there) > 1:  # an empty one is a day on which nothing happened
        return [name for name in there if (root / name).stat().st_size] or there[:1]
    return there


def files(spec: SourceSpec) -> dict[str, SourceSpec]:
    """The files of a source by the table that its query knows them by."""
    lookups = {
        table: replace(spec, path=path, kind="parquet" if path.endswith(".parquet") else "csv")
        for table, path in spec.lookups.items()
    }
    return {"source": spec, **lookups}


def shape(spec: SourceSpec, root: Path) -> pl.DataFrame:
    """The raw table without its rows; a faulty query fails here as it would on rows."""
    tables = {
        table: pl.LazyFrame(schema=_schema(_found(file, root)))
        for table, file in files(spec).items()
    }
    return _queried(tables, spec).collect()


def read(spec: SourceSpec, root: Path) -> Raw:
    """The raw table; its rows are numbered unless a query made them.

    Where there are several files, the rows of the n-th, from 0, are numbered on from
    n times `quarantine.ROWS_OF_A_FILE`.
    """
    source = _read(spec, root)
    if spec.sql is None:
        return source
    tables = {table: _lookup(file, root) for table, file in files(spec).items() if file != spec}
    rows = _queried({"source": source.rows.drop(ROW), **tables}, spec)
    return Raw(rows, source.broken)


def batches(spec: SourceSpec, root: Path) -> Iterator[Raw]:
    """The raw table in parts where the kind reads it so, else a file at a time."""
    kind = KINDS[spec.kind]
    if spec.sql is None and isinstance(kind, Batched):
        yield from _parts(spec, root, kind.batches)
    elif spec.sql is None:
        yield from _parts(spec, root, _at_once(spec))
    else:
        yield read(spec, root)


def _read(spec: SourceSpec, root: Path) -> Raw:
    parts = list(_parts(spec, root, _at_once(spec)))
    rows = pl.concat([part.rows for part in parts]) if len(parts) > 1 else parts[0].rows
    return Raw(rows, tuple(row for part in parts for row in part.broken))


def _at_once(spec: SourceSpec) -> Callable[[Path, SourceSpec], Iterable[Raw]]:
    return lambda path, told: [KINDS[spec.kind].read(path, told)]


def _parts(
    spec: SourceSpec, root: Path, parts_of: Callable[[Path, SourceSpec], Iterable[Raw]]
) -> Iterator[Raw]:
    found = _found(spec, root)
    if len(found) == 1:
        yield from parts_of(*found[0])
        return
    schema = _schema(found)
    for place, file in enumerate(found):
        for part in parts_of(*file):
            yield _placed(part, place * ROWS_OF_A_FILE, schema)


def _placed(part: Raw, before: int, schema: pl.Schema) -> Raw:
    """A part of one file with the columns of all, its rows numbered on from `before`."""
    there = part.rows.collect_schema()
    cells = [
        pl.col(name) if name in there else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    ]
    rows = part.rows.select(pl.col(ROW).cast(pl.Int64) + before, *cells)
    return Raw(rows, tuple(before + row for row in part.broken))


def _found(spec: SourceSpec, root: Path) -> list[_File]:
    """The source's files; where none is there, its path, which the kind refuses."""
    there = names(spec, root) or [spec.path]
    if spec.kind == "whatsapp" and len(there) > 1:  # a chat's file has the name of a person
        told = [f"{spec.path}, file {place} of {len(there)}" for place in range(1, len(there) + 1)]
    else:
        told = there
    pairs = zip(there, told, strict=True)
    return [_File(root / name, replace(spec, path=as_told)) for name, as_told in pairs]


def _schema(found: list[_File]) -> pl.Schema:
    """The columns of all files, in the order of the first; refuses files that differ."""
    first, *others = [KINDS[file.spec.kind].schema(*file) for file in found]
    for file, other in zip(found[1:], others, strict=True):
        if file.spec.kind in SPARSE:
            first |= other
        elif differing := sorted({name for name, _ in first.items() ^ other.items()}):
            raise DataRefused(
                f"source {file.spec.name!r} has files with different columns:"
                f" {', '.join(differing)}",
                where=f"{found[0].spec.path} and {file.spec.path}",
                mend="export them alike, or make two sources of them",
            )
    return first


def _queried(tables: dict[str, pl.LazyFrame], spec: SourceSpec) -> pl.LazyFrame:
    if spec.sql is None:
        return tables["source"]
    return pl.SQLContext(frames=tables, eager=False).execute(spec.sql)


def _lookup(file: SourceSpec, root: Path) -> pl.LazyFrame:
    table = _read(file, root)
    if table.broken:
        rows = ", ".join(map(str, table.broken[:5]))
        raise DataRefused(
            f"a lookup of source {file.name!r} has {len(table.broken)} rows that cannot be read",
            where=file.path,
            mend=f"mend its rows (the first are {rows})",
        )
    return table.rows.drop(ROW)
