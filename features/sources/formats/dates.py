"""Local times as programs write them for people: 31/12/26 21.05 or 12/31/2026, 9:05:33 PM."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from features.errors import DataRefused
from features.mistakes import nearest
from features.sources.spec import SourceSpec

ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
"""Places of year, month and day among the three numbers of a date."""

PATTERN = (
    r"(?P<first>\d{1,4})(?P<mark>[/.\-])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{1,4}),?"
    r"(?:\s+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<seconds>\d{2}))?"
    r"(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?)?"
)
"""A date of three numbers and perhaps a time, on a clock of 12 or 24 hours."""

_WRITTEN = re.compile(PATTERN)
_LAST_MONTH = 12
_LAST_DAY = 31
_HALF_A_DAY = 12


class Written(NamedTuple):
    """A date's three numbers as they stand, and the time."""

    numbers: tuple[int, int, int]
    hour: int | None
    """None where a day stands without a time."""
    minute: int
    second: int
    half: str
    """`a`, `p` or nothing."""


def written(text: str) -> Written | None:
    """The numbers of a time, or None if it is written in another way.

    >>> written("12/31/26, 9:05 PM")
    Written(numbers=(12, 31, 26), hour=9, minute=5, second=0, half='p')
    """
    match = _WRITTEN.fullmatch(text.strip())
    if not match:
        return None
    first, second, third = (int(match[name]) for name in ("first", "second", "third"))
    hour = int(match["hour"]) if match["hour"] else None
    minute, seconds = (int(match[name] or 0) for name in ("minute", "seconds"))
    return Written((first, second, third), hour, minute, seconds, (match["half"] or "").lower())


def order(times: Iterable[Written], spec: SourceSpec) -> str:
    """One of `ORDERS`: the option `date_order`, else what the numbers of the file prove.

    A number above 12 is a day, one above 31 a year. `DataRefused` when no number proves it, or
    two contradict each other. A year of two digits that stands first must be declared.
    """
    if declared := declared_order(spec):
        return declared
    proofs = {proof for time in times if (proof := _proof(time.numbers))}
    if len(proofs) == 1:
        return proofs.pop()
    raise _unproven(spec, contradicts=bool(proofs))


def declared_order(spec: SourceSpec) -> str:
    """The option `date_order`, or nothing; `DataRefused` if it is none of `ORDERS`."""
    said = spec.options.get("date_order", "")
    if said and said not in ORDERS:
        raise DataRefused(
            f"source {spec.name!r}: `options.date_order` is {said!r}",
            where=spec.path,
            mend=nearest(said, ORDERS),
        )
    return said


def moment(time: Written, order: str) -> datetime | None:
    """The local time, or None where there is no such day or hour.

    >>> moment(Written((31, 12, 26), 9, 5, 0, "p"), "dmy")
    datetime.datetime(2026, 12, 31, 21, 5)
    """
    year, month, day = (time.numbers[place] for place in ORDERS[order])
    hour = time.hour or 0
    if time.half:
        if not 1 <= hour <= _HALF_A_DAY:
            return None
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if time.half == "p" else 0)
    try:
        century = 2000 if year < 100 else 0  # noqa: PLR2004 (two digits)
        return datetime(century + year, month, day, hour, time.minute, time.second)  # noqa: DTZ001 (local)
    except ValueError:
        return None


def iso(texts: Sequence[str | None], spec: SourceSpec) -> list[str | None]:
    """Times in ISO 8601; what is written otherwise, or has a declared format, stays as it is."""
    if spec.time_format:
        return list(texts)
    found = [written(text) if text else None for text in texts]
    times = [time for time in found if time]
    if not times:
        return list(texts)
    here = order(times, spec)
    return [_iso(time, here) or text for time, text in zip(found, texts, strict=True)]


def _iso(time: Written | None, order: str) -> str | None:
    at = moment(time, order) if time else None
    if not time or not at:
        return None
    return at.date().isoformat() if time.hour is None else at.isoformat()


def _proof(numbers: tuple[int, int, int]) -> str:
    if numbers[0] > _LAST_DAY:
        return "ymd"
    if numbers[0] > _LAST_MONTH:
        return "dmy"
    return "mdy" if numbers[1] > _LAST_MONTH else ""


def _unproven(spec: SourceSpec, *, contradicts: bool) -> DataRefused:
    why = "its dates contradict each other" if contradicts else "no day is above 12"
    return DataRefused(
        f"source {spec.name!r}: which number of a date is the day cannot be told, for {why}",
        where=spec.path,
        mend="declare `options.date_order` as dmy, mdy or ymd",
    )
