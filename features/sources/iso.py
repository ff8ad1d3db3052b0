"""Times as ISO 8601 writes them, by the shape in which a column has them."""

import re
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from features.sources.zones import first_instant, local

_ISO_8601 = (
    r"^(?<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?<minute>\d{2}:\d{2})(?::(?<second>\d{2}(?:\.\d{1,9})?))?"
    r"(?<offset>Z| ?UTC|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$"
)
_DAY = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_MINUTE = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_EXAMPLE = re.compile(
    rf"{_DAY}(?:(?P<between>[T ]){_MINUTE}"
    r"(?P<second>:[0-5][0-9](?P<fraction>\.(?:[0-9]{3}){1,2})?)?"
    r"(?P<end>Z| ?UTC|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3])(?::?(?P<minutes>[0-5][0-9]))?)?)?"
)
_SHAPES = 4
_EXAMPLES = 64


class _Shape(NamedTuple):
    """What is the same in times that are written alike: `end` is the offset, as written."""

    pattern: str
    time_format: str
    end: str
    offset: timedelta


def instants(raw: pl.Series, zone: ZoneInfo, shapes: int = _SHAPES) -> pl.Series:
    """Instants in UTC of cells of text; null if unreadable or skipped by the clocks.

    Times in the shape of the first are read at once, then those in the shape of the first of
    the others; what is left after some shapes is read part by part.

    >>> written = pl.Series(["2026-03-01 07:30", " 2026-03-01T00:30:00.5Z", "1/3/2026"])
    >>> instants(written, ZoneInfo("Asia/Jakarta")).dt.to_string("%F %T%.3f").to_list()
    ['2026-03-01 00:30:00.000', '2026-03-01 00:30:00.500', None]
    """
    shape = _shape(raw) or _shape(raw := raw.str.strip_chars())
    if shape is None or not shapes:
        return _part_by_part(raw.str.strip_chars(), zone)
    alike = raw.str.contains(shape.pattern)
    if alike.all():
        return _read(raw, shape, zone)
    others = ~alike.fill_null(value=False)
    read = _read(raw.set(others, None), shape, zone)
    return read.scatter(others.arg_true(), instants(raw.filter(others), zone, shapes - 1))


def _shape(raw: pl.Series) -> _Shape | None:
    """The shape of the first of some cells that has one."""
    examples = map(_EXAMPLE.fullmatch, raw.head(_EXAMPLES).drop_nulls())
    found = next(filter(None, examples), None)
    if found is None:
        return None
    between, end = found["between"], found["end"] or ""
    digits = len(found["fraction"] or ".") - 1
    if between is None:
        return _Shape(f"^{_DAY}$", "", "", timedelta())
    second = ":[0-5][0-9]" if found["second"] else ""
    fraction = rf"\.[0-9]{{{digits}}}" if digits else ""
    size = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return _Shape(
        f"^{_DAY}{between}{_MINUTE}{second}{fraction}{re.escape(end)}$",
        f"%Y-%m-%d{between}%H:%M{':%S' if second else ''}{f'.%{digits}f' if digits else ''}{end}",
        end,
        -size if found["sign"] == "-" else size,
    )


def _read(raw: pl.Series, shape: _Shape, zone: ZoneInfo) -> pl.Series:
    if not shape.time_format:
        return _days(raw, zone)
    naive = raw.str.to_datetime(shape.time_format, strict=False, time_unit="us", cache=False)
    if shape.end:
        return (naive - shape.offset).dt.replace_time_zone("UTC")
    return naive.to_frame("cell").select(local(pl.col("cell"), zone)).to_series()


def _days(raw: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Days are few, so each is looked up once."""
    days = raw.unique()
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    firsts = days.to_frame("day").select(first_instant(day, zone)).to_series()
    return raw.replace_strict(days, firsts, return_dtype=firsts.dtype)


def _part_by_part(raw: pl.Series, zone: ZoneInfo) -> pl.Series:
    parts = raw.str.extract_groups(_ISO_8601).struct.unnest()
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    time = pl.col("minute") + ":" + pl.col("second").fill_null("00")
    moment = day.dt.combine(time.str.to_time("%H:%M:%S%.f", strict=False))
    offset = pl.col("offset").str.strip_chars()
    found = (
        pl.when(pl.col("minute").is_null())
        .then(first_instant(day, zone))
        .when(offset.is_null())
        .then(local(moment, zone))
        .when(offset.is_in(["Z", "UTC"]))
        .then(moment.dt.replace_time_zone("UTC"))
        .otherwise((moment - _offset(offset)).dt.replace_time_zone("UTC"))
    )
    return parts.select(found).to_series()


def _offset(text: pl.Expr) -> pl.Expr:
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    hours = text.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = text.str.slice(3).str.strip_chars_start(":").cast(pl.Int64, strict=False)
    return pl.duration(minutes=sign * (hours * 60 + minutes.fill_null(0)))
