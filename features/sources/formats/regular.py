"""Text whose every record is proved to be a row: there Polars splits as Python does.

It is far faster than `csv.reader`, but fills short rows and swallows what follows an open
quote; so it is given only text that was proved to have nothing of the kind.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

_LONGEST = 1 << 17
"""Bytes of a record, at most: as many characters as `csv.reader` takes in a field."""

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_Codes = np.ndarray[tuple[int], np.dtype[np.uint8]]
_Flags = np.ndarray[tuple[int], np.dtype[np.bool]]


class Split(NamedTuple):
    """Rows, every cell as it stands, and the place in the text behind the last of them."""

    rows: pl.DataFrame
    end: int


def split(content: bytes, names: list[str], separator: str) -> Split | None:
    r"""The rows of whole lines in UTF-8; None if the lines are not that regular.

    A record with an open quote at the end is left: it may go on in the next lines.

    >>> split(b'1,x\n2,"y\nz"\n', ["a", "b"], ",").rows.rows()
    [('1', 'x'), ('2', 'y\nz')]
    >>> split(b'1,x\n2,"y\n', ["a", "b"], ",").end
    4
    >>> split(b"1,x\n2\n", ["a", "b"], ",") is None
    True
    """
    mark = separator.encode()
    if len(mark) != 1 or mark in b'"\r\n' or not _is_text(content):
        return None
    codes: _Codes = np.frombuffer(content, np.uint8)
    outside = _outside(codes) if b'"' in content else None
    end = len(codes) if outside is None or outside[-1] else _last_end(codes, outside)
    records = _count_records(codes[:end], outside, len(names), ord(mark))
    if not records:
        return None
    rows = _read(content[:end], names, mark, quoted=outside is not None)
    return Split(rows, end) if rows is not None and rows.height == records else None


def _is_text(content: bytes) -> bool:
    """UTF-8 without NUL, in which a carriage return stands before a newline only."""
    if b"\0" in content or (b"\r" in content and content.count(b"\r") != content.count(b"\r\n")):
        return False
    try:
        return content.isascii() or bool(content.decode())
    except UnicodeDecodeError:
        return False


def _outside(codes: _Codes) -> _Flags:
    """Which bytes have an even number of quotes up to them: those outside, and closing quotes."""
    quotes = (codes == _QUOTE).view(np.uint8)
    return np.bitwise_xor.accumulate(quotes) == 0


def _last_end(codes: _Codes, outside: _Flags) -> int:
    ends = np.flatnonzero((codes == _NEWLINE) & outside)
    return int(ends[-1]) + 1 if ends.size else 0


def _count_records(codes: _Codes, outside: _Flags | None, width: int, mark: int) -> int:
    """How many records there are, each of which is a row if none has too many cells; else 0.

    As the number of separators is right in all, then none has too few.
    """
    if not codes.size:
        return 0
    newlines, separators = codes == _NEWLINE, codes == mark
    if outside is not None:
        if not _quotes_border(codes, mark):
            return 0
        newlines &= outside[: codes.size]
        separators &= outside[: codes.size]
    ends = np.flatnonzero(newlines)
    if not newlines[-1]:
        ends = np.append(ends, codes.size)
    lengths = np.diff(ends, prepend=-1)
    blank = (lengths == 1) | ((lengths == 2) & (codes[ends - 1] == _RETURN))  # noqa: PLR2004 (\r\n)
    if blank.any() or lengths.max() > _LONGEST:
        return 0
    return ends.size if np.count_nonzero(separators) == ends.size * (width - 1) else 0


def _quotes_border(codes: _Codes, mark: int) -> bool:
    """Whether each quote opens a field at its beginning, closes it at its end, or is doubled.

    As quotes alternate, two that touch inside a field are one that closes and one that opens.
    """
    quotes = np.flatnonzero(codes == _QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    border = np.zeros(256, np.bool)
    border[[_NEWLINE, _RETURN, _QUOTE, mark]] = True
    before = border[codes[opening - 1]]
    after = border[codes.take(closing + 1, mode="clip")]
    return bool((before | (opening == 0)).all() and after.all())


def _read(content: bytes, names: list[str], mark: bytes, *, quoted: bool) -> pl.DataFrame | None:
    """None if a record has too many cells.

    The header in front keeps Polars from taking the first bytes for a mark or for an archive;
    without a newline at the end it would not miss a last cell that is blank.
    """
    places = [f"column_{place}" for place in range(len(names))]
    header = mark.join(place.encode() for place in places)
    end = b"" if content.endswith(b"\n") else b"\n"
    try:
        rows = pl.read_csv(
            b"".join((header, b"\n", content, end)),
            separator=mark.decode(),
            quote_char='"' if quoted else None,
            schema=dict.fromkeys(places, pl.String),
            empty_string_is_null=False,
            extra_columns="raise",
            glob=False,
        )
    except pl.exceptions.PolarsError:
        return None
    return rows.rename(dict(zip(places, names, strict=True)))
