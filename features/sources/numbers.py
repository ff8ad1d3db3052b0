"""Numbers in text cells, read as a workspace says that they are written; never guessed.

The example 1234.56 shows how: `Rp 1.234,56` says that a point parts the thousands, a comma the
decimals, and that `Rp` may stand before a number. Any other word makes a cell unreadable, so
that money of another currency, or `1,5 jt`, is not taken for what it is not.
"""

import re
from typing import NamedTuple

import polars as pl

from features.sources import texts

_EXAMPLE = re.compile(
    r"(?P<before>[^\d\s+-][^\d+-]*)?"
    r"1(?P<thousands>[.,' \u00a0\u202f]?)234(?P<decimals>[.,])56"
    r"(?P<after>[^\d+-]*[^\d\s+-])?"
)
_SPACES = " \u00a0\u202f"


class _Written(NamedTuple):
    before: str
    thousands: str
    decimals: str
    after: str


def format_works(number_format: str) -> bool:
    """Whether a format shows how 1234.56 is written.

    >>> format_works("Rp 1.234,56"), format_works("1,234.56"), format_works("#.##0,00")
    (True, True, False)
    """
    return _written(number_format) is not None


def read(text: pl.Expr, number_format: str | None) -> pl.Expr:
    """The numbers in cells of text; null where a cell is not written so.

    Without a format only plain numbers (`1234.56`, `1e3`) are read. With one, thousands may go
    unparted, decimals may be missing or a dash (`Rp 500,-`), and the words may be left out.

    >>> cells = pl.Series(["Rp 1.250.000,00", "-1.250", "USD 5", "1.25"])
    >>> pl.select(read(pl.lit(cells), "Rp 1.234,56")).to_series().to_list()
    [1250000.0, -1250.0, None, None]
    """
    written = _written(number_format) if number_format else None
    if written is None:
        return text.map_batches(texts.numbers, return_dtype=pl.Float64, is_elementwise=True)
    parts = text.str.strip_chars().str.extract_groups(_pattern(written)).struct
    signs = pl.concat_str(parts["sign"], parts["inner_sign"], ignore_nulls=True)
    whole = parts["whole"].str.replace_all(r"\D", "")
    number = pl.concat_str(whole, pl.lit("."), parts["fraction"].fill_null("0"))
    size = number.cast(pl.Float64, strict=False)
    return pl.when(signs.is_in(["", "+"])).then(size).when(signs.is_in(["-", "\u2212"])).then(-size)


def _written(number_format: str) -> _Written | None:
    match = _EXAMPLE.fullmatch(number_format.strip())
    if not match or match["thousands"] == match["decimals"]:
        return None
    before, after = (match["before"] or "").strip(), (match["after"] or "").strip()
    return _Written(before, match["thousands"], match["decimals"], after)


def _pattern(written: _Written) -> str:
    before, thousands, decimals, after = written
    some = f"[{_SPACES}]" if thousands and thousands in _SPACES else re.escape(thousands)
    grouped = rf"[1-9]\d{{0,2}}(?:{some}\d{{3}})+|" if thousands else ""
    return (
        r"^(?<sign>[+\u2212-]?)\s*"
        rf"{_optional(before)}\s*(?<inner_sign>[+\u2212-]?)\s*"
        rf"(?<whole>{grouped}\d+)(?:{re.escape(decimals)}(?:(?<fraction>\d+)|[-\u2013]))?"
        rf"\s*{_optional(after)}$"
    )


def _optional(words: str) -> str:
    """Words that may stand there, in capitals or not, with or without a point behind them."""
    if not words:
        return ""
    told = r"\s*".join(re.escape(word) for word in words.removesuffix(".").split())
    return rf"(?i:{told}\.?)?"
