"""The features of trend against lines drawn through weekly counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import linear_regression
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from slowly import Events, assert_agrees, money
from wholes import PARAMS, VOCABULARY, wholes
from worlds import frame

from features.build import build
from features.catalog import Vocabulary
from features.families.trend import trend
from features.known.told import Told

WIDE = replace(PARAMS, windows_days=(28, 7, 84, 14))
FEATURES = tuple(trend(WIDE, VOCABULARY))
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)


class Slow(Events):
    def weekly(self, where, weeks):
        """Events of each week, the oldest first."""
        return [
            len(self.of(where, 7 * week, 7 * (week - 1))) for week in reversed(range(1, weeks + 1))
        ]

    def weekly_slope(self, where, weeks):
        return linear_regression(range(weeks), self.weekly(where, weeks)).slope

    def empty_weeks(self, where, weeks):
        return self.weekly(where, weeks).count(0)

    def events_ratio(self, where, recent_days, usual_days):
        recent, usual = len(self.of(where, recent_days)), len(self.of(where, usual_days))
        return (recent / recent_days) / (usual / usual_days) if usual else None

    def value_ratio(self, where, recent_days, usual_days):
        recent, usual = money(self.of(where, recent_days)), money(self.of(where, usual_days))
        return (recent / recent_days) / (usual / usual_days) if usual > 0 else None

    def events_change(self, where, recent_days):
        before = self.of(where, 2 * recent_days, recent_days)
        return len(self.of(where, recent_days)) - len(before)

    def value_change(self, where, recent_days):
        before = self.of(where, 2 * recent_days, recent_days)
        return money(self.of(where, recent_days)) - money(before)


@given(world=wholes())
def test_trends_agree_with_the_slow_way(world):
    assert_agrees(world, FEATURES, Slow, 1e-9)


def visits(*days_ago: float) -> Told:
    """One customer's visits."""
    return Told(
        events=frame(
            [
                {
                    "customer_id": "ani",
                    "occurred_at": NIGHT - timedelta(days=days),
                    "known_at": NIGHT - timedelta(days=days),
                    "channel": "web",
                    "step": "visit",
                    "source": "log",
                }
                for days in days_ago
            ]
        )
    )


def row(told: Told) -> dict:
    words = Vocabulary(pairs=(("web", "visit"),))
    return build(told, None, [NIGHT], tuple(trend(WIDE, words)), ZoneInfo("UTC")).row(0, named=True)


def test_the_same_every_week_has_no_slope():
    steady = row(visits(*(7 * week + 1 for week in range(12))))
    assert steady["weekly_slope_12w"] == 0
    assert steady["empty_weeks_12w"] == 0
    assert steady["events_ratio_28d_84d"] == 1
    assert steady["events_change_28d"] == 0


def test_one_more_each_week_is_a_slope_of_one():
    ever_more = row(visits(*(7 * week + 1 for week in range(12) for _ in range(12 - week))))
    assert ever_more["weekly_slope_12w"] == 1
    assert ever_more["events_change_14d"] == (12 + 11) - (10 + 9)


def test_who_came_once_has_empty_weeks_before_too():
    newcomer = row(visits(3))
    assert newcomer["empty_weeks_12w"] == 11
    assert newcomer["events_ratio_28d_84d"] == pytest.approx(3)


def test_who_was_last_there_before_all_windows_has_no_ratio():
    gone = row(visits(90))
    assert gone["events_ratio_28d_84d"] is None
    assert gone["empty_weeks_12w"] == 12
