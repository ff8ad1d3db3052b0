"""Profit: an independent integral, a published figure, and what any ranking must obey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from models.judging.profit import ProfitParams, empc, profit_curve, profit_cut

PARAMS = ProfitParams()


def crowd(rows: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities of leaving, many of them equal, and who left."""
    random = np.random.default_rng(seed)
    p = random.beta(1, 5, rows).round(2)
    return (random.random(rows) < p).astype(float), p


def integrated(y: np.ndarray, p: np.ndarray, params: ProfitParams) -> float:
    """The definition, word by word: the best cut for each acceptance, averaged over a Beta."""
    cuts = [p >= cut for cut in (*np.unique(p), 2.0)]
    left = np.array([(y * who).mean() for who in cuts])
    stayed = np.array([((1 - y) * who).mean() for who in cuts])
    law = beta(20 * params.acceptance, 20 * (1 - params.acceptance))

    def best(acceptance: float) -> float:
        kept = acceptance * (params.customer_value - params.offer_cost) - params.contact_cost
        return (kept * left - (params.offer_cost + params.contact_cost) * stayed).max()

    return quad(lambda g: best(g) * law.pdf(g), 0, 1, limit=500, epsabs=1e-7)[0]


@pytest.mark.parametrize(
    "params",
    [
        PARAMS,
        ProfitParams(customer_value=30, offer_cost=12, contact_cost=2),
        ProfitParams(acceptance=0.6),
    ],
)
def test_it_is_the_integral_that_defines_it(params):
    y, p = crowd()
    assert empc(y, p, params) == pytest.approx(integrated(y, p, params), abs=2e-4)


def test_a_perfect_ranking_at_an_even_base_rate_gives_28():
    y = np.repeat([1.0, 0.0], 500)
    assert empc(y, y) == pytest.approx(28.0, abs=0.001)


@given(st.integers(0, 1000))
def test_only_the_ranking_counts_and_no_row_has_a_place(seed):
    y, p = crowd(60, seed)
    mixed = np.random.default_rng(seed).permutation(60)
    assert empc(y[mixed], p[mixed]) == pytest.approx(empc(y, p), abs=1e-12)
    assert empc(y, np.exp(3 * p)) == pytest.approx(empc(y, p), abs=1e-12)


@given(st.integers(0, 1000))
def test_no_ranking_is_worth_more_than_the_truth_or_less_than_nobody(seed):
    y, p = crowd(60, seed)
    assert 0 <= empc(y, p) <= empc(y, y) + 1e-12


def test_an_offer_as_dear_as_the_customer_is_never_made():
    y, p = crowd()
    never = ProfitParams(customer_value=10, offer_cost=10)
    assert empc(y, p, never) == 0
    assert profit_cut(never) == np.inf


def test_the_curve_is_highest_at_the_profit_cut():
    _, p = crowd(5000)
    curve = profit_curve(p, p, PARAMS)
    best = curve.loc[curve["expected"].idxmax()]
    assert best["share"] == pytest.approx((p >= profit_cut(PARAMS)).mean(), abs=0.02)
    assert best["probability"] == pytest.approx(profit_cut(PARAMS), abs=0.02)


def test_the_curve_says_what_contacting_the_first_of_them_brought():
    y, p = crowd(400)
    p = p + np.linspace(0, 1e-6, 400)
    first = np.argsort(-p)[:100]
    earned = np.where(y[first] == 1, 0.3 * 190 - 1, -11).sum() / 400
    curve = profit_curve(y, p, PARAMS).set_index("share")
    assert curve.loc[0.25, "observed"] == pytest.approx(earned)
    assert curve.loc[0.0, ["expected", "observed"]].tolist() == [0, 0]


def test_probabilities_that_are_right_promise_what_happens():
    y, p = crowd(40_000)
    curve = profit_curve(y, p, PARAMS)
    np.testing.assert_allclose(curve["expected"], curve["observed"], atol=0.25)


@pytest.mark.parametrize(
    ("field", "value"), [("customer_value", -1), ("contact_cost", np.inf), ("acceptance", 0)]
)
def test_what_cannot_be_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        ProfitParams(**{field: value})
