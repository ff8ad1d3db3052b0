"""The rates of exchange that a workspace declares, read and checked whole."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.mistakes import nearest
from features.sources import numbers
from features.sources.kinds import KINDS
from features.sources.money import DAILY, Rates
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_KINDS = {".parquet": "parquet", ".xlsx": "xlsx", ".jsonl": "jsonl"}
_ROWS_TOLD = 5


@dataclass(frozen=True, kw_only=True)
class MoneyParams:
    """How money of other currencies is converted.

    `rates` names a file, CSV or any other kind that is one table, from the workspace's folder
    on. Its columns are `day`, `currency` (three letters) and `rate`: what one unit of it is worth
    in the workspace's currency from that day on, until a later day says otherwise.
    """

    rates: str = ""


def read_rates(params: MoneyParams, root: Path, *, currency: str) -> Rates:
    """The declared rates into the workspace's `currency`; none where no file is named.

    Raises `DataRefused` if the file cannot be read whole, or gives a day two rates.
    """
    if not params.rates:
        return Rates(currency)
    raw = _raw(params, root)
    daily = _whole(params, raw)
    twice = daily.filter(pl.struct("currency", "day").is_duplicated())
    if twice.height:
        name, day = twice.select("currency", "day").row(0)
        raise _refusal(params, f"{name} has two rates on {day}", "keep one of them")
    return Rates(currency, daily)


def _raw(params: MoneyParams, root: Path) -> Raw:
    path = root / params.rates
    if not path.is_file():
        raise _refusal(params, "the file is missing", "put it there, or correct the path")
    kind = _KINDS.get(path.suffix.lower(), "csv")
    return KINDS[kind].read(path, SourceSpec(name="money.rates", kind=kind, path=params.rates))


def _whole(params: MoneyParams, raw: Raw) -> pl.DataFrame:
    """The distinct rates, in order; refuses a table of which any row cannot be read."""
    table = raw.rows.collect()
    for name in DAILY:
        if name not in table.columns:
            there = [column for column in table.columns if column != ROW]
            raise _refusal(params, f"column {name!r} is missing", nearest(name, there))
    schema = table.schema
    daily = table.select(ROW, _currency(), _day(schema["day"]), _rate(schema["rate"]))
    unread = daily.filter(pl.any_horizontal(pl.all().is_null()))[ROW].to_list()
    if bad := sorted([*raw.broken, *unread]):
        told = ", ".join(map(str, bad[:_ROWS_TOLD]))
        mend = "write a day as 2026-03-01, three letters, and a rate above 0"
        raise _refusal(params, f"{len(bad)} rows cannot be read (the first are {told})", mend)
    return daily.select(*DAILY).unique().sort("day", "currency")


def _currency() -> pl.Expr:
    text = pl.col("currency").cast(pl.String).str.strip_chars().str.to_uppercase()
    return pl.when(text.str.contains("^[A-Z]{3}$")).then(text).alias("currency")


def _day(dtype: pl.DataType) -> pl.Expr:
    day = pl.col("day")
    if dtype == pl.String:
        return day.str.strip_chars().str.to_date("%Y-%m-%d", strict=False)
    return day.cast(pl.Date, strict=False)


def _rate(dtype: pl.DataType) -> pl.Expr:
    rate = numbers.read(pl.col("rate"), None) if dtype == pl.String else pl.col("rate")
    number = rate.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite() & (number > 0)).then(number).alias("rate")


def _refusal(params: MoneyParams, what: str, mend: str) -> DataRefused:
    return DataRefused(f"the rates of exchange: {what}", where=params.rates, mend=mend)
