"""The made-up company's clock: two years up to the first night, and one day more."""

from datetime import datetime, timedelta, timezone

JAKARTA = timezone(timedelta(hours=7))
"""Asia/Jakarta, which knows no summer time."""

START = datetime(2024, 6, 1, tzinfo=JAKARTA)
FIRST_NIGHT = datetime(2026, 6, 1, tzinfo=JAKARTA)
SECOND_NIGHT = datetime(2026, 6, 2, tzinfo=JAKARTA)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def month(moment: datetime) -> str:
    """The month of a moment as files are named by it.

    >>> month(FIRST_NIGHT)
    '2026-06'
    """
    return f"{moment:%Y-%m}"


def later(moment: datetime, months: int) -> datetime:
    """The same day some months later, the 28th at most.

    >>> later(datetime(2026, 1, 31, tzinfo=JAKARTA), 13).isoformat()
    '2027-02-28T00:00:00+07:00'
    """
    years, at = divmod(moment.month - 1 + months, 12)
    return moment.replace(year=moment.year + years, month=at + 1, day=min(moment.day, 28))


def plain(moment: datetime | None) -> str:
    """Local time to the second without a zone; nothing where there is none."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def minutes(moment: datetime | None) -> str:
    """Local time to the minute without a zone; nothing where there is none."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def known(moment: datetime | None, until: datetime) -> datetime | None:
    """The moment if it was before `until`."""
    return moment if moment is not None and moment < until else None
