"""Reports: a table with lines above its header, such as a title, and perhaps another one below.

A row is a line. The separator is a tab where the header has one, else the declared one.
"""

import csv
import re
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.errors import DataRefused
from features.sources.formats import headers, text, typed
from features.sources.spec import SourceSpec

_LINES_ABOVE = 1_000
_SECTION = re.compile(r"\d+\. \w[\w -]*")


class Report(NamedTuple):
    """Rows as text with their number from the header on, and the numbers of broken rows."""

    rows: pl.DataFrame
    broken: tuple[int, ...]


def read(path: Path, spec: SourceSpec, *headings: Callable[[list[str]], bool]) -> Report:
    """The table below its header, down to the title of the next section if there are sections.

    The header is the first line that fits the first of the `headings` that any line fits.
    """
    lines = text.lines(path, spec)
    for is_header in headings:
        for above, line in enumerate(lines[:_LINES_ABOVE]):
            separator = "\t" if "\t" in line else spec.separator
            cells = _cells(line, separator)
            if cells and is_header(cells):
                below = lines[above + 1 :]
                if any(map(_is_title, lines[:above])):
                    below = list(takewhile(lambda line: not _is_title(line), below))
                return _table(headers.names(cells, spec), below, separator)
    raise DataRefused(
        f"source {spec.name!r} has no header that this kind knows",
        where=spec.path,
        mend="export it again with the product's own columns in English, or read it as csv",
    )


def _table(header: list[str], lines: list[str], separator: str) -> Report:
    numbers: list[int] = []
    rows: list[list[str]] = []
    broken: list[int] = []
    for number, line in enumerate((line for line in lines if line.strip()), start=1):
        cells = _cells(line, separator)
        if cells and len(cells) == len(header):
            numbers.append(number)
            rows.append(cells)
        else:
            broken.append(number)
    return Report(typed.frame(header, numbers, rows), tuple(broken))


def _is_title(line: str) -> bool:
    return bool(_SECTION.fullmatch(line.strip()))


def _cells(line: str, separator: str) -> list[str]:
    """The cells of a line; none if it cannot be read."""
    if not text.readable(line):
        return []
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []
