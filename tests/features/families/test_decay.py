"""The features of decay against sums of powers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from slowly import Events, assert_agrees
from wholes import PARAMS, VOCABULARY, wholes
from worlds import frame

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.families.decay import decay
from features.known.told import Told

FEATURES = tuple(decay(PARAMS, VOCABULARY))
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)
WEB = Vocabulary(pairs=(("web", "visit"),), steps_with_value=("visit",))
WEEKLY = FeatureParams(half_lives_days=(7,))


class Slow(Events):
    def weight(self, row, half_life_days):
        """By the hours that the clock struck since."""
        now, then = (
            at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            for at in (self.cutoff, row["occurred_at"])
        )
        return 0.5 ** ((now - then) / timedelta(days=half_life_days))

    def events_decayed(self, where, half_life_days):
        return sum(self.weight(row, half_life_days) for row in self.of(where))

    def value_decayed(self, where, half_life_days):
        weighed = [(row["value"] or 0) * self.weight(row, half_life_days) for row in self.of(where)]
        return sum(weighed) / 10_000


@given(world=wholes())
def test_decays_agree_with_the_slow_way(world):
    counts = [feature for feature in FEATURES if feature.unit == "events"]
    assert_agrees(world, counts, Slow, 1e-8)


@given(world=wholes())
def test_decayed_money_agrees_to_a_hundredth(world):
    sums = [feature for feature in FEATURES if feature.unit == "currency"]
    assert_agrees(world, sums, Slow, 1e-2)


def visits(*days_ago: float, money: int | None = None) -> Told:
    """One customer's visits, each of some money."""
    return Told(
        events=frame(
            [
                {
                    "customer_id": "ani",
                    "occurred_at": NIGHT - timedelta(days=days),
                    "known_at": NIGHT - timedelta(days=days),
                    "channel": "web",
                    "step": "visit",
                    "value": money,
                    "source": "log",
                }
                for days in days_ago
            ]
        )
    )


def row(told: Told) -> dict:
    features = tuple(decay(WEEKLY, WEB))
    return build(told, None, [NIGHT], features, ZoneInfo("UTC")).row(0, named=True)


@pytest.mark.parametrize(("days", "weight"), [(7, 0.5), (14, 0.25), (70, 2**-10)])
def test_an_event_halves_with_every_half_life(days, weight):
    seen = row(visits(days, money=80_000))
    assert seen["events_decayed_7d"] == pytest.approx(weight, rel=1e-8)
    assert seen["value_decayed_7d"] == pytest.approx(8 * weight, abs=1e-4)


def test_events_add_up():
    assert row(visits(7, 7, 14))["events_decayed_7d"] == pytest.approx(1.25, rel=1e-8)


def test_what_is_older_than_all_blocks_is_forgotten():
    assert row(visits(7 * 43))["events_decayed_7d"] > 0
    assert row(visits(7 * 49))["events_decayed_7d"] == 0


def test_a_debt_fades_like_money():
    assert row(visits(7, money=-80_000))["value_decayed_7d"] == pytest.approx(-4, abs=1e-4)
