"""Zip files from strangers: small enough to open, found out before anything parses them.

A reader of workbooks lays a sheet out as a dense table, so two cells far apart in a file of
five kilobytes ask for half a terabyte, and the process dies. Sizes that the archive states of
itself are not believed: every entry is unpacked once, in pieces, and counted.
"""

import re
import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

MOST_ENTRIES = 10_000
MOST_BYTES = 2**30
MOST_CELLS = 2**25
"""About 1 GiB when laid out."""
MOST_ROWS = 2**20
MOST_COLUMNS = 2**14
MOST_RATIO = 250
_FROM_BYTES = 2**24
_PIECE = 2**20
_LONGEST_TAG = 2**26

_TAG = re.compile(rb"<(?:[^<>\s:]*:)?(row|c)[\s/>]")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d+)[\"']")


class TooLarge(Exception):
    """The archive is a bomb, or too large for one machine; the text says how."""


def check(path: Path) -> None:
    """Nothing, if the archive may be parsed; raises `TooLarge`, or `BadZipFile` if it is none."""
    try:
        with ZipFile(path) as archive:
            _check_names(archive.infolist())
            left = MOST_BYTES
            for entry in archive.infolist():
                left -= _check_entry(archive, entry, left)
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadZipFile(type(error).__name__) from None


def _check_names(entries: list[ZipInfo]) -> None:
    names = {entry.filename.lower() for entry in entries}
    if len(entries) > MOST_ENTRIES:
        msg = f"it holds {len(entries)} files; {MOST_ENTRIES} are allowed"
        raise TooLarge(msg)
    if len(names) < len(entries):
        msg = "it holds two files of one name"
        raise BadZipFile(msg)
    if any(".." in re.split(r"[/\\]", name) or name.startswith(("/", "\\")) for name in names):
        msg = "it holds a file that belongs elsewhere"
        raise BadZipFile(msg)


def _check_entry(archive: ZipFile, entry: ZipInfo, left: int) -> int:
    """How many bytes the entry holds."""
    size = 0
    sheet = _Sheet()
    for piece in _pieces(archive, entry, left + 1):
        size += len(piece)
        if size > left:
            msg = f"unpacked it is larger than {MOST_BYTES // 2**20} MiB"
            raise TooLarge(msg)
        if size > max(_FROM_BYTES, entry.compress_size * MOST_RATIO):
            msg = f"a file in it unpacks to more than {MOST_RATIO} times its size"
            raise TooLarge(msg)
        sheet.look(piece)
    sheet.finish()
    return size


def _pieces(archive: ZipFile, entry: ZipInfo, most: int) -> Iterator[bytes]:
    """What the entry really holds, not cut where its header says that it ends."""
    unbelieved = copy(entry)
    unbelieved.file_size = most
    unbelieved.CRC = None  # pyright: ignore[reportAttributeAccessIssue]
    with archive.open(unbelieved) as content:
        while piece := content.read(_PIECE):
            yield piece


class _Sheet:
    """How far apart the cells of one sheet may lie, read piece after piece."""

    def __init__(self) -> None:
        self._rest = b""
        self._rows = _Axis()
        self._cells = _Axis()
        self._run = self._longest_run = 0

    def look(self, piece: bytes) -> None:
        """Take the next piece in; raises `TooLarge` if its cells lie too far apart."""
        whole = self._rest + piece
        cut = max(whole.rfind(b"<"), 0)
        self._rest = whole[cut:]
        if len(self._rest) > _LONGEST_TAG:
            msg = "a cell in it is too long"
            raise TooLarge(msg)
        self._count(whole[:cut])
        rows = self._rows.reach(self._rows.tags)
        columns = self._cells.reach(self._longest_run)
        if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
            msg = f"the cells of a sheet lie too far apart: {rows} rows × {columns} columns"
            raise TooLarge(msg)

    def finish(self) -> None:
        """Look at what the last piece left over."""
        self.look(b"<")

    def _count(self, text: bytes) -> None:
        tags = _TAG.findall(text)
        places = _PLACE.findall(text)
        of_rows = sum(not letters for letters, _ in places)
        first, *runs = b"".join(tags).split(b"row")
        self._rows.add(len(runs), of_rows)
        self._cells.add(len(tags) - len(runs), len(places) - of_rows)
        self._run += len(first)
        self._longest_run = max(self._longest_run, self._run, *map(len, runs))
        self._run = len(runs[-1]) if runs else self._run
        for letters, digits in {*places}:
            self._rows.farthest = max(self._rows.farthest, int(digits))
            self._cells.farthest = max(self._cells.farthest, _column(letters))


@dataclass
class _Axis:
    """Tags of rows or of cells, the places that they name, and the farthest of these."""

    tags: int = 0
    places: int = 0
    farthest: int = 0

    def add(self, tags: int, places: int) -> None:
        self.tags += tags
        self.places += places

    def reach(self, in_turn: int) -> int:
        """The last place at most, if `in_turn` tags follow each other without naming theirs."""
        if self.tags > self.places:
            return self.farthest + in_turn
        return max(self.farthest, in_turn)


def _column(letters: bytes) -> int:
    """The place of a column by its letters.

    >>> [_column(b"A"), _column(b"XFD")]
    [1, 16384]
    """
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place
