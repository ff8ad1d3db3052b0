"""What a model answers is read without this project, to twelve digits; one law a kind of part."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import (
    a_model,
    a_rules_model,
    a_transformed_model,
    an_outcome_model,
    booster_text,
    rows,
    staged_rows,
)

from models.answers.horizons import Horizon
from models.answers.logistic import Logistic, Regression
from models.answers.portable import portable
from models.answers.rules import BANDS
from models.judging.calibration import Calibration
from models.judging.intervals import Intervals
from models.logit import logit
from models.rows.panel import Panel
from serving.portable_model import ANSWER_FILE, Answer


@pytest.fixture
def answering(tmp_path):
    """What stands in a folder, read by the file that goes with a model."""

    def answer(told, texts=None):
        (tmp_path / ANSWER_FILE).write_text(json.dumps(told), encoding="utf-8")
        for name, text in (texts or {}).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return Answer(tmp_path)

    return answer


def test_several_outcomes_are_read_as_they_were_made(answering):
    model, frame = an_outcome_model(), staged_rows(seed=5)
    parts = portable(model)
    found = answering(parts.as_json(), parts.texts).table(frame[list(parts.columns)])
    assert tuple(found.columns) == model.classes
    np.testing.assert_allclose(found, model.probabilities(frame), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert (found.loc[frame["present_stage"].eq(0), model.classes[2]] == 0).all()


def test_without_a_mask_no_stage_is_asked_for():
    model = an_outcome_model()
    assert "present_stage" in portable(model).columns
    bare = replace(model, mask=None)
    assert portable(bare).columns == bare.columns


def test_a_booster_that_says_it_all_needs_no_other_form():
    assert portable(a_model()) is None
    assert portable(a_transformed_model()) is None


def a_regression():
    """What a regression on two columns learned."""
    frame = rows()
    churned = (frame["recency_days"].fillna(0) > 20).astype(int)
    return Regression(freedom=1.0).fit(
        Panel(frame.assign(label=churned), ("recency_days", "orders_28d"))
    )


@pytest.mark.parametrize("scale", ["log", "log_odds"])
def test_a_regression_is_read_as_it_was_made(answering, scale):
    model = replace(a_model(), booster_text="", instead=replace(a_regression(), scale=scale))
    parts, tonight = portable(model), rows(seed=3) / (100 if scale == "log_odds" else 1)
    found = answering(parts.as_json(), parts.texts).table(tonight)
    np.testing.assert_allclose(found, model.probabilities(tonight), rtol=0, atol=1e-12)


@pytest.mark.parametrize("instead", [None, a_regression()])
def test_several_horizons_are_read_as_they_were_made(answering, instead):
    text = "" if instead else booster_text()
    further = tuple(
        Horizon(
            horizon_days=days,
            booster_text=booster_text(seed),
            calibration=Calibration(),
            intervals=Intervals(),
            rounds=5,
        )
        for seed, days in enumerate((7, 60, 90))
    )
    model = replace(a_model(), booster_text=text, instead=instead, further=further)
    parts = portable(model)
    found = answering(parts.as_json(), parts.texts).table(rows(seed=3))
    assert list(found) == ["churn_7_days", "churn_30_days", "churn_60_days", "churn_90_days"]
    np.testing.assert_allclose(found, model.by_horizon(rows(seed=3)), rtol=0, atol=1e-12)


def test_rules_are_read_as_they_were_made(answering):
    model, frame = a_rules_model(), rows(seed=3)
    parts = portable(model)
    found = answering(parts.as_json(), parts.texts).table(frame[list(parts.columns)])
    np.testing.assert_array_equal(found["points"], model.points(frame))
    assert len(set(found["band"])) == 3
    np.testing.assert_array_equal(np.array(BANDS)[found["band"].astype(int)], model.bands(frame))


def constant(p):
    """A part that answers p for every row."""
    told = Logistic(
        columns=("x",),
        means=(0.0,),
        spreads=(1.0,),
        weights=(0.0,),
        intercept=float(logit(np.array(p))),
    )
    return {"kind": "logistic", **told.as_json()}


@given(
    p=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=5),
    place=st.integers(0, 4),
    rises=st.booleans(),
)
def test_horizons_never_cross_and_the_primary_is_not_moved(tmp_path_factory, p, place, rises):
    primary = place % len(p)
    folder = tmp_path_factory.mktemp("horizons")
    part = {"kind": "horizons", "primary": primary, "rises": rises, "of": [*map(constant, p)]}
    told = {"outputs": [str(at) for at in range(len(p))], "answer": part}
    (folder / ANSWER_FILE).write_text(json.dumps(told), encoding="utf-8")
    found = Answer(folder).table(pd.DataFrame({"x": [0.0, np.nan]})).to_numpy()
    steps = np.diff(found, axis=1)
    assert ((steps >= 0) if rises else (steps <= 0)).all()
    np.testing.assert_allclose(found[:, primary], p[primary], rtol=1e-12)
    if (np.diff(p) >= 0).all() if rises else (np.diff(p) <= 0).all():
        np.testing.assert_allclose(found, [p, p], rtol=1e-12)
