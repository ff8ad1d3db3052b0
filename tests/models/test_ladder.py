"""Little data: which tier, what answers on it, and that it says why."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, buying
from hypothesis import given
from hypothesis import strategies as st
from panels import panel

from features.errors import ModelRefused
from features.known.told import Told
from models.answers.churn import ChurnModel
from models.answers.logistic import Regression
from models.answers.rules import BANDS, COLOURS, Rule, RulesModel
from models.judging.bootstrap import Comparison
from models.judging.evaluation import Backtest, backtest
from models.learned.few import by_purchases, few_trial
from models.learned.prepared import Prepared
from models.learning.boosting import Boosting, BoostingParams
from models.learning.ladder import Choice, as_chosen, choose, tier_of
from models.learning.training import prepare
from models.reasons.why import reasons
from models.rows.panel import PanelParams, scoring_panel
from models.trial import CHURN, Trial

BOOSTING = Boosting(BoostingParams(rounds=40, patience_rounds=5, rows_per_leaf=40, seeds=1))


FEW_FAMILIES = replace(
    PARAMS.features, families=("recency", "tenure", "frequency", "monetary", "rhythm")
)


def prepared(customers: int, seed: int = 1, every_days: int = 14) -> Prepared:
    told = [Told(events=buying(customers, seed))]
    spans = PanelParams(every_days=every_days, history_days=60)
    params = replace(PARAMS, boosting=BOOSTING.params, features=FEW_FAMILIES, panel=spans)
    return prepare(told, VOCABULARY, params, watermark=WATERMARK, zone=ZONE)


@cache
def trial(customers: int, seed: int = 1) -> Trial:
    said = few_trial(prepared(customers, seed), threads=1, prove=False, progress=lambda _: None)
    assert said is not None
    return said


def tonight(trial: Trial, customers: int) -> pd.DataFrame:
    parts, model = [Told(events=buying(customers, 1))], trial.model
    return scoring_panel(parts, [WATERMARK], model.needed(), model.target, zone=ZONE).rows


def compared(*rows: tuple[str, float, float, float]) -> Backtest:
    """A backtest of which only log losses are told: the trees' own, then differences from them."""
    (_, loss, *_), *others = rows
    names = ["origin", "metric", "value", "low", "high"]
    kept = [("pooled", "log_loss", loss, loss, loss)]
    kept += [("pooled", "log_loss", loss - margin, 0.0, 0.0) for _, margin, *_ in others]
    metrics = pd.DataFrame(kept, columns=names).assign(predictor=[name for name, *_ in rows])
    margins = [("pooled", "log_loss", *margin) for _, *margin in others]
    differences = pd.DataFrame(margins, columns=names).assign(baseline=[n for n, *_ in others])
    keys = pd.DataFrame({"cutoff": pd.to_datetime(["2026-01-01", "2026-02-01"])})
    order = ["predictor", *names], ["baseline", *names]
    return Backtest(keys, {}, Comparison(metrics[order[0]], differences[order[1]]))


def test_the_tier_is_a_matter_of_leavers_and_of_cutoffs():
    rarer = {
        customers: (told.events_rarer, tier_of(told, 5))
        for customers in (40, 250, 1600)
        if (told := panel(cutoffs=6, customers=customers))
    }
    assert [tier for _, tier in rarer.values()] == ["rules", "experimental", "standard"]
    assert rarer[40][0] < 100 < rarer[250][0] < 500 < rarer[1600][0]
    assert tier_of(panel(cutoffs=4, customers=2000), 5) == "experimental"
    assert tier_of(panel(cutoffs=2, customers=2000), 5) == "rules"


def test_the_best_of_the_others_answers_unless_trees_surely_beat_all_of_them():
    trees = ("churn", 0.30, 0, 0)
    surely, hardly = ("logistic", -0.02, -0.03, -0.01), ("bgnbd", -0.03, -0.07, 0.01)
    assert choose(compared(trees, surely), 200, "churn", ["logistic"]).learner == "churn"
    both = choose(compared(trees, surely, hardly), 200, "churn", ["logistic", "bgnbd"])
    assert both == Choice("logistic", "experimental", both.why)
    assert "200 rows" in both.why
    assert "0.3000 against 0.3200 of logistic" in both.why


@given(margins=st.lists(st.integers(-9, 9), min_size=1, max_size=4), sure=st.booleans())
def test_who_is_chosen_is_never_worse_than_another_simple_one(margins, sure):
    names = [f"simple{place}" for place in range(len(margins))]
    half = 0 if sure else 10
    told = compared(
        ("churn", 0.3, 0, 0),
        *((name, m, m - half, m + half) for name, m in zip(names, margins, strict=True)),
    )
    found = choose(told, 200, "churn", names).learner
    if found == "churn":
        assert sure
        assert max(margins) < 0
    else:
        assert margins[names.index(found)] == max(margins)
        assert not sure or max(margins) >= 0


