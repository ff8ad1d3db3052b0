"""Calibration, lift and profit beside slow, obvious counts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evidenced import drawn_case, outcomes_case
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.evidence import curves
from models.evidence.case import outcomes, row_losses
from models.evidence.resampling import aucs, bounds, drawn_sums, mean_aucs
from models.judging import metrics
from models.judging.profit import profit_cut

FEW = st.integers(2, 40)
SCORES = hnp.arrays(np.float64, FEW, elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]))


@given(SCORES, st.randoms(use_true_random=False))
def test_equal_probabilities_share_a_bin_and_order_is_free(p, dice):
    bins = curves.bins_of(p)
    order = np.array(dice.sample(range(len(p)), len(p)))
    np.testing.assert_array_equal(curves.bins_of(p[order]), bins[order])
    assert all(len({*bins[p == one]}) == 1 for one in p)
    assert (np.diff(bins[np.argsort(p, kind="stable")]) >= 0).all()


def test_bins_are_of_equal_mass_where_nothing_is_tied():
    bins = curves.bins_of(np.random.default_rng(0).random(1000))
    np.testing.assert_array_equal(np.bincount(bins), np.full(10, 100))


def test_calibration_is_what_counting_says():
    case = drawn_case()
    told = curves.calibration(case).query("predictor == 'churn'").set_index("bin")
    place = pd.Series(case.p).rank(method="first").sub(1).floordiv(len(case.p) / 10).astype(int) + 1
    for number in (1, 5, 10):
        rows = (place == number).to_numpy()
        assert told.loc[number, "rows"] == pytest.approx(rows.sum(), abs=2)
        assert told.loc[number, "predicted"] == pytest.approx(case.p[rows].mean(), abs=0.01)
        assert told.loc[number, "observed"] == pytest.approx(case.y[rows].mean(), abs=0.05)
    assert told["rows"].sum() == len(case.y)
    assert (told["low"] <= told["observed"]).all()
    assert (told["observed"] <= told["high"]).all()


def test_each_class_is_calibrated_against_the_others():
    case = outcomes_case()
    told = curves.calibration(case)
    for place, name in enumerate(case.panel.classes):
        own = told.loc[told["outcome"].eq(name) & told["predictor"].eq(case.name)]
        assert (own["observed"] * own["rows"]).sum() == pytest.approx((case.y == place).sum())
        assert (own["predicted"] * own["rows"]).sum() == pytest.approx(case.p[:, place].sum())


@given(hnp.arrays(np.float64, 30, elements=st.sampled_from([0.0, 1.0])), st.permutations(range(30)))
def test_lift_is_what_counting_says(y, order):
    p = np.array(order) / 30
    share = curves.captured(y, p)
    ranked = y[np.argsort(-p)]
    for rows in (0, 3, 15, 30):
        found = share[int(rows / 30 * 100)]
        if not y.sum():
            assert np.isnan(found)
        else:
            assert found == pytest.approx(ranked[:rows].sum() / y.sum())


def test_lift_at_everybody_is_one():
    told = curves.lift(drawn_case())
    last = told.loc[told["share"].eq(1.0)]
    assert len(last) == len({*told["predictor"]})
    np.testing.assert_allclose(last[["captured", "lift"]], 1.0)


def test_profit_is_of_churn_and_money_alone():
    case = drawn_case()
    told = curves.profit(case)
    assert {*told["predictor"]} == {"churn", "silence"}
    assert told.loc[told["share"].eq(0.0), "profit"].eq(0.0).all()
    cut, share = curves.cut_and_share(case)
    assert cut == profit_cut(case.profit)
    assert share == np.mean(case.p > cut)
    for other in (outcomes_case(), replace(case, profit=None)):
        assert curves.profit(other).empty
        assert np.isnan(curves.cut_and_share(other)).all()


def test_the_histogram_counts_every_row():
    case = drawn_case()
    told = curves.scores(case)
    assert told["rows"].sum() == len(case.y)
    middle = told.iloc[7]
    assert middle["rows"] == ((case.p >= middle["low"]) & (case.p < middle["high"])).sum()


@given(SCORES, st.data())
def test_auc_under_weights_is_that_of_repeated_rows(p, data):
    flags = hnp.arrays(np.float64, len(p), elements=st.sampled_from([0.0, 1.0]))
    y = data.draw(flags)
    weights = data.draw(hnp.arrays(np.int64, len(p), elements=st.integers(0, 3)))
    slow = metrics.auc(np.repeat(y, weights), np.repeat(p, weights)) if weights.sum() else np.nan
    np.testing.assert_allclose(aucs(y, p, weights[None].astype(float))[0], slow, atol=1e-12)


def test_the_mean_auc_leaves_out_a_class_that_is_not_there():
    y, once = np.array([0.0, 1.0, 1.0, 0.0]), np.ones((1, 4))
    p = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.4, 0.1], [0.7, 0.2, 0.1]])
    told = [metrics.auc((y == place).astype(float), p[:, place]) for place in (0, 1)]
    assert mean_aucs(y, p, once)[0] == pytest.approx(np.mean(told))


def test_customers_are_drawn_whole():
    customers = np.array([0, 0, 0, 1, 2])
    sums = drawn_sums(np.ones((5, 1)), customers)[:, 0]
    assert {*sums} <= {3.0 * one + other for one in range(4) for other in range(4 - one)}
    low, high = bounds(np.column_stack([sums, np.full(len(sums), np.nan)]))
    assert low[0] < 5 < high[0]
    assert np.isnan([low[1], high[1]]).all()


def test_losses_of_two_classes_are_those_of_several():
    case = drawn_case()
    (one,) = outcomes(case, case.p)
    slow = -np.log(np.where(one.y == 1, one.p, 1 - one.p))
    np.testing.assert_allclose(row_losses(one.y, one.p), slow)
