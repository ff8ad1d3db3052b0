"""Cells of a raw column as what the contract wants, each beside what is wrong with it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import polars as pl

from features.measures import LARGEST, SCALE
from features.sources import numbers, texts

YES = ("true", "yes", "y", "t", "1", "ya", "iya")
NO = ("false", "no", "n", "f", "0", "tidak")
"""What flags are written as, in any case."""


@dataclass(frozen=True)
class Cell:
    """A clean value, and the reason why it could not be had (null where all is well)."""

    value: pl.Expr
    fault: pl.Expr


def text(raw: pl.Expr, dtype: pl.DataType, blank: str) -> Cell:
    """Text without blanks around it; `blank` is the reason if nothing is left."""
    value = _stripped(raw, dtype)
    return Cell(value, pl.when(value.is_null()).then(pl.lit(blank)))


def identity(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A name as text; 12, 12.0 and `12.0` are one name, a blank one, or one with NUL, is null."""
    if dtype.is_integer():
        return raw.cast(pl.String)
    return _column(texts.names, _text(raw, dtype))


def measure(
    raw: pl.Expr,
    dtype: pl.DataType,
    number_format: str | None = None,
    rate: pl.Expr | None = None,
) -> Cell:
    """A number in units of 1/`SCALE`, rounded half to even; an empty cell is no fault.

    It is multiplied by `rate` before it is rounded; without a rate a number is a fault.
    """
    number = _number(raw, dtype, number_format)
    finite = number.is_finite().fill_null(value=False)
    price = number if rate is None else number * rate
    scaled = (price * SCALE).round(mode="half_to_even")
    value = pl.when(finite & (scaled.abs() <= LARGEST)).then(scaled).cast(pl.Int64)
    fault = pl.when(~is_blank(raw, dtype) & ~finite).then(pl.lit("not_a_number"))
    if rate is not None:
        fault = fault.when(finite & rate.is_null()).then(pl.lit("no_rate"))
    return Cell(value, fault.when(scaled.abs() > LARGEST).then(pl.lit("too_large")))


def sentiment(raw: pl.Expr, dtype: pl.DataType, number_format: str | None = None) -> Cell:
    """A number from -1 to 1 in units of 1/`SCALE`; an empty cell is no fault."""
    number = _number(raw, dtype, number_format)
    inside = number.is_between(-1, 1).fill_null(value=False)
    value = pl.when(inside).then((number * SCALE).round(mode="half_to_even")).cast(pl.Int64)
    bad = ~is_blank(raw, dtype) & ~inside
    return Cell(value, pl.when(bad).then(pl.lit("bad_sentiment")))


def share(raw: pl.Expr, dtype: pl.DataType, number_format: str | None = None) -> Cell:
    """A number from 0 to 1; an empty cell is no fault."""
    number = _number(raw, dtype, number_format)
    inside = number.is_between(0, 1).fill_null(value=False)
    bad = ~is_blank(raw, dtype) & ~inside
    return Cell(pl.when(inside).then(number), pl.when(bad).then(pl.lit("bad_share")))


def count(raw: pl.Expr, dtype: pl.DataType, number_format: str | None = None) -> Cell:
    """A whole number from 0; an empty cell is no fault."""
    number = _number(raw, dtype, number_format)
    whole = (number.is_between(0, LARGEST) & (number == number.floor())).fill_null(value=False)
    bad = ~is_blank(raw, dtype) & ~whole
    return Cell(pl.when(whole).then(number).cast(pl.Int64), pl.when(bad).then(pl.lit("bad_count")))


def flag(raw: pl.Expr, dtype: pl.DataType) -> Cell:
    """Yes or no in one of `YES` and `NO`; an empty cell is no fault.

    >>> answers = pl.DataFrame({"asked": ["Ya", "tidak", "1", "maybe", ""]})
    >>> read = flag(pl.col("asked"), pl.String())
    >>> answers.select(read.value.alias("said"), read.fault.alias("fault")).rows()
    [(True, None), (False, None), (True, None), (None, 'bad_flag'), (None, None)]
    """
    if dtype == pl.Boolean:
        return Cell(raw, pl.lit(None, pl.String))
    said = identity(raw, dtype).str.to_lowercase()
    value = pl.when(said.is_in(YES)).then(statement=True).when(said.is_in(NO)).then(statement=False)
    bad = ~is_blank(raw, dtype) & value.is_null()
    return Cell(value, pl.when(bad).then(pl.lit("bad_flag")))


def word(raw: pl.Expr, dtype: pl.DataType, words: Collection[str], bad: str) -> Cell:
    """One of some words, in any case; `bad` is the reason for others, an empty cell is no fault.

    >>> lots = pl.DataFrame({"lot": ["Treated", " control", "B", ""]})
    >>> read = word(pl.col("lot"), pl.String(), ("treated", "control"), "bad_arm")
    >>> lots.select(read.value.alias("arm"), read.fault.alias("fault")).rows()
    [('treated', None), ('control', None), (None, 'bad_arm'), (None, None)]
    """
    said = _stripped(raw, dtype).str.to_lowercase()
    known = said.is_in(list(words))
    return Cell(pl.when(known).then(said), pl.when(~known).then(pl.lit(bad)))


def attribute(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """An attribute in one of few types: text, whole number, number, flag, day, instant."""
    if dtype.is_integer():
        return raw.cast(pl.Int64, strict=False)
    if dtype.is_numeric():
        return raw.cast(pl.Float64).fill_nan(None)
    if dtype.is_temporal() or dtype == pl.Boolean:
        return raw
    return _stripped(raw, dtype)


def _stripped(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return _column(texts.stripped, _text(raw, dtype))


def _text(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_float():
        raw = pl.when(raw.is_finite()).then(raw)
        whole = raw.cast(pl.Int64, strict=False)
        raw = pl.when(whole == raw).then(whole.cast(pl.String)).otherwise(raw.cast(pl.String))
    return raw.cast(pl.String)


def _column(made: Callable[[pl.Series], pl.Series], text: pl.Expr) -> pl.Expr:
    return text.map_batches(made, return_dtype=pl.String, is_elementwise=True)


def is_blank(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell says nothing."""
    if dtype == pl.String:
        return raw.str.strip_chars().fill_null("") == ""
    return raw.is_null()


def _number(raw: pl.Expr, dtype: pl.DataType, number_format: str | None) -> pl.Expr:
    if dtype == pl.String:
        return numbers.read(raw, number_format)
    return raw.cast(pl.Float64, strict=False)
