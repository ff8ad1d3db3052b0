"""A whole retraining with transforms: fitted at each origin, kept with the model, used at night."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from buyers import PARAMS, TARGET, VOCABULARY, WATERMARK, ZONE, buying, day, event, table

from features.errors import ModelRefused
from features.known.told import Told
from features.stages.moves import with_directions
from models.answers.churn import ChurnModel
from models.learning.training import run_trial
from models.reasons.themes import Themes
from models.reasons.why import reasons
from models.rows.following import NEXT_STAGE, NEXT_STEP, with_what_came_next
from models.rows.panel import scoring_panel, training_panel
from models.transforms.chosen import TransformParams

pytestmark = pytest.mark.slow

TRANSFORMS = TransformParams(
    use=("bgnbd", "next_step", "next_stage", "rates"),
    steps_behind=("events_step_order_7d",),
    rates_of=("active_days_step_order_7d",),
)
SAID = []


@pytest.fixture(scope="module")
def trial():
    params = replace(PARAMS, transforms=TRANSFORMS)
    parts = [Told(events=buying())]
    return run_trial(
        parts, VOCABULARY, params, watermark=WATERMARK, zone=ZONE, progress=SAID.append
    )


def rows_at(model: ChurnModel, cutoff) -> pd.DataFrame:
    parts = [Told(events=buying())]
    return scoring_panel(parts, [cutoff], model.needed(), model.target, zone=ZONE).rows


@pytest.fixture(scope="module")
def rows(trial):
    return rows_at(trial.model, WATERMARK)


def test_the_booster_reads_the_columns_and_the_night_builds_features_alone(trial, rows):
    model = trial.model
    made = set(model.columns) - set(model.features)
    assert {"bgnbd_none_14d", "no_next_step", "churn_rate_active_days_step_order_7d"} <= made
    assert {feature.name for feature in model.needed()} == set(model.features)
    assert not made & set(rows.columns)
    p = model.probabilities(rows)
    log_odds = model.contributions(rows).sum(axis=1)
    np.testing.assert_allclose(log_odds, np.log(p / (1 - p)), rtol=1e-6, atol=1e-9)


def test_what_was_fitted_is_recorded_with_what_it_saw(trial):
    told = {one["kind"]: one for one in trial.lineage["transforms"]}
    assert told["bgnbd"]["rows"] == trial.counts["rows"]
    assert told["bgnbd"]["matured_at"] <= WATERMARK.isoformat()
    assert "not fitted: no next_stage, stage" in SAID
    assert "buyer0" not in json.dumps(trial.model.manifest())


def test_the_model_survives_its_manifest(trial, rows):
    model = trial.model
    again = ChurnModel.load(model.booster_text, json.loads(json.dumps(model.manifest())))
    assert again == model
    np.testing.assert_array_equal(again.probabilities(rows), model.probabilities(rows))


def test_a_manifest_of_before_there_were_transforms_has_none(trial):
    told = trial.model.manifest()
    del told["transforms"]
    assert ChurnModel.load(trial.model.booster_text, told).transforms == ()


def test_a_night_before_what_was_seen_is_refused(trial):
    early = rows_at(trial.model, WATERMARK - timedelta(days=7))
    with pytest.raises(ModelRefused, match="run `jejak retrain --as-of`"):
        trial.model.probabilities(early)


def test_reasons_share_out_the_columns_of_transforms_too(trial, rows):
    model = trial.model
    made = [one for fitted in model.transforms for one in fitted.made]
    themes = Themes(model.needed(), model.target, model.vocabulary, made)
    assert themes.membership.shape[0] == len(model.columns)
    assert (themes.membership.sum(axis=1) == 1).all()
    for language in ("en", "id"):
        told = [one for few in reasons(model, rows, language=language) for one in few]
        codes = {one["code"].removeprefix("staying_") for one in told}
        assert codes & {"outlook_few", "outlook_many", "next_step_none", "rate_of_alike"}


def test_what_came_next_stands_beside_the_rows():
    events = table(
        event("buys on", 95), event("buys on", 103, "letter"), event("buys on", 104),
        event("is silent", 96), event("is late", 97), event("is late", 115),
    )  # fmt: skip
    moves = pl.DataFrame(
        {
            "customer_id": ["buys on", "buys on", "is late"],
            "stage": ["aware", "loyal", "gone"],
            "entered_at": [day(90), day(110), day(115)],
        }
    ).with_columns(
        known_at="entered_at",
        superseded_at=pl.lit(None, pl.Datetime("us", "UTC")),
        said_by=pl.lit("crm"),
    )
    history = with_directions(moves, ("aware", "loyal"))
    parts = [
        Told(
            events=events.filter(pl.col("customer_id").is_in(own)),
            stage_history=history.filter(pl.col("customer_id").is_in(own)),
        )
        for own in (["buys on"], ["is silent", "is late"])
    ]
    panel = training_panel(parts, [day(100)], [], TARGET, watermark=day(115), zone=ZONE)
    told = with_what_came_next(panel, parts, TARGET, ZONE)
    assert told.features == panel.features
    by_customer = told.rows.astype({NEXT_STEP: object, NEXT_STAGE: object})
    assert by_customer.set_index("customer_id")[[NEXT_STEP, NEXT_STAGE]].T.to_dict("list") == {
        "buys on": ["letter", "loyal"],
        "is late": [np.nan, np.nan],
        "is silent": [np.nan, np.nan],
    }


def test_stages_that_nobody_tells_have_no_column():
    parts = [Told(events=table(event("a", 95), event("a", 104)))]
    panel = training_panel(parts, [day(100)], [], TARGET, watermark=day(115), zone=ZONE)
    told = with_what_came_next(panel, parts, TARGET, ZONE)
    assert NEXT_STEP in told.rows.columns
    assert NEXT_STAGE not in told.rows.columns
