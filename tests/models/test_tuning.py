"""The search: nothing of the measured origins, the same however often it is broken off."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import panel

from features.errors import ModelRefused
from models.learning.boosting import BoostingParams
from models.learning.space import SPACE, free, params_at, place_of
from models.learning.tuning import Search, Tried, suggest, tune
from models.logit import expit
from models.rows.panel import Panel

pytestmark = pytest.mark.slow

PRESET = BoostingParams()
ROWS = panel(cutoffs=11, customers=120)


@dataclass(frozen=True)
class Shrunken:
    """The true law shrunken by the learning rate: quick, and best at `best`, known exactly."""

    params: BoostingParams
    best: float = 0.02
    name: str = "churn"

    def fit(self, train: Panel) -> "Shrunken":
        assert len(train.rows)
        return self

    def probabilities(self, frame):
        x = np.nan_to_num(frame[["days_silent", "orders"]].to_numpy())
        off = abs(np.log(self.params.learning_rate / self.best))
        return expit(-1.5 + (1.2 * x[:, 0] - 0.8 * x[:, 1]) * np.exp(-off))


SEARCH = Search(panel=ROWS, learner=Shrunken, preset=PRESET, space=SPACE, measured=3)


def relabelled(whole: Panel, chosen) -> Panel:
    rows = whole.rows.assign(label=np.where(chosen, 1 - whole.rows["label"], whole.rows["label"]))
    return replace(whole, rows=rows)


def test_no_label_of_the_measured_origins_is_looked_at():
    first = ROWS.cutoffs[-3]
    turned = relabelled(ROWS, ROWS.rows["matured_at"] > first)
    told = tune(replace(SEARCH, panel=turned), trials=6)
    assert told == tune(SEARCH, trials=6)
    earlier = relabelled(ROWS, ROWS.rows["matured_at"] <= first)
    assert tune(replace(SEARCH, panel=earlier), trials=6) != told


def test_every_origin_had_matured_and_learns_from_what_had():
    first = ROWS.cutoffs[-3]
    for train, test in SEARCH.origins():
        assert test.rows["matured_at"].max() <= first
        assert train.rows["matured_at"].max() <= test.cutoffs[0]


@settings(max_examples=8)
@given(stops=st.lists(st.integers(1, 6), max_size=2))
def test_a_search_that_is_broken_off_goes_on_as_if_it_had_not(stops):
    at_once: list[Tried] = []
    whole = tune(SEARCH, trials=6, keep=lambda tried: at_once.__setitem__(slice(None), tried))
    kept: list[Tried] = []
    for stop in [*sorted(stops), 6]:
        done = tune(
            SEARCH,
            trials=stop,
            history=tuple(kept),
            keep=lambda tried: kept.__setitem__(slice(None), tried),
        )
    assert kept == at_once
    assert done == whole


def test_what_is_better_is_found_and_adopted():
    told = tune(SEARCH, trials=25)
    assert told.adopted
    assert abs(np.log(told.params.learning_rate / 0.02)) < abs(np.log(0.05 / 0.02))
    assert told.log_loss < told.preset_log_loss
    assert told.change.high < 0
    assert told.params.seeds == PRESET.seeds


def test_the_preset_stays_where_nothing_is_better():
    best = replace(SEARCH, learner=lambda params: Shrunken(params, PRESET.learning_rate))
    told = tune(best, trials=8)
    assert (told.params, told.adopted) == (PRESET, False)
    assert told.log_loss == told.preset_log_loss
    assert "none of 8 trials" in told.why


@dataclass(frozen=True)
class Lucky(Shrunken):
    """Says nothing but noise, another one for each number of leaves."""

    def probabilities(self, frame):
        noise = np.random.default_rng(self.params.leaves).normal(0, 0.02, len(frame))
        return expit(-1.0 + noise)


def test_the_luckiest_of_many_is_not_adopted():
    space = tuple(one for one in SPACE if one.name == "leaves")
    told = [
        tune(replace(SEARCH, learner=Lucky, space=space, seed=seed), trials=10)
        for seed in range(0, 80, 20)
    ]
    assert not any(one.adopted for one in told)
    assert any("not surely lower" in one.why for one in told)
    assert all(one.change.low < 0 < one.change.high for one in told if "surely" in one.why)


def test_hopeless_trials_end_after_the_first_origin():
    kept: list[Tried] = []
    tune(SEARCH, trials=12, keep=lambda tried: kept.__setitem__(slice(None), tried))
    given_up = [one for one in kept if one.hopeless]
    assert given_up
    assert all(len(one.losses) == 1 for one in given_up)
    assert all(len(one.losses) == 3 for one in kept if not one.hopeless)
    assert not kept[0].hopeless
    assert kept[0].place == place_of(PRESET, SPACE)


def test_what_the_workspace_fixes_is_not_searched():
    fixed = ["learning_rate", "leaves"]
    space = free(fixed, categories=False)
    kept: list[Tried] = []
    preset = replace(PRESET, leaves=128)
    search = replace(SEARCH, space=space, preset=preset)
    tune(search, trials=4, keep=lambda tried: kept.__setitem__(slice(None), tried))
    assert not any(name in one.place for one in kept for name in [*fixed, "cat_l2"])
    assert tune(replace(search, space=()), trials=4).params == preset


def test_a_history_too_short_to_tune_on_is_refused():
    short = panel(cutoffs=5, customers=50)
    with pytest.raises(ModelRefused, match="nothing can be tuned"):
        tune(replace(SEARCH, panel=short), trials=2)


@given(seed=st.integers(0, 50))
def test_every_place_is_within_bounds_and_makes_parameters(seed):
    history = [Tried(place=place_of(PRESET, SPACE), losses=(0.3,))]
    place = suggest(history, SPACE, seed)
    assert place == suggest(history, SPACE, seed)
    assert all(one.low <= place[one.name] <= one.high for one in SPACE)
    params = params_at(place, PRESET)
    assert isinstance(params.leaves, int)
    assert isinstance(params.extra_trees, bool)
    assert params_at(place_of(PRESET, SPACE), PRESET) == PRESET
