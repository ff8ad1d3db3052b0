"""Times of a source as instants in UTC; what cannot be read without guessing is null."""

from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from features.sources import iso
from features.sources.zones import EARLIEST, LATEST, first_instant, local

_PER_SECOND = {"ns": 1_000_000_000, "us": 1_000_000, "ms": 1_000}


def readable(dtype: pl.DataType, time_format: str | None) -> bool:
    """Whether a column of this type can hold times at all."""
    if dtype.is_integer():
        return time_format is not None
    holds = pl.Date | pl.Datetime | pl.String | pl.Categorical | pl.Enum | pl.Null
    return isinstance(dtype, holds)


def format_works(time_format: str) -> bool:
    """Whether a time written in this format can be read again."""
    moment = pl.Series([datetime(2026, 12, 31, 21, 43, 5)])  # noqa: DTZ001 (naive on purpose)
    try:
        written = moment.dt.replace_time_zone("UTC").dt.strftime(time_format)
        return written.str.to_datetime(time_format, strict=False).dt.date()[0] == moment[0].date()
    except pl.exceptions.PolarsError:
        return False


def instants(raw: pl.Series, *, zone: ZoneInfo, time_format: str | None) -> pl.Series:
    """Instants in UTC; null if unreadable, outside 1900 to 2200, or skipped by the clocks.

    A time that occurs twice (clocks set back) is the earlier one. A day without a time begins at
    its first instant, also where the clocks skip midnight.

    >>> written = pl.Series(["2026-03-01", "2026-03-01T07:30:00+07:00", "03/04/2026"])
    >>> instants(written, zone=ZoneInfo("Asia/Jakarta"), time_format=None).dt.to_string().to_list()
    ['2026-02-28 17:00:00.000000+00:00', '2026-03-01 00:30:00.000000+00:00', None]
    """
    cell = pl.col("cell")
    frame = raw.alias("cell").to_frame()
    if raw.dtype == pl.Date:
        moment = first_instant(cell, zone)
    elif isinstance(raw.dtype, pl.Datetime):
        exact = _whole_microseconds(cell, raw.dtype)
        moment = exact.dt.convert_time_zone("UTC") if raw.dtype.time_zone else local(exact, zone)
    elif time_format:
        moment = _written(cell.cast(pl.String).str.strip_chars(), time_format, zone)
    else:
        return _inside(iso.instants(raw.cast(pl.String), zone))
    return _inside(frame.select(moment.alias("moment")).to_series())


def _inside(known: pl.Series) -> pl.Series:
    """Nothing but instants that the contract may hold; mostly they are all of them."""
    first, last = (round(end.timestamp() * 1_000_000) for end in (EARLIEST, LATEST))
    ticks = known.to_physical()
    lowest, highest = cast("int | None", ticks.min()), cast("int | None", ticks.max())
    if lowest is None or highest is None or first <= lowest <= highest < last:
        return known
    return known.set(~known.is_between(EARLIEST, LATEST, closed="left"), None)


def _whole_microseconds(raw: pl.Expr, dtype: pl.Datetime) -> pl.Expr:
    per_second = _PER_SECOND[dtype.time_unit]
    seconds = raw.to_physical() // per_second
    inside = seconds.is_between(
        int(EARLIEST.timestamp()) - 86_400, int(LATEST.timestamp()) + 86_400
    )
    return pl.when(inside).then(raw).dt.cast_time_unit("us")


def _written(text: pl.Expr, time_format: str, zone: ZoneInfo) -> pl.Expr:
    moment = text.str.to_datetime(time_format, strict=False, time_unit="us")
    if "%s" in time_format:
        return moment.dt.replace_time_zone("UTC")
    if _names_zone(time_format):
        return moment.dt.convert_time_zone("UTC")
    if _names_time(time_format):
        return local(moment, zone)
    return first_instant(moment.dt.date(), zone)


def _names_zone(time_format: str) -> bool:
    written = pl.Series(["2026-12-31 21:43 +0000"]).str.to_datetime("%F %R %z")
    read = written.dt.strftime(time_format).str.to_datetime(time_format, strict=False).dtype
    return isinstance(read, pl.Datetime) and read.time_zone is not None


def _names_time(time_format: str) -> bool:
    noon, later = (datetime(2026, 12, 31, hour, tzinfo=UTC) for hour in (12, 23))
    written = pl.Series([noon, later]).dt.strftime(time_format)
    return written[0] != written[1]
