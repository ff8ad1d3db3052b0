"""The one raw table of a source: its file, or what its query makes of its files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.sources.kinds import KINDS
from features.sources.raw import ROW, Batched, Raw
from features.sources.spec import SourceSpec


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
        table: pl.LazyFrame(schema=KINDS[file.kind].schema(root / file.path, file))
        for table, file in files(spec).items()
    }
    return _queried(tables, spec).collect()


def read(spec: SourceSpec, root: Path) -> Raw:
    """The raw table; its rows are numbered unless a query made them."""
    source = KINDS[spec.kind].read(root / spec.path, spec)
    if spec.sql is None:
        return source
    tables = {table: _lookup(file, root) for table, file in files(spec).items() if file != spec}
    rows = _queried({"source": source.rows.drop(ROW), **tables}, spec)
    return Raw(rows, source.broken)


def batches(spec: SourceSpec, root: Path) -> Iterator[Raw]:
    """The raw table in parts where the kind reads it so, else at once."""
    kind = KINDS[spec.kind]
    if spec.sql is None and isinstance(kind, Batched):
        yield from kind.batches(root / spec.path, spec)
    else:
        yield read(spec, root)


def _queried(tables: dict[str, pl.LazyFrame], spec: SourceSpec) -> pl.LazyFrame:
    if spec.sql is None:
        return tables["source"]
    return pl.SQLContext(frames=tables, eager=False).execute(spec.sql)


def _lookup(file: SourceSpec, root: Path) -> pl.LazyFrame:
    table = KINDS[file.kind].read(root / file.path, file)
    if table.broken:
        rows = ", ".join(map(str, table.broken[:5]))
        raise DataRefused(
            f"a lookup of source {file.name!r} has {len(table.broken)} rows that cannot be read",
            where=file.path,
            mend=f"mend its rows (the first are {rows})",
        )
    return table.rows.drop(ROW)
