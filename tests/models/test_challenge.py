"""Champion and challenger on the same rows: what is settled at once, and what is measured."""

from dataclasses import replace
from functools import cache

import buyers
import numpy as np
import pandas as pd
import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, buying

from features.errors import ModelRefused
from features.known.told import Told
from models.answers.logistic import Regression
from models.judging.challenge import CHALLENGER, CHAMPION
from models.judging.evaluation import backtest
from models.judging.promotion import Candidate, judged
from models.learned.challenged import challenged
from models.learned.churn import churn_trial
from models.learned.prepared import Prepared
from models.learning.training import prepare
from models.rows.panel import PanelParams

pytestmark = pytest.mark.slow

SMALL = replace(
    PARAMS,
    panel=PanelParams(every_days=14, history_days=60, origins=2),
    boosting=replace(PARAMS.boosting, rounds=20, seeds=1),
)
WEAK = replace(SMALL, boosting=replace(SMALL.boosting, rounds=1))


@cache
def prepared(watermark=WATERMARK, **changed) -> Prepared:
    params = replace(SMALL, **changed)
    parts = [Told(events=buying())]
    return prepare(parts, VOCABULARY, params, watermark=watermark, zone=ZONE)


def by_trees(found):
    """Trees answer, however few the buyers are."""
    return churn_trial(found, threads=1, prove=False, progress=lambda _: None)


@cache
def trial(watermark=WATERMARK, **changed):
    return by_trees(prepared(watermark, **changed))


def settled(challenge):
    return (challenge.foregone.passes, challenge.foregone.why)


def earlier(days):
    return trial(buyers.day(buyers.DAYS - days)).model


def test_a_model_does_not_challenge_itself():
    challenge = challenged(trial().model, trial(), prepared())
    assert settled(challenge) == (False, "it is the champion itself, to the byte")
    assert challenge.table().empty


def test_the_recipe_on_newer_data_is_a_refit_and_on_older_data_is_not():
    through = trial().model.trained_through
    challenge = challenged(earlier(14), trial(), prepared())
    passes, why = settled(challenge)
    assert passes
    assert why.startswith(f"a refit of the champion's recipe, through {through}")
    older = replace(trial(), model=earlier(14))
    passes, why = settled(challenged(trial().model, older, prepared()))
    assert not passes
    assert "on older data" in why


def test_another_question_is_not_compared():
    other = replace(trial().model, target=replace(SMALL.target, horizon_days=30))
    challenge = challenged(other, trial(), prepared())
    assert challenge.other_question == "horizon_days 30, now 14"
    assert challenge.measured is None


def test_a_champion_that_does_not_tell_its_recipe_stays():
    silent = replace(trial().model, recipe={})
    passes, why = settled(challenged(silent, trial(), prepared()))
    assert not passes
    assert "does not tell its recipe" in why


@pytest.mark.parametrize(
    ("champion", "challenger", "passes"),
    [("rules", "standard", True), ("standard", "rules", False), ("rules", "rules", True)],
)
def test_rules_are_never_measured(champion, challenger, passes):
    model = trial().model
    before, now = replace(model, tier=champion, rounds=0), replace(model, tier=challenger)
    found = challenged(before, replace(trial(), model=now), prepared())
    assert found.foregone.passes is passes
    assert "rules" in found.foregone.why


def test_a_recipe_is_learned_again_as_it_was_at_the_same_origins():
    """A champion of other settings: its out-of-time numbers are those of its own trial."""
    weak = trial(boosting=WEAK.boosting)
    measured = challenged(weak.model, trial(), prepared()).measured
    theirs = measured.metrics.query(f"predictor == '{CHAMPION}'")
    own = weak.metrics.query("predictor == 'churn'")
    np.testing.assert_array_equal(theirs["value"], own["value"])
    mine = measured.metrics.query(f"predictor == '{CHALLENGER}'")
    np.testing.assert_array_equal(
        mine["value"], trial().metrics.query("predictor == 'churn'")["value"]
    )


