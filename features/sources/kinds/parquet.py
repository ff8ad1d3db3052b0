"""Parquet files: the file itself knows its columns and types."""

from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_FIRST_ROWS = 8_192


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """Nothing: the file may mean anything."""
    return {}


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """Columns and types as the file's footer states them."""
    try:
        return pl.scan_parquet(path, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError):
        raise DataRefused(
            f"source {spec.name!r} is no Parquet file that can be read",
            where=spec.path,
            mend="write the file again, or correct `kind`",
        ) from None


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    schema(path, spec)
    return pl.scan_parquet(path, glob=False).head(_FIRST_ROWS).collect()


def read(path: Path, spec: SourceSpec) -> Raw:  # noqa: ARG001 (a Kind takes the spec)
    """All rows, read when they are needed."""
    return Raw(pl.scan_parquet(path, glob=False).with_row_index(ROW, offset=1))
