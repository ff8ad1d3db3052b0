"""Hours of the day: do the times of a source stand in the time zone that they are read in?"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from features.clock import MICROSECONDS_PER_DAY
from features.contracts import Frame
from features.health.finding import Finding, Severity, examined, share
from features.health.jumps import jump
from features.health.parts import parts

Counts = npt.NDArray[np.int64]

WHOLE_DAYS_SHARE = 0.95
"""Where so many events share one time of day, the source knows days, not times."""
SOME_WHOLE_DAYS_SHARE = 0.05
EVENTS_LEAST = 200
"""Fewer events tell nothing of the hours at which people live."""
NIGHT_HOURS = 6
NIGHT_SHARE_MOST = 0.4
QUIET_SHARE_MOST = 0.1
QUIET_FROM_HOUR = 4
"""The latest hour at which the quietest six of people begin."""
QUIET_AGAIN_FROM_HOUR = 18
"""From when on they may begin in an office."""


def check_hours(events: Frame, zone: ZoneInfo) -> list[Finding]:
    """T01 to T03 for every source of events that are valid and had happened."""
    night: list[Finding] = []
    days: list[Finding] = []
    jumps: list[Finding] = []
    for source, rows in parts(events, "source"):
        local = _local_microseconds(rows["occurred_at"], zone)
        if len(local) < EVENTS_LEAST:
            continue
        days += _whole_days(source, local)
        if not _knows_days_only(local):
            night += _at_night(source, np.bincount(_hour(local), minlength=24))
            jumps += jump(source, local // MICROSECONDS_PER_DAY, _hour(local))
    return [
        *examined("T01", "people are awake when events happen, in the workspace's zone", night),
        *examined("T02", "events tell the time of the day", days),
        *examined("T03", "the hours of the day do not jump from one week to the next", jumps),
    ]


def sources_of_whole_days(events: Frame, zone: ZoneInfo) -> list[str]:
    """Sources whose events all stand at one time of the day."""
    return [
        source
        for source, rows in parts(events, "source")
        if _knows_days_only(_local_microseconds(rows["occurred_at"], zone))
    ]


def _local_microseconds(instants: pl.Series, zone: ZoneInfo) -> Counts:
    """Microseconds since 1970 as a clock on the wall of the business shows them."""
    wall = instants.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    return wall.to_physical().to_numpy()


def _hour(local: Counts) -> Counts:
    return local % MICROSECONDS_PER_DAY * 24 // MICROSECONDS_PER_DAY


def _commonest_time(local: Counts) -> tuple[int, float]:
    """The second of the day at which most events stand, and the share of events that do."""
    seconds = local % MICROSECONDS_PER_DAY // 1_000_000
    counts = np.bincount(seconds, minlength=1)
    return int(counts.argmax()), float(counts.max() / max(len(seconds), 1))


def _knows_days_only(local: Counts) -> bool:
    return _commonest_time(local)[1] >= WHOLE_DAYS_SHARE


def _whole_days(source: str, local: Counts) -> Iterator[Finding]:
    second, most = _commonest_time(local)
    if most >= WHOLE_DAYS_SHARE:
        yield _days_here(source, most) if second == 0 else _days_elsewhere(source, most, second)
    elif second == 0 and most > SOME_WHOLE_DAYS_SHARE:
        yield _lost_times(source, most)


def _days_here(source: str, most: float) -> Finding:
    return Finding(
        code="T02",
        severity="note",
        sentence=f"source {source} tells days, not times: {most:.0%} of its events are at "
        "midnight, as if they happened in the first instant of their day",
        measured=round(most, 3),
        needed=WHOLE_DAYS_SHARE,
        mends=(
            "map `occurred_at` to a column that has the time",
            "declare `latency_hours = 24`, so that no event counts before its day is over",
            "leave it: windows of whole days are not moved by it",
        ),
    )


def _days_elsewhere(source: str, most: float, second: int) -> Finding:
    time = f"{second // 3600:02d}:{second // 60 % 60:02d}"
    return Finding(
        code="T02",
        severity="warn",
        sentence=f"source {source}: {most:.0%} of its events are at {time} exactly, as days "
        "of another time zone are; some fall on the wrong day here",
        measured=round(most, 3),
        needed=WHOLE_DAYS_SHARE,
        mends=(
            "cut the time off in `occurred_at`, so that the day itself is read",
            "declare the source's `time_zone`, if its times name none",
            "correct `time_zone` in [workspace]",
        ),
    )


def _lost_times(source: str, most: float) -> Finding:
    return Finding(
        code="T02",
        severity="warn",
        sentence=f"source {source}: {most:.0%} of its events are at midnight exactly and the "
        "others are not, as where some rows have lost their time",
        measured=round(most, 3),
        needed=SOME_WHOLE_DAYS_SHARE,
        mends=(
            "export the column with its time in every row",
            "give the rows without a time a source of their own",
            "cut the time off all of them, so that they are alike",
        ),
    )


def _at_night(source: str, counts: Counts) -> Iterator[Finding]:
    night = share(int(counts[:NIGHT_HOURS].sum()), int(counts.sum()))
    start, quiet = _quietest(counts)
    if night > NIGHT_SHARE_MOST:
        told = f"{night:.0%} of its events happen between 0 and {NIGHT_HOURS} o'clock"
        yield _of_another_zone("warn", source, told, round(night, 3), NIGHT_SHARE_MOST)
    elif quiet < QUIET_SHARE_MOST and QUIET_FROM_HOUR < start < QUIET_AGAIN_FROM_HOUR:
        told = f"its quietest hours are {start} to {(start + NIGHT_HOURS) % 24} o'clock"
        yield _of_another_zone("note", source, told, float(start), float(QUIET_FROM_HOUR))


def _of_another_zone(
    severity: Severity, source: str, told: str, measured: float, needed: float
) -> Finding:
    return Finding(
        code="T01",
        severity=severity,
        sentence=f"source {source}: {told} in the workspace's zone; its times may be of another",
        measured=measured,
        needed=needed,
        mends=(
            "declare the source's `time_zone`, if its times name none",
            "correct `time_zone` in [workspace]",
            "leave it, if a machine does this at night or your customers live elsewhere",
        ),
    )


def _quietest(counts: Counts) -> tuple[int, float]:
    """The hour at which the six quietest begin, and their share of the events.

    Of hours that are equally quiet those count that are nearest to the night.
    """
    around = np.concatenate([counts, counts])
    sums = np.array([around[start : start + NIGHT_HOURS].sum() for start in range(24)])
    start = min(range(24), key=lambda hour: (sums[hour], min(hour, 24 - hour)))
    return start, share(int(sums[start]), int(counts.sum()))
