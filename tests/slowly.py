"""Features against a slow, obvious implementation in plain Python."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from wholes import EVERYBODY, known
from worlds import cutoffs_in

from features.build import build
from features.catalog import Feature
from features.known.told import Told


class Events:
    """The events of one customer that were known at a cutoff."""

    def __init__(self, rows: list[dict], cutoff: datetime, zone: ZoneInfo) -> None:
        self.rows = rows
        self.cutoff = cutoff
        self.zone = zone

    def of(self, where, days=None, until_days=0) -> list[dict]:
        """Those that count, at most `days` and more than `until_days` before the cutoff."""
        until = self.cutoff - timedelta(days=until_days)
        since = None if days is None else self.cutoff - timedelta(days=days)
        return [
            row
            for row in self.rows
            if where.channel in (None, row["channel"])
            and where.step in (None, row["step"])
            and row["occurred_at"] < until
            and (since is None or row["occurred_at"] >= since)
        ]

    def first_of_each_day(self, where) -> dict:
        """The instant of the first event of each business day, by day."""
        firsts: dict = {}
        for row in self.of(where):
            day = row["occurred_at"].astimezone(self.zone).date()
            firsts[day] = min(firsts.get(day, row["occurred_at"]), row["occurred_at"])
        return firsts


def money(rows: list[dict]) -> float:
    """The money of some events, in the workspace's currency."""
    return sum(row["value"] or 0 for row in rows) / 10_000


def assert_agrees(
    world: tuple[Told, ZoneInfo],
    features: Iterable[Feature],
    slow: Callable[[list[dict], datetime, ZoneInfo], object],
    tolerance: float = 1e-12,
) -> None:
    """Each feature is what the method of its function's name says."""
    told, zone = world
    panel = build(told, EVERYBODY, cutoffs_in(zone), tuple(features), zone)
    for row in panel.iter_rows(named=True):
        rows = known(told, row["customer_id"], row["cutoff"])["events"]
        assert_says(row, features, slow(rows, row["cutoff"], zone), tolerance)


def assert_says(
    row: dict, features: Iterable[Feature], slow: object, tolerance: float = 1e-12
) -> None:
    """Each feature of one row is what the method of its function's name says."""
    for feature in features:
        expected = getattr(slow, feature.function.__name__)(**feature.arguments)
        got = row[feature.name]
        if expected is None or got is None:
            assert got is expected, feature.name
        else:
            assert got == pytest.approx(expected, rel=tolerance, abs=tolerance), feature.name
