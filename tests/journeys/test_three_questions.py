"""A shop that asks all three questions, from its orders to one row a customer."""

import pandas as pd
import pytest
from running import jejak
from shops import CUSTOMERS, SETTINGS, make_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

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
QUESTIONS = ["churn", "progression", "next_step"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The shop, what retraining said of it, and its scores."""
    root = make_shop(tmp_path_factory.mktemp("questions") / "shop")
    settings = (
        SETTINGS.replace("step = \"'order'\"", "step = \"channel || '_order'\"")
        .replace(
            'steps = ["order"]',
            'steps = ["store_order", "web_order"]\nfurther_horizons_days = [42]',
        )
        .replace("rounds = 60\nseeds = 2", "rounds = 40\nseeds = 1")
    )
    (root / "jejak.toml").write_text(settings + ASKED, encoding="utf-8")
    jejak(root, "ingest")
    facts, said = jejak(root, "retrain", "--promote", "force", "--why", "to see all three")
    jejak(root, "score")
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
    listed = jejak(root, "models")[0]["models"]
    assert {one["question"] for one in listed} == set(QUESTIONS)


def test_one_row_tells_all_three(asked):
    _, _, _, scores = asked
    moves = scores[["p_advance", "p_stay", "p_regress", "p_exit"]]
    told = scores["stage"].notna()
    assert told.mean() > 0.9
    assert (moves[told].sum(axis=1) - 1).abs().max() < 1e-9
    assert set(scores.loc[told, "stage"]) <= {"quiet", "buying", "keen"}
    assert (scores.loc[told, "stage"] != scores.loc[told, "next_stage"]).all()
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
    assert jejak(root, "score")[0]["is_new"] is False
    pd.testing.assert_frame_equal(pd.read_parquet(root / "out" / "scores.parquet"), scores)
