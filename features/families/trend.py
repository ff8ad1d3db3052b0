"""Trend: whether there is more or less of late than before."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats, ratio
from features.known.past import EVERYTHING, Past, Where
from features.known.trace import Ints
from features.measures import SCALE

WEEKS = 12
"""Weeks of seven days before the cutoff over which a slope is taken."""

TIMES = 3
"""A window is set against the next one that is at least so many times as long."""


def events_ratio(past: Past, where: Where, recent_days: int, usual_days: int) -> Floats:
    """Events a day of late, divided by those a day over longer."""
    recent, usual = past.count(where, recent_days), past.count(where, usual_days)
    return ratio(recent * usual_days, usual * recent_days)


def value_ratio(past: Past, where: Where, recent_days: int, usual_days: int) -> Floats:
    """Money a day of late, divided by that a day over longer."""
    recent, usual = (past.total("value", where, days) for days in (recent_days, usual_days))
    return ratio(recent, usual) * (usual_days / recent_days)


def events_change(past: Past, where: Where, recent_days: int) -> Ints:
    """Events of late, less those in as many days before."""
    return 2 * past.count(where, recent_days) - past.count(where, 2 * recent_days)


def value_change(past: Past, where: Where, recent_days: int) -> Floats:
    """Money of late, less that in as many days before."""
    recent = past.total("value", where, recent_days)
    return (2 * recent - past.total("value", where, 2 * recent_days)) / SCALE


def weekly_slope(past: Past, where: Where, weeks: int) -> Floats:
    """Slope of a least-squares line through the events of each week, in events a week.

    With n(i) events in the last i weeks, of w, the numerator is the sum of 2 n(i) for i < w less
    (w - 1) n(w), which is whole; the denominator is w (w - 1) (w + 1) / 6.
    """
    nested = sum(past.count(where, 7 * week) for week in range(1, weeks))
    numerator = 2 * nested - (weeks - 1) * past.count(where, 7 * weeks)
    return numerator * 6 / (weeks * (weeks - 1) * (weeks + 1))


def empty_weeks(past: Past, where: Where, weeks: int) -> Ints:
    """Weeks without an event."""
    before, empty = np.zeros((2, *past.shape), dtype=np.int64)
    for week in range(1, weeks + 1):
        count = past.count(where, 7 * week)
        empty += count == before
        before = count
    return empty


def trend(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Ratios, changes, slope and empty weeks, over all events, in each channel, of purchases.

    Money over all events alone.
    """
    windows = sorted(params.windows_days)
    slices = [
        EVERYTHING,
        *(Where(channel=channel) for channel in vocabulary.channels),
        *(Where(step=step) for step in params.steps_of("purchase", vocabulary)),
    ]
    for where in slices:
        money = where == EVERYTHING and bool(vocabulary.steps_with_value)
        for recent in windows:
            usual = next((days for days in windows if days >= TIMES * recent), None)
            if usual:
                yield from _ratios(where, (recent, usual), money=money)
            if 2 * recent <= windows[-1]:
                yield from _changes(where, recent, money=money)
        yield from _weekly(where)


def _ratios(where: Where, spans: tuple[int, int], *, money: bool) -> Iterator[Feature]:
    events, (recent, usual) = phrase(where, "events"), spans
    common: dict[str, Any] = {
        "family": "trend",
        "unit": "ratio",
        "arguments": {"where": where, "recent_days": recent, "usual_days": usual},
    }
    yield Feature(
        name=f"events_ratio{slug(where)}_{recent}d_{usual}d",
        meaning=f"{events} a day in the last {recent} days / in the last {usual}; empty if none",
        function=events_ratio,
        needs=reads(where, recent, usual),
        **common,
    )
    if money:
        yield Feature(
            name=f"value_ratio_{recent}d_{usual}d",
            meaning=f"money a day in the last {recent} days / in the last {usual}; "
            "empty if there was none, or less than none",
            function=value_ratio,
            needs=reads(where, recent, usual, measures=["value"]),
            **common,
        )


def _changes(where: Where, recent: int, *, money: bool) -> Iterator[Feature]:
    common: dict[str, Any] = {
        "family": "trend",
        "arguments": {"where": where, "recent_days": recent},
    }
    yield Feature(
        name=f"events_change{slug(where)}_{recent}d",
        unit="events",
        meaning=f"{phrase(where, 'events')} in the last {recent} days less those in the "
        f"{recent} days before",
        function=events_change,
        needs=reads(where, recent, 2 * recent),
        whole=True,
        **common,
    )
    if money:
        yield Feature(
            name=f"value_change_{recent}d",
            unit="currency",
            meaning=f"money in the last {recent} days less that in the {recent} days before",
            function=value_change,
            needs=reads(where, recent, 2 * recent, measures=["value"]),
            **common,
        )


def _weekly(where: Where) -> Iterator[Feature]:
    events = phrase(where, "events")
    common: dict[str, Any] = {
        "family": "trend",
        "arguments": {"where": where, "weeks": WEEKS},
        "needs": reads(where, *(7 * week for week in range(1, WEEKS + 1))),
    }
    yield Feature(
        name=f"weekly_slope{slug(where)}_{WEEKS}w",
        unit="events per week, each week",
        meaning=f"slope of the weekly number of {events} over the last {WEEKS} weeks, those "
        "before the first event included",
        function=weekly_slope,
        **common,
    )
    yield Feature(
        name=f"empty_weeks{slug(where)}_{WEEKS}w",
        unit="weeks",
        meaning=f"weeks without {events} among the last {WEEKS}, those before the first included",
        function=empty_weeks,
        sign=1 if where == EVERYTHING else 0,
        whole=True,
        **common,
    )
