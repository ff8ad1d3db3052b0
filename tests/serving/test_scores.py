"""The score table: its order, its contract, and the rows it refuses."""

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nights import FIRST, REASON, a_night, a_ruled_night, a_run

from features.errors import RunRefused
from serving.scores import SCORES, check_scores, run_id

INPUTS = {
    "model_version": 1,
    "booster_sha256": "a" * 64,
    "lake_sha256": "b" * 64,
    "settings": {"language": "en"},
}


@given(
    people=st.dictionaries(st.text("abc", min_size=1), st.sampled_from([0, 0.2, 0.5, 1])),
    seed=st.randoms(use_true_random=False),
)
def test_the_order_of_the_input_changes_nothing(people, seed):
    people["always"] = 0.5
    shuffled = list(people.items())
    seed.shuffle(shuffled)
    first, second = (
        a_night(
            a_run(),
            len(rows),
            customer_ids=[name for name, _ in rows],
            probabilities=np.array([p for _, p in rows], dtype=float),
        )
        for rows in (list(people.items()), shuffled)
    )
    pd.testing.assert_frame_equal(first, second)
    ranked = list(zip(-first["churn_probability"], first["customer_id"], strict=True))
    assert ranked == sorted(ranked)


def test_a_night_reads_as_expected():
    scores = a_night(
        a_run(),
        customer_ids=["ayu", "budi", "citra"],
        probabilities=np.array([0.1, 0.5, 0.01]),
        past_money=np.array([182.0, 364.0, 0.0]),
    )
    columns = ["customer_id", "churn_probability", "risk_band", "yearly_value", "value_at_risk"]
    assert scores[columns].to_csv(index=False).splitlines() == [
        "customer_id,churn_probability,risk_band,yearly_value,value_at_risk",
        "budi,0.5,high,730.0,365.0",
        "ayu,0.1,medium,365.0,36.5",
        "citra,0.01,low,0.0,0.0",
    ]
    assert dict(scores.dtypes.astype(str)) == SCORES.schema
    assert scores["as_of"].unique().tolist() == [pd.Timestamp(FIRST)]
    assert scores["reasons"][0] == [REASON]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"probabilities": np.array([0.1, np.nan, 0.2])}, "churn_probability has empty cells"),
        ({"probabilities": np.array([0.1, np.inf, 0.2])}, "1 probabilities outside 0 to 1"),
        ({"probabilities": np.array([-0.1, 1.1, 0.2])}, "2 probabilities outside 0 to 1"),
        ({"past_money": np.array([1, np.inf, 2])}, "1 amounts of money that are not finite"),
        ({"past_money": np.array([1, np.nan, 2])}, "yearly_value has empty cells"),
        ({"customer_ids": ["secret", "secret", "x"]}, "1 customers scored more than once"),
        ({"customer_ids": ["secret", " ", "x"]}, "1 customers without an id"),
        ({"customer_ids": ["secret", None, "x"]}, "customer_id has empty cells"),
        ({"reasons": [[REASON] * 6] * 3}, "3 rows with more than 5"),
        ({"reasons": [[REASON | {"kind": "?"}]] * 3}, "3 rows with a reason that is none"),
        ({"reasons": [[{"code": "R", "sentence": "s"}]] * 3}, "3 rows with a reason that is none"),
    ],
)
def test_a_night_that_cannot_be_acted_upon_is_refused(changed, fault):
    with pytest.raises(RunRefused, match=fault) as refused:
        a_night(a_run(), **changed)
    assert "secret" not in str(refused.value)


def test_a_night_without_anyone_is_refused():
    with pytest.raises(RunRefused, match="no customer is at risk"):
        a_night(a_run(), 0)


def test_every_fault_of_shape_is_named():
    scores = a_night(a_run())
    broken = scores.drop(columns="tier").assign(horizon_days=1.5, extra=1)
    with pytest.raises(RunRefused) as refused:
        check_scores(broken)
    assert refused.value.what.split("; ") == [
        "column horizon_days is float64, not int64",
        "column tier is missing",
        "column extra is not a score",
    ]


def test_two_runs_in_one_table_are_refused():
    both = pd.concat([a_night(a_run()), a_night(a_run(1)).assign(customer_id=["x", "y", "z"])])
    with pytest.raises(RunRefused, match="rows of several runs"):
        check_scores(both)


@pytest.mark.parametrize(
    "changed",
    [
        {"model_version": 2},
        {"booster_sha256": "c" * 64},
        {"lake_sha256": "c" * 64},
        {"settings": {"language": "id"}},
    ],
)
def test_whatever_shapes_the_scores_names_the_run(changed):
    assert run_id(FIRST, **INPUTS) == run_id(FIRST, **json.loads(json.dumps(INPUTS)))
    assert run_id(FIRST, **INPUTS) != run_id(FIRST, **(INPUTS | changed))
    assert run_id(FIRST, **INPUTS) != run_id(FIRST + timedelta(days=1), **INPUTS)


def test_rules_give_bands_without_a_probability_the_most_urgent_first():
    scores = a_ruled_night(["low", "high", "medium", "high"])
    assert scores["risk_band"].tolist() == ["high", "high", "medium", "low"]
    assert scores["health_colour"].tolist() == ["red", "red", "amber", "green"]
    assert scores["customer_id"].tolist() == ["c1", "c3", "c2", "c0"]
    empty = ["churn_probability", "probability_low", "probability_high", "value_at_risk"]
    assert scores[empty].isna().all(axis=None)


def test_rules_with_a_probability_and_a_model_without_one_are_refused():
    ruled = a_ruled_night(["low"])
    with pytest.raises(RunRefused, match="1 probabilities where there are rules"):
        check_scores(ruled.assign(churn_probability=0.2))
    with pytest.raises(RunRefused, match="churn_probability has empty cells"):
        check_scores(ruled.assign(tier="standard"))


@pytest.mark.parametrize(
    ("column", "told", "fault"),
    [
        ("health", 95, "3 health of another colour than the band"),
        ("arm", "placebo", "3 unknown arms"),
        ("arm", "treated", "3 arms without probability"),
    ],
)
def test_decisions_that_contradict_themselves_are_refused(column, told, fault):
    scores = a_night(a_run())
    with pytest.raises(RunRefused, match=fault):
        check_scores(scores.assign(**{column: pd.Series([told] * 3, dtype=scores[column].dtype)}))


def test_who_is_held_out_has_no_action():
    scores = a_night(a_run()).assign(arm="control", arm_probability=0.5, action="Call")
    with pytest.raises(RunRefused, match="3 actions for those held out"):
        check_scores(scores)


def test_bounds_hold_the_probability():
    low, high = np.array([0.05, 0.4, 0.8]), np.array([0.2, 0.6, 0.95])
    scores = a_night(a_run(), low=low, high=high)
    assert scores["probability_low"].tolist() == [0.8, 0.4, 0.05]
    with pytest.raises(RunRefused, match="1 probabilities outside their bounds"):
        a_night(a_run(), low=low, high=np.array([0.05, 0.6, 0.95]))
