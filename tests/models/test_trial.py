"""A whole retraining on made-up buyers: its numbers, its honesty, and what it remembers."""

import json
from dataclasses import replace

import buyers
import numpy as np
import pandas as pd
import polars as pl
import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, bought_trial, buying

from features.errors import DataRefused, ModelRefused
from features.known.told import Told
from models.answers.churn import ChurnModel
from models.answers.rules import RulesModel
from models.learning.boosting import BoostingParams
from models.learning.training import run_trial
from models.rows.panel import PanelParams, scoring_panel
from models.targets.inactivity import InactivityChurn


def tonight() -> pd.DataFrame:
    model = bought_trial().model
    return scoring_panel(
        [Told(events=buying())], [WATERMARK], model.needed(), model.target, zone=ZONE
    ).rows


def test_it_learns_what_the_buyers_do():
    trial = bought_trial()
    pooled = trial.metrics.query("origin == 'pooled' and metric == 'auc'").set_index("predictor")
    assert list(pooled.index) == ["churn", "recency_rule", "rfm_regression", "bgnbd"]
    assert pooled.loc["churn", "value"] > 0.75
    assert set(trial.differences["baseline"]) == {"recency_rule", "rfm_regression", "bgnbd"}
    assert trial.counts["measured_rows"] < trial.counts["rows"]


@pytest.mark.slow
def test_the_same_events_in_another_order_make_the_same_model():
    shuffled = buying().sample(fraction=1.0, shuffle=True, seed=5)
    again = run_trial(
        [Told(events=shuffled)], VOCABULARY, PARAMS, watermark=WATERMARK, zone=ZONE, threads=3
    )
    assert again.model == bought_trial().model
    pd.testing.assert_frame_equal(again.metrics, bought_trial().metrics)


@pytest.mark.slow
def test_what_comes_after_the_watermark_changes_nothing():
    news = [buyers.event(f"buyer{n:04d}", buyers.DAYS + 0.5 + n / 100) for n in range(90)]
    later = pl.concat([buying(), buyers.table(*news)])
    again = run_trial([Told(events=later)], VOCABULARY, PARAMS, watermark=WATERMARK, zone=ZONE)
    assert again.model == bought_trial().model


def test_the_model_survives_its_manifest():
    model = bought_trial().model
    told = json.loads(json.dumps(model.manifest()))
    again = ChurnModel.load(model.booster_text, told)
    assert again == model
    assert again.sha256 == told["booster_sha256"]
    np.testing.assert_array_equal(again.probabilities(tonight()), model.probabilities(tonight()))


def test_a_manifest_that_lacks_something_is_refused():
    told = bought_trial().model.manifest()
    del told["tier"]
    with pytest.raises(ModelRefused, match="does not tell tier"):
        ChurnModel.load(bought_trial().model.booster_text, told)


def test_contributions_add_up_to_the_log_odds():
    model, rows = bought_trial().model, tonight()
    p = model.probabilities(rows)
    np.testing.assert_allclose(
        model.contributions(rows).sum(axis=1), np.log(p / (1 - p)), rtol=1e-6, atol=1e-9
    )


def test_columns_may_come_in_any_order_and_any_number_type():
    model, rows = bought_trial().model, tonight()
    backwards = rows[rows.columns[::-1]].assign(extra=1)
    narrow = backwards.astype(dict.fromkeys(model.features, "Float64"))
    np.testing.assert_array_equal(model.probabilities(narrow), model.probabilities(rows))


def test_a_changed_feature_is_refused():
    model = bought_trial().model
    name = next(iter(model.features))
    changed = replace(model, features={**model.features, name: "0" * 16})
    with pytest.raises(ModelRefused, match=f"changed: {name}"):
        changed.needed()


def test_nothing_that_is_recorded_names_a_customer():
    trial = bought_trial()
    told = [trial.params, trial.lineage, trial.counts, trial.grade.reasons, trial.model.manifest()]
    text = json.dumps(told, default=str) + trial.metrics.to_csv() + trial.differences.to_csv()
    assert "buyer0" not in text
    assert "buyer0012" in set(buying()["customer_id"])


def test_too_few_leavers_leave_rules():
    few = buying().filter(pl.col("customer_id") < "buyer0012")
    trial = run_trial([Told(events=few)], VOCABULARY, PARAMS, watermark=WATERMARK, zone=ZONE)
    assert isinstance(trial.model, RulesModel)
    assert trial.model.tier == "rules"
    assert trial.metrics.empty


def test_too_short_a_history_is_refused():
    patient = replace(PARAMS, panel=PanelParams(history_days=400))
    with pytest.raises(DataRefused, match="less than the 415 days"):
        run_trial([Told(events=buying())], VOCABULARY, patient, watermark=WATERMARK, zone=ZONE)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: InactivityChurn(steps=()), "steps is empty"),
        (
            lambda: InactivityChurn(steps=("a",), horizon_days=0),
            "horizon_days is 0",
        ),
        (lambda: InactivityChurn(steps=("a", "b", "a")), "name one step twice"),
        (lambda: InactivityChurn(steps=("a",), active_within_days=10**9), "write at most 3650"),
        (lambda: PanelParams(history_days=10**9), "history_days is .* write at most 36500"),
        (lambda: PanelParams(every_days=0, origins=-1), "every_days is 0; .*\norigins is -1"),
        (lambda: BoostingParams(row_share=1.5), "row_share is 1.5; write at most 1"),
        (lambda: BoostingParams(learning_rate=float("nan")), "learning_rate is nan"),
    ],
)
def test_impossible_settings_are_refused_where_they_are_made(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.slow
def test_progress_is_told_step_by_step():
    said = []
    run_trial(
        [Told(events=buying())],
        VOCABULARY,
        PARAMS,
        watermark=WATERMARK,
        zone=ZONE,
        progress=said.append,
    )
    assert said[0].startswith("panel: ")
    assert sum(line.startswith("origin ") for line in said) == PARAMS.panel.origins