def test_a_weak_champion_is_displaced_and_does_not_come_back():
    weak = trial(boosting=WEAK.boosting)
    for champion, one, at, better in (
        (weak.model, trial(), prepared(), True),
        (trial().model, weak, prepared(boosting=WEAK.boosting), False),
    ):
        challenge = challenged(champion, one, at)
        verdict = judged(
            Candidate(
                comparison=one.tested.comparison, grade="B", tier="standard", challenge=challenge
            )
        )
        assert ("M03" not in [check.code for check in verdict.failed]) is better


def named(learner):
    """A champion that something else than trees has learned."""
    return replace(trial().model, recipe={**trial().model.recipe, "learner": learner})


def test_a_regression_is_learned_again_by_its_name():
    measured = challenged(named("logistic"), trial(), prepared()).measured
    theirs = measured.metrics.query(f"predictor == '{CHAMPION}'")
    regression = Regression(name="logistic", without=prepared().known.categories)
    own = backtest(prepared().panel, [regression], SMALL.panel.origins).comparison.metrics
    np.testing.assert_array_equal(theirs["value"], own["value"])


def test_a_champion_that_nobody_can_learn_again_may_be_followed():
    passes, why = settled(challenged(named("dowsing"), trial(), prepared()))
    assert passes
    assert "dowsing cannot be learned" in why


def test_features_that_the_challenger_has_not_are_built_for_the_champion():
    """Other windows: the champion's panel is another, its rows are the same."""
    other = replace(SMALL.features, windows_days=(10, 20))
    parts = [Told(events=buying())]
    params = replace(SMALL, features=other)
    old = by_trees(prepare(parts, VOCABULARY, params, watermark=WATERMARK, zone=ZONE))
    measured = challenged(old.model, trial(), prepared()).measured
    theirs = measured.metrics.query(f"predictor == '{CHAMPION}'")
    own = old.metrics.query("predictor == 'churn'")
    np.testing.assert_array_equal(theirs["value"], own["value"])


def test_a_champion_whose_features_are_gone_may_be_followed():
    gone = replace(trial().model, features={**trial().model.features, "gone": "0" * 16})
    passes, why = settled(challenged(gone, trial(), prepared()))
    assert passes
    assert "missing: gone" in why
    with pytest.raises(ModelRefused, match="missing: gone"):
        gone.needed()


@pytest.mark.slow
def test_the_champion_as_it_stands_is_measured_only_where_it_has_seen_nothing():
    old = replace(earlier(60), recipe={**earlier(60).recipe, "boosting": {"leaves": 3}})
    challenge = challenged(old, trial(), prepared())
    rows = prepared().panel.rows
    seen_until = pd.Timestamp(old.trained_through, tz="UTC") + pd.Timedelta(days=16)
    origins = set(challenge.as_it_stands.metrics["origin"]) - {"pooled"}
    assert origins
    assert all(pd.Timestamp(origin, tz="UTC") >= seen_until for origin in origins)
    (last,) = sorted(origins)[-1:]
    tonight = rows.loc[rows["cutoff"].dt.strftime("%Y-%m-%d") == last]
    table = challenge.as_it_stands.metrics.query(
        f"predictor == '{CHAMPION}' and metric == 'observed_over_expected' and origin == '{last}'"
    )
    expected = tonight["label"].sum() / old.probabilities(tonight).sum()
    np.testing.assert_allclose(table["value"], expected, rtol=1e-9)
    young = replace(old, trained_through=trial().model.trained_through)
    assert challenged(young, trial(), prepared()).as_it_stands is None


def test_the_comparison_as_a_table():
    weak = trial(boosting=WEAK.boosting)
    table = challenged(weak.model, trial(), prepared()).table()
    pooled = table.query("origin == 'pooled' and metric == 'log_loss'").iloc[0]
    assert pooled["difference"] == pytest.approx(pooled["challenger"] - pooled["champion"])
    assert pooled["low"] <= pooled["difference"] <= pooled["high"]
