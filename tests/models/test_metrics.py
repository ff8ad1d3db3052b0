"""Metrics: scikit-learn as the oracle, and what weights must mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from models.judging.metrics import METRICS, auc, by_name, measure
from models.logit import expit


@st.composite
def predicted(draw) -> tuple[np.ndarray, np.ndarray]:
    """Labels of both classes and probabilities, many of them equal."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = draw(st.integers(20, 120))
    z = random.normal(-1, 2, rows)
    p = expit(np.round(z) if draw(st.booleans()) else z)
    y = (random.random(rows) < p).astype(float)
    y[:2] = [0.0, 1.0]
    return y, p


@given(predicted())
def test_each_metric_is_scikit_learns(sample):
    y, p = sample
    found = by_name(measure(y, p)[0])
    assert found["auc"] == pytest.approx(oracle.roc_auc_score(y, p))
    assert found["auc"] == pytest.approx(auc(y, p))
    assert found["average_precision"] == pytest.approx(oracle.average_precision_score(y, p))
    assert found["log_loss"] == pytest.approx(oracle.log_loss(y, p))
    assert found["brier"] == pytest.approx(oracle.brier_score_loss(y, p))
    assert found["observed_over_expected"] == pytest.approx(y.sum() / p.sum())


@given(predicted(), st.integers(0, 1000))
def test_a_whole_weight_is_a_row_that_stands_there_often(sample, seed):
    y, p = sample
    weights = np.random.default_rng(seed).integers(0, 4, len(y))
    weights[:2] = [1, 2]
    weighted = measure(y, p, weights[None].astype(float))[0]
    expanded = measure(np.repeat(y, weights), np.repeat(p, weights))[0]
    np.testing.assert_allclose(weighted, expanded, rtol=1e-5, atol=1e-9)


@given(predicted(), st.randoms())
def test_order_of_rows_changes_nothing(sample, random):
    y, p = sample
    order = list(range(len(y)))
    random.shuffle(order)
    np.testing.assert_allclose(measure(y[order], p[order]), measure(y, p), rtol=1e-8)


@given(predicted(), st.integers(0, 1000))
def test_draws_are_measured_each_by_itself(sample, seed):
    y, p = sample
    weights = np.random.default_rng(seed).poisson(1.0, (4, len(y))).astype(float)
    weights[:, :2] = 1.0
    alone = np.concatenate([measure(y, p, one[None]) for one in weights])
    np.testing.assert_allclose(measure(y, p, weights), alone, rtol=1e-5, equal_nan=True)


def test_lift_and_calibration_error_by_eye():
    p = np.arange(20, 0, -1) / 20
    y = np.zeros(20)
    y[[0, 2, 3]] = 1.0
    found = by_name(measure(y, p)[0])
    base = 3 / 20
    assert found["lift_5"] == pytest.approx(1.0 / base)
    assert found["lift_10"] == pytest.approx(0.5 / base)
    assert found["lift_20"] == pytest.approx(0.75 / base)
    bins = [abs(y[two : two + 2].mean() - p[two : two + 2].mean()) for two in range(0, 20, 2)]
    assert found["ece"] == pytest.approx(np.mean(bins))


def test_equal_probabilities_share_the_lift():
    found = by_name(measure(np.array([1.0, 0.0] * 10), np.full(20, 0.5))[0])
    assert [found["lift_5"], found["lift_20"]] == pytest.approx([1.0, 1.0])
    assert found["auc"] == pytest.approx(0.5)


def test_one_class_alone_has_no_ranking():
    found = by_name(measure(np.zeros(30), np.linspace(0.1, 0.9, 30))[0])
    assert np.isnan([found["auc"], found["lift_10"], found["calibration_slope"]]).all()
    assert np.isfinite([found["log_loss"], found["brier"], found["ece"]]).all()


def test_certainty_is_punished_but_finite():
    found = by_name(measure(np.array([1.0, 0.0]), np.array([0.0, 1.0]))[0])
    assert found["log_loss"] == pytest.approx(oracle.log_loss([1, 0], [0.0, 1.0]), rel=0.1)


def test_names_and_values_belong_together():
    assert len(METRICS) == measure(np.array([1.0, 0.0]), np.array([0.6, 0.4])).shape[1]