def test_what_was_chosen_stands_first_and_must_beat_the_rules_alone():
    told = panel()
    learners = [BOOSTING, Regression(name="logistic"), Regression(name="recency_rule")]
    tested = backtest(told, learners, 2)
    first = as_chosen(tested, Choice("logistic", "experimental", ""), "churn", ["recency_rule"])
    assert list(first.p) == ["churn", "lightgbm", "recency_rule"]
    np.testing.assert_array_equal(first.p["churn"], tested.p["logistic"])
    assert set(first.comparison.differences["baseline"]) == {"recency_rule"}
    assert set(first.comparison.metrics["predictor"]) == set(first.p)


def test_with_fewer_than_100_leavers_rules_give_bands_without_a_probability():
    ruled = trial(25)
    model = ruled.model
    assert isinstance(model, RulesModel)
    assert not hasattr(model, "probabilities")
    assert (model.tier, model.grade, ruled.grade.letter) == ("rules", "none", "none")
    assert f"{prepared(25).panel.events_rarer} rows" in ruled.grade.reasons[0]
    assert ruled.metrics.empty
    assert ruled.counts["measured_rows"] == 0
    rows = tonight(ruled, 25)
    assert set(model.bands(rows)) <= set(BANDS) == set(COLOURS)
    again = RulesModel.load(json.loads(json.dumps(model.manifest())))
    assert again == model
    assert again.sha256 == model.sha256


def test_bands_of_rules_are_in_order_of_who_really_left():
    told = prepared(25).panel
    bands = trial(25).model.bands(told.rows)
    left = [told.y[bands == band].mean() for band in BANDS]
    assert left == sorted(left)
    assert left[2] > 2 * left[0]


def test_reasons_of_rules_are_sentences_about_the_customer():
    model, rows = trial(25).model, tonight(trial(25), 25)
    said = reasons(model, rows)
    by_band = {
        band: {one["code"] for few, own in zip(said, model.bands(rows), strict=True)
               for one in few if own == band}
        for band in BANDS
    }  # fmt: skip
    assert by_band["low"] == {"staying_seen_lately"}
    assert by_band["high"] <= {"silence_beyond_rhythm", "since_last", "rhythm_unknown"}


@pytest.mark.slow
def test_between_100_and_500_a_simple_learner_answers_and_says_why():
    some = trial(200)
    model = some.model
    assert isinstance(model, ChurnModel)
    assert model.tier == "experimental"
    assert model.booster_text == ""
    assert some.lineage["ladder"]["learner"] != CHURN
    assert "surely beat" in some.lineage["ladder"]["why"]
    assert set(some.differences["baseline"]) == {"recency_rule"}
    assert "lightgbm" in set(some.metrics["predictor"])
    assert set(model.features) <= set(prepared(200).panel.features)
    again = ChurnModel.load("", json.loads(json.dumps(model.manifest())))
    rows = tonight(some, 200)
    p = model.probabilities(rows)
    np.testing.assert_array_equal(again.probabilities(rows), p)
    low, high = model.intervals.around(p)
    assert ((low <= p) & (p <= high)).all()
    assert all(reasons(model, rows))


@pytest.mark.slow
def test_where_a_simple_learner_earns_no_grade_there_are_rules():
    ruled = trial(100, 0)
    assert ruled.model.tier == "rules"
    assert "earns no grade" in ruled.grade.reasons[0]
    assert any(reason.startswith("not C") for reason in ruled.grade.reasons)


def test_with_enough_data_trees_answer():
    assert few_trial(
        prepared(240, every_days=7),
        threads=1,
        prove=False,
        progress=lambda _: None,
    ) is None  # fmt: skip


def test_a_definition_that_nobody_meets_is_refused_however_little_data_there_is():
    few = prepared(25)
    calm = replace(few.panel, rows=few.panel.rows.assign(label=0))
    with pytest.raises(ModelRefused, match=r"0\.00% of"):
        few_trial(replace(few, panel=calm), threads=1, prove=False, progress=lambda _: None)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (Rule(columns=("a",), at_least=2.0, points=1), [False, True, False]),
        (Rule(columns=("a",), below=2.0, points=1), [True, False, False]),
        (Rule(columns=("a",), points=1), [False, False, True]),
        (Rule(columns=("a", "b"), points=1), [False, False, False]),
        (Rule(columns=("a", "b"), at_least=1.5, points=1), [False, True, True]),
    ],
)
def test_a_rule_looks_at_the_least_of_what_is_known(rule, holds):
    frame = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": [9.0, 1.9, 3.0]})
    assert rule.holds(frame).tolist() == holds


def test_bg_nbd_answers_as_it_says_itself():
    class Fixed:
        names = ("bgnbd_expected_14d", "bgnbd_none_14d")

    class Bought:
        fitted = Fixed()

        def probabilities(self, frame: pd.DataFrame) -> np.ndarray:
            return frame["bgnbd_none_14d"].to_numpy()

    told = pd.DataFrame({"bgnbd_expected_14d": [2.0, 0.1], "bgnbd_none_14d": [0.001, 0.97]})
    one = by_purchases(Bought(), replace(panel(), rows=told))
    np.testing.assert_allclose(one.probabilities(told), [0.001, 0.97])
    np.testing.assert_allclose(one.contributions(told)[:, 0], 0.0)
