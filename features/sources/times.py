"""Times of a source as instants in UTC; what cannot be read without guessing is null."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_ISO_8601 = (
    r"^(?<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?<minute>\d{2}:\d{2})(?::(?<second>\d{2}(?:\.\d{1,9})?))?"
    r"(?<offset>Z| ?UTC|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$"
)
_DAY = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
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
        moment = _first_instant(cell, zone)
    elif isinstance(raw.dtype, pl.Datetime):
        exact = _whole_microseconds(cell, raw.dtype)
        moment = exact.dt.convert_time_zone("UTC") if raw.dtype.time_zone else _local(exact, zone)
    elif time_format:
        moment = _written(cell.cast(pl.String).str.strip_chars(), time_format, zone)
    else:
        frame = frame.select(_iso_8601(frame.select(cell.cast(pl.String)).to_series(), zone))
        moment = cell
    known = frame.select(moment.alias("moment")).to_series()
    return known.set(~known.is_between(EARLIEST, LATEST, closed="left"), None)


def _whole_microseconds(raw: pl.Expr, dtype: pl.Datetime) -> pl.Expr:
    per_second = _PER_SECOND[dtype.time_unit]
    seconds = raw.to_physical() // per_second
    inside = seconds.is_between(
        int(EARLIEST.timestamp()) - 86_400, int(LATEST.timestamp()) + 86_400
    )
    return pl.when(inside).then(raw).dt.cast_time_unit("us")


def _local(naive: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    there = naive.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return there.dt.convert_time_zone("UTC")


def _first_instant(day: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    known = pl.when(day.is_between(EARLIEST.date(), LATEST.date())).then(day)
    midnight = known.cast(pl.Datetime("us"))
    half_a_day = pl.duration(hours=12)
    skipped = _local(midnight - half_a_day, zone) + half_a_day
    return pl.coalesce(_local(midnight, zone), skipped)


def _written(text: pl.Expr, time_format: str, zone: ZoneInfo) -> pl.Expr:
    moment = text.str.to_datetime(time_format, strict=False, time_unit="us")
    if "%s" in time_format:
        return moment.dt.replace_time_zone("UTC")
    if _names_zone(time_format):
        return moment.dt.convert_time_zone("UTC")
    if _names_time(time_format):
        return _local(moment, zone)
    return _first_instant(moment.dt.date(), zone)


def _names_zone(time_format: str) -> bool:
    written = pl.Series(["2026-12-31 21:43 +0000"]).str.to_datetime("%F %R %z")
    return bool(
        written.dt.strftime(time_format).str.to_datetime(time_format, strict=False).dtype.time_zone  # pyright: ignore[reportAttributeAccessIssue]
    )


def _names_time(time_format: str) -> bool:
    noon, later = (datetime(2026, 12, 31, hour, tzinfo=UTC) for hour in (12, 23))
    written = pl.Series([noon, later]).dt.strftime(time_format)
    return written[0] != written[1]


def _iso_8601(raw: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Times to the second in one shape are read at once, all others part by part."""
    text = raw.str.strip_chars()
    looks = text.drop_nulls().head(1).to_list()
    between, end = ("T" if "T" in "".join(looks) else " "), ("Z" if "Z" in "".join(looks) else "")
    plain = text.str.contains(f"^{_DAY}{between}{_TIME}{end}$").fill_null(value=False)
    moment = (
        pl.when(plain)
        .then(pl.col("cell"))
        .str.to_datetime(f"%Y-%m-%d{between}%H:%M:%S{end}", strict=False, time_unit="us")
    )
    there = moment.dt.replace_time_zone("UTC") if end else _local(moment, zone)
    read = text.alias("cell").to_frame().select(there).to_series()
    if plain.all():
        return read
    others = text.filter(~plain).str.extract_groups(_ISO_8601).struct.unnest()
    return read.scatter((~plain).arg_true(), others.select(_iso(zone)).to_series())


def _iso(zone: ZoneInfo) -> pl.Expr:
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    time = pl.col("minute") + ":" + pl.col("second").fill_null("00")
    moment = day.dt.combine(time.str.to_time("%H:%M:%S%.f", strict=False))
    offset = pl.col("offset").str.strip_chars()
    return (
        pl.when(pl.col("minute").is_null())
        .then(_first_instant(day, zone))
        .when(offset.is_null())
        .then(_local(moment, zone))
        .when(offset.is_in(["Z", "UTC"]))
        .then(moment.dt.replace_time_zone("UTC"))
        .otherwise((moment - _offset(offset)).dt.replace_time_zone("UTC"))
    )


def _offset(text: pl.Expr) -> pl.Expr:
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    hours = text.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = text.str.slice(3).str.strip_chars_start(":").cast(pl.Int64, strict=False)
    return pl.duration(minutes=sign * (hours * 60 + minutes.fill_null(0)))
