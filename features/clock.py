"""Half-open time: an event at the cutoff is future; a day belongs to the business's zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS_PER_DAY = 86_400_000_000


def is_zone(name: str) -> bool:
    """Whether Python and Polars both know a time zone of this name.

    >>> is_zone("Asia/Jakarta"), is_zone("Asia/Jakarto"), is_zone("localtime")
    (True, False, False)
    """
    try:
        ZoneInfo(name)
        pl.Series([EPOCH]).dt.convert_time_zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, pl.exceptions.ComputeError):
        return False
    return True


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant in UTC at which a business day begins.

    >>> midnight(date(2026, 3, 1), ZoneInfo("Asia/Jakarta"))
    datetime.datetime(2026, 2, 28, 17, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def business_day(instant: datetime, zone: ZoneInfo) -> date:
    """The day of the business on which an instant falls."""
    return instant.astimezone(zone).date()


def last_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The last business midnight at or before `now`, in UTC."""
    return midnight(business_day(now, zone), zone)


def shift(cutoff: datetime, days: int, zone: ZoneInfo) -> datetime:
    """A business midnight moved by whole business days; daylight saving keeps it a midnight."""
    return midnight(business_day(cutoff, zone) + timedelta(days=days), zone)


def grid(last: datetime, first: datetime, every_days: int, zone: ZoneInfo) -> list[datetime]:
    """Business midnights `every_days` apart, ending at `last`, none before `first`; ascending."""

    def backwards() -> Iterator[datetime]:
        cutoff = last
        while cutoff >= first:
            yield cutoff
            cutoff = shift(cutoff, -every_days, zone)

    return sorted(backwards())


def microseconds(instant: datetime) -> int:
    """An instant as whole microseconds since 1970 UTC; instants without a zone are UTC.

    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC)) == MICROSECONDS_PER_DAY
    True
    """
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return (instant - EPOCH) // timedelta(microseconds=1)
