"""The regression that stands in for trees: plain oracles, exact terms, and no single column."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import FEATURES, panel
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from trials import a_model, rows

from models.answers.churn import ChurnModel
from models.answers.horizons import Horizon
from models.answers.logistic import Logistic, Regression
from models.judging.calibration import Calibration
from models.judging.intervals import Intervals
from models.logit import expit, logit
from models.rows.panel import Panel
from models.targets.inactivity import InactivityChurn

LEARNED = Regression(freedom=1.0).fit(panel())


def in_place_of_trees() -> ChurnModel:
    frame = rows()
    began = pd.Timestamp("2026-08-01", tz="UTC")
    told = frame.assign(
        cutoff=began, matured_at=began, label=(frame["recency_days"].fillna(0) > 20).astype(int)
    )
    learned = Regression(freedom=0.1).fit(Panel(told, tuple(frame.columns)))
    line = Calibration(method="platt", intercept=-0.2, slope=0.9, why="a test")
    return replace(a_model(), booster_text="", instead=learned.calibrated(line), calibration=line)


def test_it_is_what_scikit_learn_finds_where_nothing_is_missing():
    whole = panel()
    whole = replace(whole, rows=whole.rows.fillna(0.0))
    x = whole.rows[list(FEATURES)].to_numpy()
    x = np.sign(x) * np.log1p(np.abs(x))
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=0.05)).fit(x, whole.y)
    found = Regression(freedom=0.05).fit(whole)
    inside = (np.abs((x - x.mean(axis=0)) / x.std(axis=0)) < found.spreads_most).all(axis=1)
    expected = plain.predict_proba(x)[inside, 1]
    np.testing.assert_allclose(found.probabilities(whole.rows)[inside], expected, atol=0.005)


def test_contributions_add_up_to_the_log_odds_and_the_mean_adds_nothing():
    told = panel().rows
    added = LEARNED.contributions(told)
    np.testing.assert_allclose(added.sum(axis=1), logit(LEARNED.probabilities(told)), atol=1e-9)
    missing = told.assign(**dict.fromkeys(FEATURES, np.nan)).head(1)
    np.testing.assert_array_equal(LEARNED.contributions(missing)[0, :-1], 0.0)


def test_it_learns_what_says_something():
    silent, orders, noise = LEARNED.weights
    assert silent > 0.5 > abs(noise)
    assert orders < -0.2


def test_no_single_column_decides_however_far_it_lies_from_all_that_was_seen():
    told = panel().rows.head(3).assign(days_silent=[1e12, np.inf, 3.0])
    added = LEARNED.contributions(told)[:, 0]
    most = LEARNED.weights[0] * LEARNED.spreads_most
    assert added[0] == added[1] == pytest.approx(most)


def test_a_column_without_any_value_or_that_stands_still_is_learned_without_a_warning():
    odd = replace(panel(), rows=panel().rows.assign(noise=np.nan, orders=7.0))
    found = Regression().fit(odd)
    assert found.weights[1:] == pytest.approx((0.0, 0.0), abs=1e-9)
    assert np.isfinite(found.probabilities(odd.rows)).all()


def test_what_is_named_is_left_out():
    assert Regression(without=frozenset(["noise"])).fit(panel()).columns == FEATURES[:2]


def test_a_line_on_the_log_odds_folds_into_it():
    line = Calibration(intercept=0.3, slope=0.8)
    told = panel().rows
    bent = LEARNED.calibrated(line).probabilities(told)
    np.testing.assert_allclose(bent, line.probabilities(LEARNED.probabilities(told)), atol=1e-12)


def test_log_odds_are_taken_as_they_are():
    told = pd.DataFrame({"p": [0.1, 0.5, 0.9, np.nan]})
    half = {"means": (0.0,), "spreads": (1.0,), "weights": (1.0,), "intercept": 0.0}
    same = Logistic(columns=("p",), scale="log_odds", spreads_most=1e6, **half)
    np.testing.assert_allclose(same.probabilities(told), [0.1, 0.5, 0.9, 0.5])


def test_json_keeps_it():
    assert Logistic.from_json(json.loads(json.dumps(LEARNED.as_json()))) == LEARNED


def test_a_model_of_it_is_a_model_like_any_other():
    model, frame = in_place_of_trees(), rows(50, seed=3)
    again = ChurnModel.load("", json.loads(json.dumps(model.manifest())))
    assert again == model
    np.testing.assert_array_equal(again.probabilities(frame), model.probabilities(frame))
    added = model.contributions(frame)
    assert added.shape == (50, len(model.columns) + 1)
    np.testing.assert_allclose(expit(added.sum(axis=1)), model.probabilities(frame), atol=1e-12)
    other = replace(model, instead=replace(model.instead, intercept=0.1))
    assert len({model.sha256, other.sha256, a_model().sha256}) == 3


def test_a_model_answers_several_horizons_and_the_first_as_ever():
    calm = Calibration()
    spans = Intervals(at=(0.0,), below=(-0.5,), above=(0.5,))
    weekly, monthly = (
        Horizon(
            horizon_days=days,
            booster_text=a_model(days).booster_text,
            calibration=calm,
            intervals=spans,
            rounds=5,
        )
        for days in (7, 60)
    )
    target = InactivityChurn(steps=("basket",), further_horizons_days=(60, 7))
    model = replace(a_model(), target=target, further=(monthly, weekly), intervals=spans)
    again = ChurnModel.load(model.booster_text, json.loads(json.dumps(model.manifest())))
    assert again == model
    assert model.horizons_days == (7, 30, 60)
    p = again.by_horizon(rows())
    np.testing.assert_array_equal(p[:, 1], model.probabilities(rows()))
    assert (np.diff(p, axis=1) <= 0).all()
    low, high = model.around(p)
    assert ((low < p) & (p < high)).all()
