"""Local times as instants in UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def local(naive: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """Instants of local times: the earlier of two, null where the clocks skip one."""
    there = naive.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
    return there.dt.convert_time_zone("UTC")


def first_instant(day: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """The first instant of a day, also where the clocks skip midnight."""
    known = pl.when(day.is_between(EARLIEST.date(), LATEST.date())).then(day)
    midnight = known.cast(pl.Datetime("us"))
    half_a_day = pl.duration(hours=12)
    skipped = local(midnight - half_a_day, zone) + half_a_day
    return pl.coalesce(local(midnight, zone), skipped)
