"""Metrics of several classes: scikit-learn as the oracle, and what weights must mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from models.judging import metrics as of_two
from models.judging.bootstrap import compare
from models.multiclass.metrics import METRICS, SEVERAL_CLASSES, losses, measure


@st.composite
def predicted(draw) -> tuple[np.ndarray, np.ndarray]:
    """Labels in which each of three classes occurs, and probabilities, many of them equal."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = draw(st.integers(12, 80))
    z = random.normal(0, 1.5, (rows, 3))
    z = np.round(z) if draw(st.booleans()) else z
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    y = (p.cumsum(axis=1) < random.random((rows, 1))).sum(axis=1).astype(float)
    y[:3] = [0.0, 1.0, 2.0]
    return y, p


def named(values) -> dict[str, float]:
    return dict(zip(METRICS, values, strict=True))


@given(predicted())
def test_each_metric_is_scikit_learns(sample):
    y, p = sample
    found = named(measure(y, p)[0])
    against_rest = [oracle.roc_auc_score(y == one, p[:, one]) for one in range(3)]
    assert found["auc"] == pytest.approx(np.mean(against_rest))
    assert found["log_loss"] == pytest.approx(oracle.log_loss(y, p))
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(y, p.argmax(axis=1)))
    f1 = oracle.f1_score(y, p.argmax(axis=1), average="macro")
    assert found["macro_f1"] == pytest.approx(f1)
    assert found["brier"] == pytest.approx(((np.eye(3)[y.astype(int)] - p) ** 2).sum(1).mean())


@given(predicted(), st.integers(0, 1000))
def test_a_whole_weight_is_a_row_that_stands_there_often(sample, seed):
    y, p = sample
    weights = np.random.default_rng(seed).integers(0, 4, len(y))
    weights[:2] = [1, 2]
    weighted = measure(y, p, weights[None].astype(float))[0]
    expanded = measure(np.repeat(y, weights), np.repeat(p, weights, axis=0))[0]
    np.testing.assert_allclose(weighted, expanded, rtol=1e-6, atol=1e-9)


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
    weights[:, :3] = 1.0
    alone = np.concatenate([measure(y, p, one[None]) for one in weights])
    np.testing.assert_allclose(measure(y, p, weights), alone, rtol=1e-6)


@given(predicted())
def test_of_two_classes_the_auc_is_that_of_two(sample):
    y, p = (sample[0] > 0).astype(float), 1 - sample[1][:, 0]
    found = named(measure(y, np.stack([1 - p, p], axis=1))[0])
    two = of_two.by_name(of_two.measure(y, p)[0])
    for name in ("auc", "log_loss", "ece"):
        assert found[name] == pytest.approx(two[name])
    assert found["brier"] == pytest.approx(2 * two["brier"])


def test_a_class_that_never_comes_is_not_ranked_but_spoils_the_f1_when_it_is_predicted():
    p = np.array([[0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.1, 0.4, 0.5]])
    found = named(measure(np.array([0.0, 1.0, 1.0]), p)[0])
    assert found["auc"] == 1.0
    assert found["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert np.isnan(named(measure(np.zeros(3), p)[0])["auc"])


def test_certainty_is_punished_but_finite():
    assert losses(np.array([1.0]), np.array([[1.0, 0.0]]))[0] == pytest.approx(34.5, abs=0.1)


def test_a_model_is_compared_with_its_baselines():
    random = np.random.default_rng(0)
    z = random.normal(0, 1.5, (200, 3))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    y = (p.cumsum(axis=1) < random.random((200, 1))).sum(axis=1).astype(float)
    evenly = np.full_like(p, 1 / 3)
    customers, origins = np.tile(np.arange(100), 2), np.repeat(["2026-01-01", "2026-02-01"], 100)
    found = compare(
        y, {"model": p, "evenly": evenly}, customers, origins, gauge=SEVERAL_CLASSES, draws=40
    )
    margin = found.margins("log_loss")["evenly"]
    assert margin.value == pytest.approx(losses(y, p).mean() - np.log(3))
    assert margin.high < 0
    assert found.pooled("macro_f1").value == pytest.approx(named(measure(y, p)[0])["macro_f1"])
    assert found.lowest_auc()[0] in set(origins)
