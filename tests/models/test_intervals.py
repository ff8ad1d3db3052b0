"""Intervals: they hold the probability, and the rate at which such customers leave."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judging.intervals import Intervals, learn_intervals
from models.logit import expit, logit

ROWS_EACH = 4


def predicted(customers: int, seed: int, slope: float = 1.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Predictions of some customers, several rows of each, and the truth behind them."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), ROWS_EACH)
    z = random.normal(-2, 1.3, len(who))
    truth = expit(slope * z + random.normal(0, 0.5, customers)[who])
    rows = {"customer_id": who.astype(str), "label": random.random(len(who)) < truth, "p": expit(z)}
    return pd.DataFrame(rows).astype({"label": int}), truth


def covered(told: Intervals, slope: float) -> float:
    """Share of 25 groups of like probability whose true rate lies inside their interval."""
    rows, truth = predicted(10_000, seed=99, slope=slope)
    order = np.argsort(rows["p"].to_numpy())
    low, high = told.around(rows["p"].to_numpy())
    inside = [
        low[some].mean() <= truth[some].mean() <= high[some].mean()
        for some in np.array_split(order, 25)
    ]
    return float(np.mean(inside))


@given(
    seed=st.integers(0, 2**32 - 1),
    customers=st.integers(1, 200),
    p=st.lists(st.floats(0, 1), min_size=2, max_size=20),
)
def test_the_bounds_hold_the_probability_and_rise_with_it(seed, customers, p):
    told = learn_intervals(predicted(customers, seed)[0])
    asked = np.sort(np.array(p))
    low, high = told.around(asked)
    assert (low >= 0).all()
    assert (low <= asked).all()
    assert (asked <= high).all()
    assert (high <= 1).all()
    assert (np.diff(low) >= -1e-12).all()
    assert (np.diff(high) >= -1e-12).all()


@pytest.mark.parametrize("slope", [1.0, 0.7])
@pytest.mark.parametrize("customers", [250, 1500])
def test_the_true_rate_lies_inside_whether_or_not_the_scores_are_straight(customers, slope):
    shares = [
        covered(learn_intervals(predicted(customers, seed, slope)[0]), slope) for seed in range(3)
    ]
    assert np.mean(shares) > 0.85


def test_more_customers_make_narrower_intervals():
    widths = [
        np.subtract(*learn_intervals(predicted(customers, 1)[0]).around(np.array([0.3]))[::-1])
        for customers in (100, 400, 1600)
    ]
    assert widths[0] > widths[1] > widths[2] > 0


def test_rows_of_one_customer_are_no_further_evidence():
    rows = predicted(300, 2)[0]
    told, twice = learn_intervals(rows), learn_intervals(pd.concat([rows, rows]))
    np.testing.assert_allclose(told.below, twice.below, atol=0.25)
    alone = pd.concat([rows, rows.assign(customer_id=rows["customer_id"] + "x")])
    assert np.mean(learn_intervals(alone).above) < np.mean(twice.above)


def test_order_of_rows_changes_nothing_and_json_keeps_it():
    rows = predicted(200, 3)[0]
    told = learn_intervals(rows)
    assert learn_intervals(rows.sample(frac=1, random_state=0)) == told
    kept = json.loads(json.dumps(asdict(told)))
    assert Intervals.from_json(kept) == told


def test_where_nothing_was_predicted_nothing_is_known():
    nothing = learn_intervals(predicted(5, 0)[0].head(0))
    assert nothing == Intervals()
    assert nothing.around(np.array([0.2])) == (np.array([0.0]), np.array([1.0]))


def test_a_rate_that_is_twice_the_probability_lies_inside():
    rows = predicted(3000, 4)[0]
    halved = rows.assign(p=rows["p"] / 2)
    low, high = learn_intervals(halved).around(np.array([0.1]))
    assert low[0] == pytest.approx(0.1)
    assert 0.17 < high[0] < 0.28
    assert logit(high)[0] > logit(np.array([0.1]))[0]
