"""Families of features beside a slow, obvious way: of one customer at one cutoff."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from wholes import EVENT_ATTRIBUTES, EVERYBODY, known
from worlds import cutoffs_in

from features.build import build
from features.catalog import Feature
from features.contracts import EVENTS
from features.known.told import Told

NIGHT = datetime(2026, 4, 6, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
SECOND = timedelta(seconds=1)


class Slow:
    """One customer at one cutoff; `events` are what was known then, in order.

    A subclass has a method of each function's name, which takes the feature's arguments.
    """

    def __init__(self, events: list[dict], cutoff: datetime) -> None:
        self.events = events
        self.cutoff = cutoff

    def recent(self, at: datetime, days: int) -> bool:
        """Whether something happened in the last days."""
        return at >= self.cutoff - timedelta(days=days)


def assert_agrees(
    told: Told, zone: ZoneInfo, features: Iterable[Feature], slow: Callable[..., Slow]
) -> None:
    """Each feature is what the slow way says, of everybody at each cutoff."""
    features = tuple(features)
    panel = build(told, EVERYBODY, cutoffs_in(zone), features, zone)
    for row in panel.iter_rows(named=True):
        one = slow(known(told, row["customer_id"], row["cutoff"])["events"], row["cutoff"])
        for feature in features:
            expected = getattr(one, feature.function.__name__)(**feature.arguments)
            assert alike(row[feature.name], expected), (feature.name, row[feature.name], expected)


def alike(got: float | None, expected: float | None) -> bool:
    """Whether both are missing, or the same number."""
    if got is None or expected is None:
        return got is expected
    return got == pytest.approx(expected, rel=1e-12, abs=1e-12)


def mean(numbers: list) -> float | None:
    """The mean; None of nothing."""
    return sum(numbers) / len(numbers) if numbers else None


def told_of(*events: tuple) -> Told:
    """Events of one customer: hours before the night, channel, step, and what else they tell.

    They stand in the order of their keys.
    """
    rows = [
        {
            "customer_id": "a",
            "occurred_at": NIGHT - timedelta(hours=hours),
            "known_at": NIGHT - timedelta(hours=hours),
            "channel": channel,
            "step": step,
            "source": "log",
            "source_key": f"{key:07}",
            **(more[0] if more else {}),
        }
        for key, (hours, channel, step, *more) in enumerate(events)
    ]
    schema = dict(EVENTS.schema) | dict.fromkeys(EVENT_ATTRIBUTES, pl.String)
    plain = [{name: row.get(name) for name in schema} for row in rows]
    return Told(events=pl.DataFrame(plain, schema=schema))


def tonight(told: Told, features: Iterable[Feature]) -> dict:
    """What is told of that customer at the night."""
    customers = pl.Series("customer_id", ["a"])
    return build(told, customers, [NIGHT], tuple(features), UTC_ZONE).row(0, named=True)


def million(one: Told) -> Told:
    """The only event a million times."""
    keys = pl.Series("source_key", range(1_000_000)).cast(pl.String)
    rows = one.events.drop("source_key")[[0] * 1_000_000]
    return Told(events=rows.with_columns(keys), ordered=True)
