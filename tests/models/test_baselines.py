"""Baselines: scikit-learn says the same, and nothing but the training rows is used."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from models.learning.baselines import Baseline
from models.rows.panel import Panel

COLUMNS = ("days", "money")
BOTH = Baseline("rfm", COLUMNS)


def panel(rows: int = 300, seed: int = 0) -> Panel:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.gamma(1.5, 20, (rows, 2)), columns=list(COLUMNS))
    frame["money"] -= 10
    churned = (frame["days"] + random.normal(0, 20, rows) > 40).astype(int)
    return Panel(frame.assign(label=churned), COLUMNS)


def signed_log(x):
    return np.sign(x) * np.log1p(np.abs(x))


def test_it_is_a_standardised_regression_on_logarithms():
    train, test = panel(), panel(seed=1)
    oracle = make_pipeline(
        FunctionTransformer(signed_log), StandardScaler(), LogisticRegression(max_iter=1000)
    ).fit(train.rows[list(COLUMNS)].to_numpy(), train.y)
    expected = oracle.predict_proba(test.rows[list(COLUMNS)].to_numpy())[:, 1]
    found = BOTH.fit(train).probabilities(test.rows)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_row_is_predicted_alone_as_in_the_crowd():
    learned, test = BOTH.fit(panel()), panel(seed=1).rows
    alone = [learned.probabilities(test.iloc[[row]])[0] for row in range(20)]
    np.testing.assert_allclose(alone, learned.probabilities(test)[:20], rtol=1e-12)


def test_what_is_missing_lies_on_the_mean():
    learned = BOTH.fit(panel())
    blank = pd.DataFrame({"days": [np.nan], "money": [np.nan]})
    between = learned.probabilities(panel().rows)
    assert between.min() < learned.probabilities(blank)[0] < between.max()


def test_a_constant_column_does_no_harm():
    train = panel()
    flat = Panel(train.rows.assign(money=3.0), COLUMNS)
    alone = Baseline("recency", ("days",)).fit(train).probabilities(train.rows)
    np.testing.assert_allclose(BOTH.fit(flat).probabilities(flat.rows), alone, atol=1e-4)


def test_longer_silence_is_more_risk():
    p = BOTH.fit(panel()).probabilities(pd.DataFrame({"days": [1.0, 30.0, 90.0], "money": 50.0}))
    assert (np.diff(p) > 0).all()
