"""Columns of text made clean; mostly there is nothing to do, as one look at all cells tells."""

import polars as pl

_WHOLE_NUMBER = r"^([+-]?\d+)\.0+$"
_MUCH = 1 << 30
"""Bytes of a column above which its cells are not looked at together."""


def stripped(cells: pl.Series) -> pl.Series:
    r"""Cells without blanks around them; null if nothing is left.

    >>> stripped(pl.Series(["ana", " budi ", "", "\t"])).to_list()
    ['ana', 'budi', None, None]
    """
    found = cells.str.strip_chars()
    blank = found == ""
    return found.set(blank, None) if blank.any() else found


def names(cells: pl.Series) -> pl.Series:
    r"""Stripped cells, in which `12.0` is 12; null where there is a NUL.

    >>> names(pl.Series(["12.00", "1.50", " 7", "v1.0", "a\0"])).to_list()
    ['12', '1.50', '7', 'v1.0', None]
    """
    together = _together(cells)
    found = cells if _has_no_blank(cells, together) else stripped(cells)
    if together is None or ".0" in together:
        found = found.str.replace(_WHOLE_NUMBER, "$1")
    if together is None or "\0" in together:
        found = found.set(found.str.contains("\0", literal=True), None)
    return found


def numbers(cells: pl.Series) -> pl.Series:
    """Numbers as Polars reads them, blanks around them or not; null if unreadable.

    >>> numbers(pl.Series(["1.5", " 1e3", "1,5", ""])).to_list()
    [1.5, 1000.0, None, None]
    """
    found = cells.cast(pl.Float64, strict=False)
    unread = found.is_null() & cells.is_not_null()
    if not unread.any():
        return found
    again = cells.filter(unread).str.strip_chars().cast(pl.Float64, strict=False)
    return found.scatter(unread.arg_true(), again)


def _together(cells: pl.Series) -> str | None:
    """All cells as one text, or None if that were too long."""
    return (cells.str.join().item() or "") if cells.estimated_size() < _MUCH else None


def _has_no_blank(cells: pl.Series, together: str | None) -> bool:
    """Python knows as blank whatever Polars takes off, and some more."""
    if together is None or (cells == "").any():
        return False
    return together in ("", *together.split(maxsplit=1))
