"""Jumps: from one week on, everything happens some hours earlier or later."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import numpy.typing as npt

from features.health.finding import Finding

Counts = npt.NDArray[np.int64]

WEEKS_BESIDE = 4
"""A jump is looked for between so many weeks and the next as many."""
EVENTS_LEAST = 200
NOISES = 2.5
"""So many times more than chance must two spans differ."""

_DAYS_FROM_MONDAY = 3  # 1970-01-01 was a Thursday


def jump(source: str, days: Counts, hours: Counts) -> Iterator[Finding]:
    """T03: the clearest week at which the day looks the same, but moved.

    `days` since 1970 and `hours` of the day are those of the events on the wall.
    """
    weeks = (days + _DAYS_FROM_MONDAY) // 7
    table = np.zeros((int(weeks.max() - weeks.min()) + 1, 24), dtype=np.int64)
    np.add.at(table, (weeks - weeks.min(), hours), 1)
    jumps = [
        (*found, at)
        for at in range(1, len(table))
        if (found := _moved(table[max(at - WEEKS_BESIDE, 0) : at], table[at : at + WEEKS_BESIDE]))
    ]
    if jumps:
        _, moved, at = max(jumps)
        yield _told(source, moved, _monday(int(weeks.min()) + at))


def _monday(week: int) -> datetime:
    return np.datetime64(week * 7 - _DAYS_FROM_MONDAY, "D").astype(datetime)


def _told(source: str, hours: int, since: datetime) -> Finding:
    return Finding(
        code="T03",
        severity="warn",
        sentence=f"source {source}: from the week of {since:%Y-%m-%d} on everything happens "
        f"{abs(hours)} h {'later' if hours > 0 else 'earlier'}, as where a clock was changed",
        measured=float(hours),
        needed=0.0,
        mends=(
            "export the times with their offset, such as 2026-03-01T10:00:00+07:00",
            "declare a `time_zone` that knows daylight saving, such as Europe/Berlin",
            "split the source in two at that week, each with its own `time_zone`",
        ),
    )


def _moved(before: Counts, after: Counts) -> tuple[float, int] | None:
    """How much better the days agree moved by how many hours; None if not clearly so."""
    first, second = before.sum(axis=0), after.sum(axis=0)
    if min(first.sum(), second.sum()) < EVENTS_LEAST:
        return None
    noise = np.sqrt(24 * 2 / np.pi * (1 / first.sum() + 1 / second.sum()))
    one, other = first / first.sum(), second / second.sum()
    apart = {hours: float(np.abs(np.roll(one, hours) - other).sum()) for hours in range(-11, 13)}
    hours = min(apart, key=lambda moved: (apart[moved], abs(moved)))
    if hours and apart[0] > NOISES * noise and apart[hours] < apart[0] / 2:
        return apart[0] - apart[hours], hours
    return None
