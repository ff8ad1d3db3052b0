"""A look at a person's own file: which column may be the customer, the time, the step, the value.

The guesses are to be corrected by the person; nothing is read by a guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.errors import DataRefused
from features.sources import hints, times
from features.sources.hints import Seen
from features.sources.kinds import KINDS
from features.sources.sniff_numbers import readings
from features.sources.spec import SourceSpec

_NEARLY_ALL = 0.97
_YEARS = (1990, 2100)
_SAMPLES = 3
_FEW = 50
_ENOUGH = 2


@dataclass(frozen=True)
class Candidate:
    """A column that may be meant, and why."""

    column: str
    why: str
    weight: int
    formats: tuple[str | None, ...] = ()
    """Ways to read its times or numbers, the likeliest first."""


@dataclass(frozen=True)
class Guess:
    """Columns that may be meant by a contract column, the likeliest first."""

    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate | None:
        """The likeliest, if there is any."""
        return self.candidates[0] if self.candidates else None

    @property
    def doubtful(self) -> bool:
        """Whether another column, or another way to read it, is as likely as the first."""
        weights = [candidate.weight for candidate in self.candidates]
        return self.ambiguous or (len(weights) > 1 and weights[1] >= weights[0] - 1)

    @property
    def ambiguous(self) -> bool:
        """Whether its cells could be read in another way: days as months, thousands as decimals."""
        return self.best is not None and len(self.best.formats) > 1


@dataclass(frozen=True, kw_only=True)
class Sniffed:
    """What a file looks like, and what its columns may mean."""

    path: Path
    kind: str
    separator: str
    encoding: str
    rows_seen: int
    columns: tuple[Seen, ...]
    guesses: dict[str, Guess]
    """By contract column: customer_id, occurred_at, step, channel, value, source_key."""

    @property
    def time_format(self) -> str | None:
        """How the likeliest column of times is written; None is ISO 8601."""
        return self._format("occurred_at")

    @property
    def number_format(self) -> str | None:
        """How the likeliest column of money is written; None is a plain number."""
        return self._format("value")

    def _format(self, column: str) -> str | None:
        best = self.guesses[column].best
        return best.formats[0] if best else None


def sniff(path: Path) -> Sniffed:
    """Look at the first rows of a CSV or Parquet file.

    Raises `DataRefused` if the file is missing or cannot be read as a table.
    """
    if not path.is_file():
        raise DataRefused("there is no such file", where=str(path), mend="correct the path")
    spec = _spec(path)
    rows = KINDS[spec.kind].head(path, spec)
    seen = tuple(_seen(rows[name]) for name in rows.columns)
    return Sniffed(
        path=path,
        kind=spec.kind,
        separator=spec.separator,
        encoding=spec.encoding,
        rows_seen=rows.height,
        columns=seen,
        guesses={column: _guess(column, seen) for column in hints.NAMES},
    )


def _spec(path: Path) -> SourceSpec:
    with path.open("rb") as file:
        start = file.read(65_536)
    if start.startswith(b"PAR1"):
        return SourceSpec(name=path.stem, kind="parquet", path=str(path))
    encoding = _encoding(start)
    lines = start.decode(encoding, errors="replace").splitlines()[:50]
    separator = max(",;\t|", key=lambda one: _evenness(lines, one))
    return SourceSpec(
        name=path.stem, kind="csv", path=str(path), separator=separator, encoding=encoding
    )


def _encoding(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        start[: start.rfind(b"\n") + 1].decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _evenness(lines: list[str], separator: str) -> tuple[int, int]:
    """How many lines have as many separators as the header; then how many those are."""
    here = lines[0].count(separator) if lines else 0
    return (sum(line.count(separator) == here for line in lines) if here else 0, here)


def _seen(cells: pl.Series) -> Seen:
    filled = _filled(cells)
    read = readings(filled, _NEARLY_ALL)
    return Seen(
        name=cells.name,
        is_number=bool(read),
        is_whole=bool(read) and _share(next(iter(read.values())) % 1 == 0) >= _NEARLY_ALL,
        number_formats=tuple(read),
        time_formats=tuple(_time_formats(filled)),
        filled_share=filled.len() / max(cells.len(), 1),
        distinct=filled.n_unique(),
        rows=cells.len(),
        samples=tuple(filled.unique(maintain_order=True).head(_SAMPLES).cast(pl.String)),
    )


def _filled(cells: pl.Series) -> pl.Series:
    if cells.dtype.is_nested() or isinstance(cells.dtype, pl.Binary | pl.Duration | pl.Object):
        return pl.Series(cells.name, [], pl.String)
    if isinstance(cells.dtype, pl.Datetime):  # Polars cannot write those that are far off
        there = times.instants(cells, zone=ZoneInfo("UTC"), time_format=None)
        return cells.filter(there.is_not_null())
    if cells.dtype.is_numeric() or cells.dtype.is_temporal() or cells.dtype == pl.Boolean:
        return cells.drop_nulls()
    stripped = cells.cast(pl.String).str.strip_chars()
    return stripped.filter((stripped != "").fill_null(value=False))


def _share(flags: pl.Series) -> float:
    return int(flags.sum()) / max(flags.len(), 1)


def _time_formats(filled: pl.Series) -> Iterator[str | None]:
    if filled.dtype.is_temporal():
        yield from [None] if times.readable(filled.dtype, None) else []
    elif isinstance(filled.dtype, pl.String) or filled.dtype.is_integer():
        for time_format in (None, *hints.TIME_FORMATS):
            if _reads(filled.head(_FEW), time_format) and _reads(filled, time_format):
                yield time_format


def _reads(cells: pl.Series, time_format: str | None) -> bool:
    if not times.readable(cells.dtype, time_format):
        return False
    read = times.instants(cells, zone=ZoneInfo("UTC"), time_format=time_format)
    return _share(read.dt.year().is_between(*_YEARS)) >= _NEARLY_ALL


def _guess(column: str, columns: tuple[Seen, ...]) -> Guess:
    found = [_candidate(column, seen) for seen in columns if not hints.shape_fault(column, seen)]
    only = column == "occurred_at" and len(found) == 1 and found[0].weight > 0
    likely = [one for one in found if one.weight >= _ENOUGH or only]
    return Guess(tuple(sorted(likely, key=lambda one: (-one.weight, one.column))))


def _candidate(column: str, seen: Seen) -> Candidate:
    name = hints.name_weight(column, seen.name)
    reasons = ["the name says so"] if name > 0 else []
    reasons.append(_shape(column, seen))
    weight = name + hints.shape_weight(column, seen)
    formats = {"occurred_at": seen.time_formats, "value": seen.number_formats}.get(column, ())
    return Candidate(seen.name, ", ".join(reasons), weight, formats)


def _shape(column: str, seen: Seen) -> str:
    if column == "occurred_at":
        written = seen.time_formats[0]
        return f"the cells are times written {written}" if written else "the cells are times"
    if column == "value":
        written = seen.number_formats[0]
        return f"the cells are numbers written {written}" if written else "the cells are numbers"
    if seen.distinct == seen.rows:
        return "every row has another"
    return f"{seen.distinct} different in {seen.rows} rows"
