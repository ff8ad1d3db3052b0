"""CSV files, read as text: what a cell means is decided by the mapping, row by row.

Polars and PyArrow fill short rows or swallow the rows behind an unclosed quote. Here such a
row is counted as broken and the rows behind it are read. Polars does the work only where the
text is so regular that both readings are the same.
"""

import csv
import json
import sys
from collections import deque
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Self

import polars as pl

from features.engine.ahead import one_ahead
from features.errors import DataRefused
from features.sources.formats import headers, regular
from features.sources.formats.blocks import Blocks
from features.sources.formats.text import readable, utf8
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_LINES_AT_ONCE = 8_192
_BYTES_AT_ONCE = 1 << 24
_BYTES_OF_HEAD = 1 << 20
_BYTES_WITH_CARE = 1 << 18


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """Nothing: the file may mean anything."""
    return {}


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The header's names; every cell is text."""
    with utf8(path, spec) as blocks:
        return pl.Schema(dict.fromkeys(_header(blocks, spec), pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    for rows, _ in _blocks(path, spec, _BYTES_OF_HEAD):
        return rows.drop(ROW)
    return pl.DataFrame(schema=schema(path, spec))


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows of the file; those with too few or too many cells are broken."""
    frames: list[pl.DataFrame] = []
    broken: list[int] = []
    for raw in batches(path, spec):
        frames.append(raw.rows.collect())
        broken += raw.broken
    return Raw(pl.concat(frames, rechunk=True).lazy(), tuple(broken))


def batches(path: Path, spec: SourceSpec) -> Iterator[Raw]:
    """The same rows, some at a time, so that the file may be larger than the memory."""
    yield Raw(pl.LazyFrame(schema={ROW: pl.UInt32, **schema(path, spec)}))
    for rows, broken in one_ahead(_blocks(path, spec, _BYTES_AT_ONCE)):
        yield Raw(rows.lazy(), tuple(broken))


def _blocks(path: Path, spec: SourceSpec, at_once: int) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    """Much at once while the text is regular; of what is not, as little as may be with care."""
    with utf8(path, spec) as blocks:
        header = _header(blocks, spec)
        first, size = 1, at_once
        while content := blocks.lines(size):
            if found := regular.split(content, header, spec.separator):
                rows, end = found
                blocks.hand_back(len(content) - end)
                numbers = pl.int_range(first, first + rows.height, dtype=pl.UInt32, eager=True)
                first += rows.height
                size = min(2 * size, at_once)
                yield rows.insert_column(0, numbers.alias(ROW)), []
            elif size > _BYTES_WITH_CARE:
                blocks.hand_back(len(content))
                size = _BYTES_WITH_CARE
            else:
                lines = _Lines(blocks, content)
                for rows, broken in _careful(lines, header, spec.separator, first):
                    first += rows.height + len(broken)
                    yield rows, broken


def _careful(
    lines: "_Lines", header: list[str], separator: str, first: int
) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    """The rows of the lines that wait, and of those that a record of theirs goes on in."""
    while lines.waiting:
        records = _block(lines, len(header), separator)
        numbers = range(first, first + len(records))
        first += len(records)
        whole = [row for row, cells in zip(numbers, records, strict=True) if cells]
        broken = [row for row, cells in zip(numbers, records, strict=True) if not cells]
        yield _frame(whole, [cells for cells in records if cells], header), broken


def _frame(numbers: list[int], records: list[list[str]], header: list[str]) -> pl.DataFrame:
    columns = zip(*records, strict=True) if records else ((),) * len(header)
    cells = zip(header, columns, strict=True)
    return pl.DataFrame(
        [
            pl.Series(ROW, numbers, pl.UInt32),
            *(pl.Series(name, column, pl.String) for name, column in cells),
        ]
    )


class _Lines:
    """Lines that wait, some of which may be handed back, and those that follow them."""

    def __init__(self, blocks: Blocks, content: bytes = b"") -> None:
        self._blocks = blocks
        self.waiting = deque(_lines_of(content))
        self.taken: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if not self.waiting:
            self.waiting.extend(_lines_of(self._blocks.lines(1)))
        if not self.waiting:
            raise StopIteration
        self.taken.append(self.waiting.popleft())
        return self.taken[-1]

    def take(self, count: int) -> list[str]:
        """The next lines that wait, at most `count`."""
        return [self.waiting.popleft() for _ in range(min(count, len(self.waiting)))]

    def hand_back(self, lines: list[str]) -> None:
        self.waiting.extendleft(reversed(lines))

    def close(self) -> None:
        """The lines that still wait are not wanted here."""
        left = "".join(self.waiting).encode(errors="surrogateescape")
        self._blocks.hand_back(len(left))


def _lines_of(content: bytes) -> list[str]:
    return list(StringIO(content.decode(errors="surrogateescape"), newline=""))


def _block(lines: _Lines, width: int, separator: str) -> list[list[str]]:
    """The next records; a broken one has no cells."""
    block = lines.take(_LINES_AT_ONCE)
    try:
        records = list(csv.reader(block, delimiter=separator, strict=True))
    except csv.Error:
        records = []
    if len(records) == len(block) and readable("".join(block)):  # each line is a record
        return [cells if len(cells) == width else [] for cells in records if cells]
    lines.hand_back(block)
    return [
        cells if len(cells) == width else [] for cells in _one_by_one(lines, len(block), separator)
    ]


def _one_by_one(lines: _Lines, count: int, separator: str) -> Iterator[list[str]]:
    """Records of at least `count` lines; of a broken one only the first line is given up."""
    while count > 0:
        lines.taken = []
        try:
            cells = next(csv.reader(lines, delimiter=separator, strict=True), None)
        except csv.Error:
            lines.hand_back(lines.taken[1:])
            cells, lines.taken = [], lines.taken[:1]
        count -= len(lines.taken)
        if cells is None:
            return
        if any(line.strip("\r\n") for line in lines.taken):
            yield cells if readable("".join(lines.taken)) else []


def _header(blocks: Blocks, spec: SourceSpec) -> list[str]:
    lines = _Lines(blocks)
    cells = next(_one_by_one(lines, sys.maxsize, spec.separator), None)
    lines.close()
    if cells is None:
        raise DataRefused(
            f"source {spec.name!r} is an empty file", where=spec.path, mend="export it again"
        )
    if not cells:
        raise DataRefused(
            f"the header of source {spec.name!r} cannot be read",
            where=spec.path,
            mend="look at its first line, and at `encoding` and `separator`",
        )
    if len(cells) == 1 and (other := next((one for one in ";,\t|" if one in cells[0]), None)):
        raise DataRefused(
            f"the header of source {spec.name!r} is one column, with {other!r} in its name",
            where=spec.path,
            mend=f"declare `separator = {json.dumps(other)}`",
        )
    return headers.names(cells, spec)
