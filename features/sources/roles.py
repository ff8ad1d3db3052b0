"""What a column of a contract asks of a cell, by its type and unit."""

import polars as pl

from features.contracts import (
    EVENTS,
    INSTANT,
    OUTREACH,
    SPEND,
    Column,
    PolarsDtype,
    Table,
)
from features.sources import cells
from features.sources.cells import Cell

CUSTOMER = "customer_id"
ARM = "arm"
ARMS = ("treated", "control")
"""What an arm may be."""

MONEY = next(column.unit for column in EVENTS.columns if column.name == "value")
_SENTIMENT = next(column.unit for column in EVENTS.columns if column.name == "sentiment")
_SHARE = next(column.unit for column in OUTREACH.columns if column.name == "probability")
_TIMES = next(column.unit for column in SPEND.columns if column.name == "clicks")
_NUMBERS = {_SENTIMENT: cells.sentiment, _SHARE: cells.share, _TIMES: cells.count}
_NAMES = {CUSTOMER, "source_key"}
_ADDED_LATER = {"source", "superseded_at"}
_MISSING = {CUSTOMER: "no_customer"}


def expected(table: Table[PolarsDtype]) -> list[Column[PolarsDtype]]:
    """The columns of a contract that come out of a source's rows, in order."""
    return [column for column in table.columns if column.name not in _ADDED_LATER]


def needed(table: Table[PolarsDtype]) -> list[str]:
    """The columns that every source of a table must map."""
    told_otherwise = {"known_at", "source_key"}
    return [
        column.name
        for column in expected(table)
        if not column.nullable and column.name not in told_otherwise
    ]


def cell(
    column: Column[PolarsDtype],
    dtype: pl.DataType,
    number_format: str | None = None,
    rate: pl.Expr | None = None,
) -> Cell:
    """How a raw column, which has the name of the contract's, is read.

    Money is multiplied by `rate`. Instants are no cells: they depend on a zone. The fault is
    right only where the value is null.
    """
    raw = pl.col(column.name)
    found = _read(column, raw, dtype, number_format, rate)
    if column.nullable or column.name == "source_key":
        return found
    missing = pl.lit(_MISSING.get(column.name, f"no_{column.name}"))
    return Cell(found.value, pl.coalesce(found.fault, missing))


def instant(column: Column[PolarsDtype], dtype: pl.DataType) -> pl.Expr:
    """What is wrong with a raw cell that was read as no instant."""
    bad = pl.lit("bad_time")
    return (
        pl.when(~cells.is_blank(pl.col(column.name), dtype)).then(bad) if column.nullable else bad
    )


def is_instant(column: Column[PolarsDtype]) -> bool:
    """Whether the column holds times."""
    return column.dtype == INSTANT


def is_day(column: str) -> bool:
    """Whether a column of times tells a business day, by its first instant."""
    return column == SPEND.clock


def is_number(column: Column[PolarsDtype]) -> bool:
    """Whether the column holds numbers of any kind."""
    return column.dtype in (pl.Int64, pl.Float64)


def _read(
    column: Column[PolarsDtype],
    raw: pl.Expr,
    dtype: pl.DataType,
    number_format: str | None,
    rate: pl.Expr | None,
) -> Cell:
    if column.name in _NAMES:
        return Cell(cells.identity(raw, dtype), pl.lit(None, pl.String))
    if column.name == ARM:
        return cells.word(raw, dtype, ARMS, "bad_arm")
    if column.dtype == pl.String:
        return Cell(cells.text(raw, dtype, "").value, pl.lit(None, pl.String))
    if column.dtype == pl.Boolean:
        return cells.flag(raw, dtype)
    if column.unit == MONEY:
        return cells.measure(raw, dtype, number_format, rate)
    return _NUMBERS[column.unit](raw, dtype, number_format)
