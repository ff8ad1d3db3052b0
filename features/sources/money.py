"""Money of other currencies in the workspace's, at the rates that the workspace declares."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from features.errors import DataRefused
from features.sources.expressions import CURRENCY
from features.sources.spec import SourceSpec

RATE = "_jejak_rate"
"""The column that says what one unit of a row's money is worth."""

DAILY = pl.Schema({"currency": pl.String, "day": pl.Date, "rate": pl.Float64})


@dataclass(frozen=True)
class Rates:
    """What one unit of each currency is worth in the workspace's, from a day on.

    `daily` has `currency`, `day` and `rate`; the latest rate not later than a day counts on it.

    >>> from datetime import date
    >>> rates = Rates(
    ...     "IDR", pl.DataFrame([("USD", date(2026, 3, 1), 16_000.0)], DAILY, orient="row")
    ... )
    >>> days = pl.Series([date(2026, 2, 28), date(2026, 3, 9), date(2026, 3, 9)])
    >>> rates.on(pl.Series(["USD", "usd ", "IDR"]), days).to_list()
    [None, 16000.0, 1.0]
    """

    currency: str
    daily: pl.DataFrame = field(default_factory=DAILY.to_frame)

    def knows(self, currency: str) -> bool:
        """Whether money of this currency can be converted on some day."""
        return currency == self.currency or currency in self.daily["currency"]

    def on(self, currencies: pl.Series, days: pl.Series) -> pl.Series:
        """The rate of each currency on each day; null where none is declared by then."""
        asked = pl.DataFrame({"told": currencies, "day": days})
        distinct = asked.unique().drop_nulls().sort("day")
        plain = pl.col("told").str.strip_chars().str.to_uppercase().alias("currency")
        found = distinct.with_columns(plain).join_asof(
            self.daily.sort("day"), on="day", by="currency", check_sortedness=False
        )
        own = pl.when(pl.col("currency") == self.currency).then(1.0).otherwise("rate")
        known = found.select("told", "day", own.alias("rate"))
        return asked.join(known, on=["told", "day"], how="left", maintain_order="left")["rate"]


def priced(
    picked: pl.DataFrame, clock: pl.Series, spec: SourceSpec, zone: ZoneInfo, rates: Rates | None
) -> pl.DataFrame:
    """The raw frame with the rate of each row on its business day, if any are to be looked up.

    Raises `DataRefused` if the source has a currency and nobody says which is the workspace's.
    """
    if CURRENCY not in picked.columns:
        return picked
    if rates is None:
        raise DataRefused(
            f"source {spec.name!r} has a currency, and there are no rates",
            where=spec.path,
            mend="declare `money.rates`, or leave `currency` out",
        )
    days = clock.dt.convert_time_zone(zone.key).dt.date()
    return picked.with_columns(rates.on(picked[CURRENCY], days).alias(RATE)).drop(CURRENCY)
