"""Parquet files: the file itself knows its columns and types."""

from collections.abc import Generator
from contextlib import contextmanager
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
    with _told(spec):
        return pl.scan_parquet(path, glob=False).collect_schema()


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    with _told(spec):
        return pl.scan_parquet(path, glob=False).head(_FIRST_ROWS).collect()


def read(path: Path, spec: SourceSpec) -> Raw:  # noqa: ARG001 (a Kind takes the spec)
    """All rows, read when they are needed."""
    return Raw(pl.scan_parquet(path, glob=False).with_row_index(ROW, offset=1))


@contextmanager
def _told(spec: SourceSpec) -> Generator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise DataRefused(
            f"source {spec.name!r} is no Parquet file that can be read",
            where=spec.path,
            mend="write the file again, or correct `kind`",
        ) from None
