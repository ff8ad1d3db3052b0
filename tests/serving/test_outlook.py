"""What comes next in the score table: beside whom it is told of, empty beside everyone else."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from nights import a_night, a_run

from features.errors import RunRefused
from serving.destinations.files.whole import write_scores
from serving.outlook import OUTLOOK
from serving.store import Store

MOVES = pd.DataFrame(
    {
        "customer_id": ["budi", "not at risk"],
        "stage": ["=decision", "retention"],
        "days_in_stage": [3.0, 9.0],
        "p_advance": [0.2, 0.1],
        "p_stay": [0.5, 0.6],
        "p_regress": [0.2, 0.1],
        "p_exit": [0.1, 0.2],
        "next_stage": ["retention", "advocacy"],
        "p_next_stage": [0.2, 0.1],
    }
)
STEPS = pd.DataFrame(
    {
        "customer_id": ["budi", "ayu"],
        "next_steps": [
            [{"step": "visit", "probability": 0.5}, {"step": "order", "probability": 0.25}],
            [{"step": "order", "probability": 0.9}],
        ],
        "p_no_step": [0.25, 0.1],
    }
)


def night(*outlooks):
    return a_night(
        a_run(),
        3,
        customer_ids=["ayu", "budi", "citra"],
        probabilities=np.array([0.1, 0.5, 0.01]),
        outlooks=outlooks,
    )


def test_each_row_has_what_is_told_of_its_customer():
    scores = night(MOVES, STEPS).set_index("customer_id")
    assert list(scores.index) == ["budi", "ayu", "citra"]
    assert scores.loc["budi", "stage"] == "=decision"
    assert scores.loc["budi", "p_advance"] == 0.2
    assert scores.loc["budi", "next_steps"] == STEPS["next_steps"][0]
    assert scores.loc["ayu", "next_steps"] == STEPS["next_steps"][1]
    assert scores.loc["citra", "next_steps"] == []
    assert scores.loc[["ayu", "citra"], "stage"].isna().all()


def test_without_other_models_the_columns_are_there_and_empty():
    plain = night()
    named = [column.name for column in OUTLOOK if column.dtype != "object"]
    assert plain[named].isna().all(axis=None)
    assert plain["next_steps"].tolist() == [[], [], []]


def test_moves_must_add_up():
    wrong = MOVES.assign(p_stay=[0.9, 0.6])
    with pytest.raises(RunRefused, match="1 moves whose probabilities do not add up"):
        night(wrong)


def test_files_and_store_hand_them_on(tmp_path):
    scores = night(MOVES, STEPS)
    csv_path, parquet_path = write_scores(tmp_path, scores)
    assert "'=decision" in csv_path.read_text(encoding="utf-8")
    assert "visit 0.500; order 0.250" in csv_path.read_text(encoding="utf-8")
    rows = pq.read_table(parquet_path).to_pylist()
    assert [row["stage"] for row in rows] == ["=decision", None, None]
    assert rows[0]["next_steps"] == STEPS["next_steps"][0]
    store = Store(f"sqlite:///{tmp_path / 'jejak.db'}")
    try:
        run = a_run()
        store.publish(run, scores, published_at=run.as_of, summary={})
        kept = store.published()
    finally:
        store.close()
    assert kept is not None
    pd.testing.assert_frame_equal(kept.scores, scores)
