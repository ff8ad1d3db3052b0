"""A source as it was found: its rows, and the rows that could not even be told apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import polars as pl

from features.sources.spec import SourceSpec

ROW = "_jejak_row"
"""Column that numbers the rows of a raw frame from 1, header not counted."""


@dataclass(frozen=True)
class Raw:
    """Rows with their number in `ROW`, and the numbers of rows that are broken."""

    rows: pl.LazyFrame
    broken: tuple[int, ...] = ()


class Kind(Protocol):
    """A kind of source: a module with these functions."""

    def columns(self, spec: SourceSpec) -> dict[str, str]:
        """How the columns of the spec's table are read where the kind knows; else nothing.

        A new dictionary. `currency` is the column that says the currency of the money.
        """
        ...

    def schema(self, path: Path, spec: SourceSpec) -> pl.Schema:
        """Columns and types of the file, without reading its rows."""
        ...

    def head(self, path: Path, spec: SourceSpec) -> pl.DataFrame:
        """The first rows of the file, to look at."""
        ...

    def read(self, path: Path, spec: SourceSpec) -> Raw:
        """All rows of the file."""
        ...


@runtime_checkable
class Batched(Protocol):
    """What a kind has besides where its files may be larger than the memory."""

    def batches(self, path: Path, spec: SourceSpec) -> Iterator[Raw]:
        """All rows of the file, some at a time; at least one part, which may be empty."""
        ...


@runtime_checkable
class Resuming(Protocol):
    """What a kind has besides where it can find the rows that changed since `spec.since`.

    It may answer with more rows than these, never with fewer.
    """

    def resumes(self, spec: SourceSpec) -> bool:
        """Whether the spec says how they are found."""
        ...
