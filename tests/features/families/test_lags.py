"""The features of lags against a slow, obvious count."""

from itertools import pairwise

from hypothesis import given
from slowly import Events, assert_agrees, money
from wholes import PARAMS, VOCABULARY, wholes

from features.catalog import FeatureParams, Vocabulary
from features.families import catalog
from features.families.lags import lags
from features.known.past import EVERYTHING

FEATURES = tuple(lags(PARAMS, VOCABULARY))


class Slow(Events):
    def events_between(self, where, until_days, since_days):
        return len(self.of(where, since_days, until_days))

    def active_days_between(self, where, until_days, since_days):
        counted = {row["occurred_at"] for row in self.of(where, since_days, until_days)}
        return sum(first in counted for first in self.first_of_each_day(where).values())

    def value_between(self, where, until_days, since_days):
        return money(self.of(where, since_days, until_days))


@given(world=wholes())
def test_lags_agree_with_the_slow_way(world):
    assert_agrees(world, FEATURES, Slow)


def test_spans_lie_side_by_side_whatever_the_order_of_windows():
    params = FeatureParams(windows_days=(28, 7, 14), families=("lags",))
    names = {f.name for f in catalog(params, VOCABULARY).features if f.name.startswith("events_")}
    assert {name for name in names if "channel" not in name} == {
        "events_7d_to_14d",
        "events_14d_to_28d",
    }


def test_spans_and_the_shortest_window_make_up_the_longest():
    spans = [f.arguments for f in FEATURES if f.name.startswith("events_")]
    borders = [(a["until_days"], a["since_days"]) for a in spans if a["where"] == EVERYTHING]
    assert borders == list(pairwise(sorted(PARAMS.windows_days)))


def test_there_is_no_money_where_no_step_carries_any():
    bare = lags(PARAMS, Vocabulary(pairs=(("web", "visit"),)))
    assert not [feature.name for feature in bare if feature.unit == "currency"]
