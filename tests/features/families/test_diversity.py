"""The features of diversity against counts and logarithms."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from slowly import Events, assert_agrees
from wholes import PARAMS, VOCABULARY, wholes
from worlds import frame

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.families.diversity import diversity
from features.known.past import EVERYTHING
from features.known.told import Told

FEATURES = tuple(diversity(PARAMS, VOCABULARY))
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)  # a Monday
WORDS = Vocabulary(pairs=(("web", "visit"), ("store", "order")))
MONTH = FeatureParams(windows_days=(28,))


class Slow(Events):
    def clock(self, by, days):
        """The hour or weekday of each event in the window."""
        local = [row["occurred_at"].astimezone(self.zone) for row in self.of(EVERYTHING, days)]
        return [at.hour if by == "hour" else at.weekday() for at in local]

    def kinds(self, kinds, days):
        """The kind of each event in the window."""
        if kinds.by in ("hour", "weekday"):
            return self.clock(kinds.by, days)
        words = [row[kinds.by] for row in self.of(EVERYTHING, days)]
        return [word if word in kinds.words else None for word in words]

    def entropy(self, kinds, days):
        found = self.kinds(kinds, days)
        shares = [count / len(found) for count in Counter(found).values()]
        return sum(share * math.log2(1 / share) for share in shares) if found else None

    def top_share(self, kinds, days):
        found = self.kinds(kinds, days)
        return Counter(found).most_common(1)[0][1] / len(found) if found else None

    def share_of_events(self, where, days):
        found = self.of(EVERYTHING, days)
        return len(self.of(where, days)) / len(found) if found else None

    def share_of_span(self, by, span, days):
        found = self.clock(by, days)
        return sum(span[0] <= kind < span[1] for kind in found) / len(found) if found else None


@given(world=wholes())
def test_diversity_agrees_with_the_slow_way(world):
    assert_agrees(world, FEATURES, Slow, 1e-8)


def touches(*touches: tuple[float, str, str]) -> dict:
    """The row of one customer with these touches: days ago, channel, step."""
    events = [
        {
            "customer_id": "ani",
            "occurred_at": (at := NIGHT - timedelta(days=days)),
            "known_at": at,
            "channel": channel,
            "step": step,
            "source": "log",
        }
        for days, channel, step in touches
    ]
    told, features = Told(events=frame(events)), tuple(diversity(MONTH, WORDS))
    return build(told, None, [NIGHT], features, ZoneInfo("UTC")).row(0, named=True)


def test_alike_is_exactly_nothing_and_half_by_half_is_one_bit():
    seen = touches((1, "web", "visit"), (1.5, "web", "visit"), (8, "web", "order"))
    assert seen["channel_entropy_28d"] == 0
    assert seen["weekday_entropy_28d"] == pytest.approx(math.log2(3) - 2 / 3)
    both = touches((1, "web", "visit"), (2, "store", "order"))
    assert both["channel_entropy_28d"] == 1
    assert both["channel_top_share_28d"] == 0.5


def test_shares_by_the_clock():
    # Sunday at midnight, Saturday at noon, Friday at six in the evening
    seen = touches((1, "web", "visit"), (1.5, "web", "visit"), (2.25, "web", "visit"))
    assert seen["weekend_share_28d"] == pytest.approx(2 / 3)
    assert seen["night_share_28d"] == pytest.approx(1 / 3)
    assert seen["afternoon_share_28d"] == pytest.approx(1 / 3)
    assert seen["evening_share_28d"] == pytest.approx(1 / 3)


def test_a_channel_that_nobody_had_seen_is_one_more_kind():
    seen = touches((1, "fax", "visit"), (2, "pigeon", "visit"), (3, "web", "visit"))
    assert seen["channel_top_share_28d"] == pytest.approx(2 / 3)


def test_nothing_in_the_window_has_no_share_and_no_entropy():
    seen = touches((30, "web", "visit"))
    assert set(seen.values()) - {"ani", NIGHT} == {None}
