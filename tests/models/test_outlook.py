"""Progression and next step from events to the outlook of a night, on buyers who come and go."""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, buying, day

from features.contracts import STAGE_HISTORY
from features.engine.partitions import LOCAL
from features.known.told import Told
from models.answers.outcomes import OutcomeModel
from models.answers.outlook import NEXT_STEP, PROGRESSION, STEPS_MOST, outlook
from models.learning.training import run_trial
from models.rows.panel import scoring_panel
from models.targets.next_step import NextStep
from models.targets.progression import MOVES, PRESENT, Progression
from models.trial import Trial

pytestmark = pytest.mark.slow

ORDER, EXITS = ("quiet", "buying", "keen"), ("gone",)
NEXT = NextStep(active_within_days=42, horizon_days=7).among(VOCABULARY.steps)
MOVE = Progression(order=ORDER, exits=EXITS, horizon_days=14, never=("keen > gone",))
WORDS = replace(VOCABULARY, tables=("stage_history",), stages=ORDER, exits=EXITS)


@cache
def told() -> Told:
    """The buyers, with the stage that their orders of the last two weeks put them in."""
    orders = buying(120).filter(pl.col("step") == "order")
    rows = []
    for number in range(14, 210):
        near = orders.filter(
            pl.col("occurred_at").is_between(day(number - 14), day(number), "left")
        )
        far = orders.filter(pl.col("occurred_at") < day(number))
        counts = dict(near.group_by("customer_id").len().rows())
        for who in far["customer_id"].unique().sort():
            bought = counts.get(who, 0)
            stage = "keen" if bought > 3 else "buying" if bought else "quiet"
            rows.append((who, stage, day(number)))
    history = pl.DataFrame(rows, schema=["customer_id", "stage", "entered_at"], orient="row").sort(
        "customer_id", "entered_at"
    )
    moves = history.filter(
        pl.col("stage").ne_missing(pl.col("stage").shift().over("customer_id"))
    ).with_columns(
        known_at="entered_at", superseded_at=None, direction=pl.lit("enter"), said_by=pl.lit("crm")
    )
    return Told(events=buying(120), stage_history=moves.cast(dict(STAGE_HISTORY.schema)))


@cache
def trial(target) -> Trial:
    """A trial of one question on these buyers."""
    boosting = replace(PARAMS.boosting, rounds=30, seeds=1)
    panel = replace(PARAMS.panel, origins=2)
    params = replace(PARAMS, target=target, panel=panel, boosting=boosting)
    return run_trial([told()], WORDS, params, watermark=WATERMARK, zone=ZONE)


TARGETS = pytest.mark.parametrize("target", [MOVE, NEXT], ids=lambda target: target.predicts)


@TARGETS
def test_the_model_knows_more_than_counting(target):
    found = trial(target).metrics
    losses = {
        row["predictor"]: row["value"]
        for row in found.to_dict("records")
        if row["metric"] == "log_loss" and row["origin"] == "pooled"
    }
    assert set(losses) == {target.predicts, *(name for name, _ in target.baselines)}
    assert losses[target.predicts] < losses["marginal"]
    assert trial(target).name == target.predicts


@TARGETS
def test_a_model_comes_back_as_it_was(target):
    model = trial(target).model
    again = OutcomeModel.load(model.booster_text, model.manifest())
    assert again == model
    rows = scoring_panel([told()], [WATERMARK], model.needed(), target, zone=ZONE).rows
    assert np.array_equal(again.probabilities(rows), model.probabilities(rows))


@TARGETS
def test_the_outlook_is_what_the_model_says(target):
    model = trial(target).model
    rows = scoring_panel([told()], [WATERMARK], model.needed(), target, zone=ZONE).rows
    p = model.probabilities(rows)
    seen = outlook(model, [told()], WATERMARK, zone=ZONE, engine=LOCAL)
    assert seen["customer_id"].tolist() == rows["customer_id"].tolist()
    if target is NEXT:
        assert list(seen.columns) == ["customer_id", *NEXT_STEP]
        assert seen["p_no_step"].tolist() == p[:, 0].tolist()
        for few, own in zip(seen["next_steps"], p, strict=True):
            told_of = {one["step"]: one["probability"] for one in few}
            assert len(told_of) == min(STEPS_MOST, len(NEXT.steps))
            assert told_of == {step: own[1 + NEXT.steps.index(step)] for step in told_of}
            assert list(told_of.values()) == sorted(told_of.values(), reverse=True)
        return
    assert list(seen.columns) == ["customer_id", *PROGRESSION]
    here = rows[PRESENT].to_numpy(int)
    assert seen["stage"].tolist() == [MOVE.stages[place] for place in here]
    moves = seen[[f"p_{move}" for move in MOVES]].to_numpy()
    np.testing.assert_array_equal(moves, MOVE.moves(p, here))
    np.testing.assert_allclose(moves.sum(axis=1), 1)
    assert (seen["next_stage"] != seen["stage"]).all()
    exits = seen.loc[seen["stage"].eq("keen"), "p_exit"]
    assert len(exits)
    assert (exits == 0).all(), "what cannot be has no probability"
