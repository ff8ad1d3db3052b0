"""A shop that asks all three questions, from its orders to one row a customer."""

import shutil

import pandas as pd
import pytest
from running import told
from shops import CUSTOMERS, SETTINGS, make_shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]

ASKED = """
[stages]
order = ["quiet", "buying", "keen"]
exits = ["silent"]

[stages.rules]
silent = "days_since_last > 35"
keen = "events_28d >= 4"
buying = "events_28d >= 1"
quiet = "true"

[progression]
horizon_days = 14

[next_step]
horizon_days = 7
"""
FAMILIES = 'families = ["frequency", "journey", "recency", "steps"]'
QUESTIONS = ["churn", "progression", "next_step"]


@pytest.fixture(scope="module")
def asked(prefect, mlflow_template, tmp_path_factory):
    """The shop, what retraining said of it, and its scores."""
    root = make_shop(tmp_path_factory.mktemp("questions") / "shop")
    settings = (
        SETTINGS.replace("step = \"'order'\"", "step = \"channel || '_order'\"")
        .replace(
            'steps = ["order"]',
            'steps = ["store_order", "web_order"]\nfurther_horizons_days = [42]',
        )
        .replace("windows_days = [14, 28, 56]", f"windows_days = [28]\n{FAMILIES}")
        .replace("rounds = 60\nseeds = 2", "rounds = 20\nseeds = 1")
    )
    shutil.copy(mlflow_template, root / "mlflow.db")
    (root / "jejak.toml").write_text(settings + ASKED, encoding="utf-8")
    told(root, "ingest")
    facts, said = told(root, "retrain", "--promote", "force", "--why", "to see all three")
    told(root, "score")
    return root, facts, said, pd.read_parquet(root / "out" / "scores.parquet")


def test_every_question_has_a_model_and_a_report(asked):
    root, facts, said, _ = asked
    assert facts["refused"] == {}
    answers = [facts, *facts["others"]]
    assert [one["question"] for one in answers] == QUESTIONS
    assert [f"Training {question}: " in said for question in QUESTIONS] == [True] * 3
    for one in answers:
        assert one["promoted"] is True
        page = (root / "reports" / f"{one['question']}-v1.html").read_text(encoding="utf-8")
        assert one["report"].endswith(f"{one['question']}-v1.html")
        assert "<html" in page
        assert CUSTOMERS not in page
    listed = told(root, "models")[0]["models"]
    assert {one["question"] for one in listed} == set(QUESTIONS)


def test_one_row_tells_all_three(asked):
    _, _, _, scores = asked
    moves = scores[["p_advance", "p_stay", "p_regress", "p_exit"]]
    placed = scores["stage"].notna()
    assert placed.mean() > 0.9
    assert (moves[placed].sum(axis=1) - 1).abs().max() < 1e-9
    assert set(scores.loc[placed, "stage"]) <= {"quiet", "buying", "keen"}
    assert (scores.loc[placed, "stage"] != scores.loc[placed, "next_stage"]).all()
    steps = scores["next_steps"].map(lambda few: {one["step"] for one in few})
    assert set().union(*steps) == {"store_order", "web_order"}
    sums = scores["next_steps"].map(lambda few: sum(one["probability"] for one in few))
    assert (sums + scores["p_no_step"] - 1).abs().max() < 1e-9


def test_a_longer_silence_is_rarer(asked):
    _, _, _, scores = asked
    further = scores["further_horizons"].map(lambda few: few[0])
    assert {one["horizon_days"] for one in further} == {42}
    assert (further.map(lambda one: one["probability"]) <= scores["churn_probability"]).all()
    assert (
        scores["churn_probability"]
        .between(scores["probability_low"], scores["probability_high"])
        .all()
    )


def test_scoring_again_is_the_same_night(asked):
    root, _, _, scores = asked
    assert told(root, "score")[0]["is_new"] is False
    pd.testing.assert_frame_equal(pd.read_parquet(root / "out" / "scores.parquet"), scores)
