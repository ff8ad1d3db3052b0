"""A night decided with a workspace's settings: stages come in, reasons of the calm go out."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from nights import REASON, a_run

from pipelines.night.deciding import Remembered, decisions
from pipelines.workspace import Workspace
from serving.decide import DecideParams, ExperimentParams, Play, Playbook, Standing
from serving.store import Before

CUTOFF = datetime(2026, 11, 20, 17, tzinfo=UTC)
CALL = Play(name="call", action="Call", channel="call", stages=("trial",), bands=("high",))


@pytest.fixture
def workspace(tmp_path):
    return Workspace(root=tmp_path, settings=None)


def scored(p):
    return pd.DataFrame(
        {
            "customer_id": pd.Series([f"c{at}" for at in range(len(p))], dtype="str"),
            "probability": np.array(p),
            "band": pd.Series([None] * len(p), dtype="str"),
            "past_money": 100.0,
            "reasons": [[REASON]] * len(p),
        }
    )


def decided(workspace, p, outlooks=(), **told):
    known = Remembered(
        book=Playbook(**told), before=Before("", {}), standing=Standing(suppressed={"": {"x"}})
    )
    return decisions(workspace, scored(p), known, CUTOFF, outlooks)


def test_a_play_for_a_stage_waits_for_a_model_that_tells_it(workspace):
    stages = pd.DataFrame({"customer_id": ["c1", "c0", "z"], "stage": ["trial", "paid", "trial"]})
    steps = pd.DataFrame({"customer_id": ["c0"], "p_no_step": [0.1]})
    without = decided(workspace, [0.9, 0.9], plays=(CALL,))
    assert without.decided.rows["action"].isna().all()
    told = decided(workspace, [0.9, 0.9], [steps, stages], plays=(CALL,))
    assert told.decided.plays.tolist() == ["", "call"]


def test_who_is_calm_after_all_is_told_no_reasons(workspace):
    params = DecideParams(bands_by="capacity", capacity=1)
    told = decided(workspace, [0.9, 0.8, 0.1], params=params)
    assert [len(few) for few in told.reasons] == [1, 1, 0]


def test_what_is_counted_is_what_is_said(workspace):
    experiment = ExperimentParams(name="spring", control_share=0.5)
    any_stage = replace(CALL, stages=(), capacity_per_day=3)
    told = decided(workspace, [0.9] * 20, plays=(any_stage,), experiment=experiment)
    facts, (acts, arms, power) = told.facts(a_run()), told.sentences(a_run())
    assert acts == "Actions by rule: call 3."
    treated, control = facts["arms"]["treated"], facts["arms"]["control"]
    assert (treated + control, facts["enrolled_tonight"]) == (20, 20)
    assert arms == f"Arms: {treated} treated, {control} held out; 20 enrolled tonight."
    assert power.startswith("Experiment spring: 20 of ")
    plain = decided(workspace, [0.9])
    assert list(plain.sentences(a_run())) == []
    assert plain.facts(a_run())["experiment"] is None


def test_what_shapes_a_run_is_named_by_its_decisions(workspace):
    first, again = (decided(workspace, [0.9, 0.1]).shaped_by() for _ in range(2))
    assert first == again
    assert first != decided(workspace, [0.9, 0.9]).shaped_by()


def test_who_must_not_be_scored_is_withheld_and_others_may_still_come_into_a_band():
    known = Remembered(
        book=Playbook(), before=Before("r", {"c": []}), standing=Standing(suppressed={"": {"x"}})
    )
    telling = known.telling("id")
    assert telling.withheld == {"x"}
    assert telling.probability_least == pytest.approx(11 / 67 / 2 * 0.9)
    assert (telling.bands, telling.language) == (("high", "medium"), "id")
