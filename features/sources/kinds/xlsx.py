"""Excel workbooks: one sheet, whose cells are written as text by their types.

A date cell becomes ISO 8601, a whole number has no `.0`, a formula is the value that Excel
last computed, an error such as `#N/A` is empty. Rows are numbered from below the header.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import polars as pl
from python_calamine import CalamineSheet, CalamineWorkbook

from features.errors import DataRefused
from features.sources.formats import archive, headers, options, typed
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_ROWS_AT_ONCE = 8_192
_SPANS = list[tuple[tuple[int, int], tuple[int, int]]]


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """Nothing: the sheet may mean anything."""
    return {}


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The header's names; every cell is written as text."""
    header, _ = _opened(path, spec)
    return pl.Schema(dict.fromkeys(header, pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    header, rows = _opened(path, spec)
    for block, _ in _blocks(header, rows, spec):
        return block.drop(ROW)
    return pl.DataFrame(schema=dict.fromkeys(header, pl.String))


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows of the sheet that hold anything; one with NUL in it is broken."""
    header, rows = _opened(path, spec)
    frames = [pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(header, pl.String)})]
    broken: list[int] = []
    for block, lost in _blocks(header, rows, spec):
        frames.append(block)
        broken += lost
    return Raw(pl.concat(frames, rechunk=True).lazy(), tuple(broken))


def _opened(path: Path, spec: SourceSpec) -> tuple[list[str], Iterator[Sequence[object]]]:
    """The header, and the rows below it."""
    said = options.known(spec, "sheet", "header_row")
    _refuse_bombs(path, spec)
    sheet = _sheet(path, spec, said.get("sheet"))
    rows: Iterator[Sequence[object]] = iter(sheet.iter_rows())
    above = _header_row(said.get("header_row"), spec)
    for number, cells in enumerate(rows):
        if (number == above) if above is not None else any(map(typed.text, cells)):
            merged = sheet.merged_cell_ranges or []
            return headers.names(_titles(sheet, number, cells, merged), spec), rows
    raise DataRefused(
        f"source {spec.name!r} has no header in sheet {sheet.name!r}",
        where=spec.path,
        mend="export it again, or correct `options.sheet` and `options.header_row`",
    )


def _header_row(said: str | None, spec: SourceSpec) -> int | None:
    """The header's row, from 0; None is the first row that holds anything."""
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and int(said[:9]) > 0):
        raise DataRefused(
            f"source {spec.name!r}: `options.header_row` is {said!r}, which is no row",
            where=spec.path,
            mend='write the number of the row in the sheet, such as header_row = "3"',
        )
    return int(said[:9]) - 1


def _refuse_bombs(path: Path, spec: SourceSpec) -> None:
    try:
        archive.check(path)
    except archive.TooLarge as error:
        raise DataRefused(
            f"source {spec.name!r} is too large to open: {error}",
            where=spec.path,
            mend="save it as CSV, or divide it",
        ) from None
    except (BadZipFile, OSError):
        raise _no_workbook(spec) from None


def _no_workbook(spec: SourceSpec) -> DataRefused:
    return DataRefused(
        f"source {spec.name!r} is no Excel workbook that can be read",
        where=spec.path,
        mend="save it again as .xlsx, without a password, or correct `kind`",
    )


def _sheet(path: Path, spec: SourceSpec, name: str | None) -> CalamineSheet:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            if name is None:
                return workbook.get_sheet_by_index(0)
            if name in workbook.sheet_names:
                return workbook.get_sheet_by_name(name)
            there = ", ".join(workbook.sheet_names)
    except Exception:  # noqa: BLE001 (a damaged file may fail in any way)
        raise _no_workbook(spec) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of the parser, on a damaged file
            raise _no_workbook(spec) from None
        raise
    raise DataRefused(
        f"source {spec.name!r} has no sheet {name!r}", where=spec.path, mend=f"there are: {there}"
    )


def _titles(
    sheet: CalamineSheet, number: int, cells: Sequence[object], merged: _SPANS
) -> Iterator[str]:
    """The header's texts; a blank cell has that of the merged cells it belongs to."""
    for place, cell in enumerate(cells):
        title = typed.text(cell)
        spans = [span for span in merged if _covers(span, number, place)] if title is None else []
        if not spans:
            yield title or ""
            continue
        (row, column), _ = spans[0]
        over = next(islice(sheet.iter_rows(), row, None))
        shift = place - column
        yield (typed.text(over[column]) or "") + (f"_{shift + 1}" if shift else "")


def _covers(span: tuple[tuple[int, int], tuple[int, int]], row: int, column: int) -> bool:
    (top, left), (bottom, right) = span
    return top <= row <= bottom and left <= column <= right


def _blocks(
    header: list[str], rows: Iterator[Sequence[object]], spec: SourceSpec
) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    """Some thousand rows at a time, and the numbers of those that are broken."""
    written = typed.writers(header, spec)
    numbered = enumerate(rows, start=1)
    while block := list(islice(numbered, _ROWS_AT_ONCE)):
        texts = {
            number: [write(cell) for write, cell in zip(written, cells, strict=True)]
            for number, cells in block
            if cells.count("") < len(cells)
        }
        filled = {number: cells for number, cells in texts.items() if any(cells)}
        broken = [number for number, cells in filled.items() if not typed.printable(cells)]
        sound = [number for number in filled if number not in broken]
        yield typed.frame(header, sound, [filled[number] for number in sound]), broken
