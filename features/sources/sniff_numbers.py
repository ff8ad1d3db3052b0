"""A look at cells that may be numbers: in which ways they can be read, the likeliest first."""

from collections.abc import Iterator

import polars as pl

from features.sources import hints, numbers

_AROUND = r"^[+-]?\s*(?<before>[^\d\s+-]*).*?(?<after>[^\d\s+-]*)$"


def readings(filled: pl.Series, least_share: float) -> dict[str | None, pl.Series]:
    """Numbers that the cells are, by the formats that read this share of them; None is plain.

    Formats that differ in no number are told once. One that reads more cells comes first; of
    two that read as many, the one for which `246.300` is no small number but a large one.

    >>> cells = pl.Series(["246.300", "90.000"])
    >>> {name: read.to_list() for name, read in readings(cells, 1.0).items()}
    {'1.234,56': [246300.0, 90000.0], None: [246.3, 90.0]}
    """
    if filled.dtype.is_temporal():
        return {}
    if not isinstance(filled.dtype, pl.String):
        return _likely([(None, filled.cast(pl.Float64, strict=False))], least_share)
    formats = (None, *_formats(filled))
    return _likely([(one, _read(filled, one)) for one in formats], least_share)


def _likely(
    found: list[tuple[str | None, pl.Series]], least_share: float
) -> dict[str | None, pl.Series]:
    likely: dict[str | None, pl.Series] = {}
    for number_format, read in sorted(found, key=lambda pair: _weight(pair[1]), reverse=True):
        is_new = not any(read.equals(other) for other in likely.values())
        if is_new and _weight(read)[0] >= least_share:
            likely[number_format] = read
    return likely


def _weight(read: pl.Series) -> tuple[float, float]:
    """The share of cells that are read, then their size."""
    finite = read.filter(read.is_finite())
    return finite.len() / max(read.len(), 1), float(finite.abs().sum())


def _read(cells: pl.Series, number_format: str | None) -> pl.Series:
    return pl.select(numbers.read(pl.lit(cells), number_format)).to_series()


def _formats(filled: pl.Series) -> Iterator[str]:
    """The formats to try, with the currency that stands most often beside the numbers."""
    around = filled.str.extract_groups(_AROUND).struct
    before, after = (_currency(around.field(side)) for side in ("before", "after"))
    for number_format in hints.NUMBER_FORMATS:
        yield f"{before} {number_format} {after}".strip()


def _currency(words: pl.Series) -> str:
    known = {word.lower(): word for word in hints.CURRENCIES}
    bare = words.str.strip_chars_end(".").str.to_lowercase()
    counts = bare.filter(bare != "").value_counts(sort=True)
    return known.get(counts[bare.name][0], "") if len(counts) else ""
