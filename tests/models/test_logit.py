"""Lines on the log-odds, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from models.logit import expit, fit_line, fit_shift, logit


def sample(seed: int, rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    z = random.normal(-1, 1.5, rows)
    return (random.random(rows) < expit(0.3 + 0.8 * z)).astype(float), z


@given(seed=st.integers(0, 1000))
def test_the_line_is_the_logistic_regression_of_each_draw(seed):
    y, z = sample(seed)
    weights = np.random.default_rng(seed).poisson(1.0, (3, len(y))).astype(float)
    for line, drawn in zip(fit_line(y, z, weights), weights, strict=True):
        oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=500)
        oracle.fit(z[:, None], y, sample_weight=drawn)
        np.testing.assert_allclose(line, [oracle.intercept_[0], oracle.coef_[0, 0]], atol=1e-4)


def test_a_line_without_end_is_nan():
    z = np.array([-2.0, -1.0, 1.0, 2.0])
    separated, alone = np.array([0.0, 0.0, 1.0, 1.0]), np.zeros(4)
    assert np.isnan(fit_line(separated, z, np.ones((2, 4)))).all()
    assert np.isnan(fit_line(alone, z, np.ones((1, 4)))).all()


@given(seed=st.integers(0, 1000))
def test_the_shift_makes_expected_equal_observed(seed):
    y, z = sample(seed)
    assert expit(fit_shift(y, z) + z).sum() == pytest.approx(y.sum(), rel=1e-6)


@given(p=st.floats(1e-12, 1 - 1e-12))
def test_expit_undoes_logit(p):
    assert expit(logit(np.array([p])))[0] == pytest.approx(p, rel=1e-9)
