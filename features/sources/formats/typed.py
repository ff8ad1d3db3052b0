"""Cells that know their type, as the text that a mapping reads; and rows of them as frames."""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl

from features.sources.formats.text import readable
from features.sources.raw import ROW
from features.sources.spec import SourceSpec

_LARGEST_WHOLE = 1e18
_CLOCKS = ("occurred_at", "known_at", "valid_from")

Written = Callable[[object], str | None]
"""How the cells of one column are written."""


def text(cell: object) -> str | None:  # noqa: PLR0911 (one for each type)
    """A cell as text; nothing and empty text are null.

    >>> [text(cell) for cell in (12.0, 0.5, True, datetime(2026, 3, 1, 9, 30), timedelta(hours=30))]
    ['12', '0.5', 'true', '2026-03-01T09:30:00', '30:00:00']
    """
    match cell:
        case None | "":
            return None
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            whole = cell.is_integer() and abs(cell) < _LARGEST_WHOLE
            return str(int(cell)) if whole else repr(cell)
        case Decimal():
            return format(cell, "f")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return _clock_face(cell)
        case bytes() | memoryview():
            return bytes(cell).hex()
        case list() | dict():
            return json.dumps(cell, ensure_ascii=False, default=str)
        case _:
            return str(cell)


def writers(header: list[str], spec: SourceSpec) -> list[Written]:
    """How the cells of each column are written.

    Where the source declares how its times are written, a cell that is a time already is
    written in the same way, for a column may hold both.
    """
    clocks = {spec.columns[name] for name in _CLOCKS if name in spec.columns}
    if spec.time_format is None:
        return [text] * len(header)
    moment = _moment(spec.time_format)
    return [moment if name in clocks else text for name in header]


def frame(
    header: list[str], numbers: list[int], rows: Iterable[Iterable[str | None]]
) -> pl.DataFrame:
    """Rows of text with their numbers."""
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    cells = zip(header, columns, strict=True)
    return pl.DataFrame(
        {
            ROW: pl.Series(numbers, dtype=pl.UInt32),
            **{name: pl.Series(column, dtype=pl.String) for name, column in cells},
        }
    )


def printable(cells: Iterable[str | None]) -> bool:
    """Whether no cell holds NUL or half a character."""
    return readable("".join(cell for cell in cells if cell))


def _moment(time_format: str) -> Written:
    def written(cell: object) -> str | None:
        if not isinstance(cell, date):
            return text(cell)
        whole = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        if time_format == "%s":
            return whole.isoformat()
        return whole.strftime(time_format)

    return written


def _clock_face(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
