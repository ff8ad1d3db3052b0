"""Every feature against a slow, obvious implementation in plain Python."""

import math
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from slowly import assert_says
from worlds import PAIRS, ZONES, border_world, cutoffs_in, visible, worlds

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.families import catalog
from features.known.told import Told

DAY = timedelta(days=1)
FEATURES = catalog(
    FeatureParams(families=("recency", "tenure", "frequency", "monetary", "rhythm")),
    Vocabulary(pairs=PAIRS, steps_with_value=("visit", "email_click")),
).features


class Slow:
    """One customer at one cutoff; `rows` are what was known then."""

    def __init__(self, rows: list[dict], cutoff, zone: ZoneInfo) -> None:
        self.rows = sorted(rows, key=lambda row: row["occurred_at"])
        self.cutoff = cutoff
        self.zone = zone

    def of(self, where, days=None) -> list[dict]:
        since = self.cutoff - timedelta(days=days) if days else None
        return [
            row
            for row in self.rows
            if where.channel in (None, row["channel"])
            and where.step in (None, row["step"])
            and (since is None or row["occurred_at"] >= since)
        ]

    def first_of_each_day(self, where) -> dict:
        firsts = {}
        for row in self.of(where):
            day = row["occurred_at"].astimezone(self.zone).date()
            firsts.setdefault(day, row["occurred_at"])
        return firsts

    def gaps(self, where) -> list[int]:
        days = sorted(self.first_of_each_day(where))
        return [(later - day).days for day, later in pairwise(days)]

    def days_since_last(self, where):
        rows = self.of(where)
        return (self.cutoff - rows[-1]["occurred_at"]) / DAY if rows else None

    def days_since_first(self, where):
        rows = self.of(where)
        return (self.cutoff - rows[0]["occurred_at"]) / DAY if rows else None

    def events_in_window(self, where, days):
        return len(self.of(where, days))

    def active_days_in_window(self, where, days):
        since = self.cutoff - timedelta(days=days)
        return sum(first >= since for first in self.first_of_each_day(where).values())

    def value_in_window(self, where, days):
        return sum(row["value"] or 0 for row in self.of(where, days)) / 10_000

    def value_per_event(self, where, days):
        rows = self.of(where, days)
        return sum(row["value"] or 0 for row in rows) / (10_000 * len(rows)) if rows else None

    def gap_mean(self, where):
        gaps = self.gaps(where)
        return sum(gaps) / len(gaps) if gaps else None

    def gap_spread(self, where):
        gaps = self.gaps(where)
        if len(gaps) < 2:
            return None
        mean = Fraction(sum(gaps), len(gaps))
        return math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1))

    def gap_quantile(self, where, tenths):
        gaps = sorted(self.gaps(where))
        if not gaps:
            return None
        rank = Fraction(tenths, 10) * (len(gaps) - 1)
        low = gaps[math.floor(rank)]
        return float(low + (gaps[math.ceil(rank)] - low) * (rank - math.floor(rank)))

    def gap_last(self, where, nth):
        gaps = self.gaps(where)
        return gaps[-nth] if len(gaps) >= nth else None

    def gap_longest(self, where):
        return max(self.gaps(where), default=None)

    def overdue_ratio(self, where):
        mean = self.gap_mean(where)
        return self.days_since_last(where) / mean if mean else None

    def overdue_ratio_p90(self, where):
        p90 = self.gap_quantile(where, 9)
        return self.days_since_last(where) / p90 if p90 else None

    def overdue_z(self, where):
        spread = self.gap_spread(where)
        return (self.days_since_last(where) - self.gap_mean(where)) / spread if spread else None


def assert_agrees(events: pl.DataFrame, zone: ZoneInfo) -> None:
    customers = pl.Series("customer_id", ["a", "b", "nobody"])
    panel = build(Told(events=events), customers, cutoffs_in(zone), FEATURES, zone)
    for row in panel.iter_rows(named=True):
        known = visible(events, row["cutoff"]).filter(pl.col("customer_id") == row["customer_id"])
        assert_says(row, FEATURES, Slow(known.to_dicts(), row["cutoff"], zone))


@given(world=worlds())
def test_every_feature_agrees_with_the_slow_way(world):
    assert_agrees(*world)


@pytest.mark.parametrize("name", ZONES)
def test_every_feature_agrees_on_every_border(name):
    assert_agrees(border_world(ZoneInfo(name)), ZoneInfo(name))


@pytest.mark.parametrize("name", ZONES)
def test_events_that_carry_only_a_date_agree(name):
    dates = border_world(ZoneInfo(name)).with_columns(
        pl.col("occurred_at", "known_at", "superseded_at").dt.truncate("1d")
    )
    assert_agrees(dates, ZoneInfo(name))
