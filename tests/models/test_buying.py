"""BG/NBD: customers simulated from the law, published figures, and parameters that diverge."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import hyp2f1

from models.transforms.buying import Buying, fit_buying

LAW = Buying(r=0.8, alpha=20.0, a=0.6, b=3.0)
CDNOW = Buying(r=0.243, alpha=7 * 4.414, a=0.793, b=2.426)
"""Fader, Hardie and Lee (2005), table 2; their alpha is in weeks."""

START, END = 7, 35


def simulated(law: Buying, customers: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Repeat purchases, when the last was, now, and purchases from `START` to `END` days on."""
    random = np.random.default_rng(seed)
    rate = random.gamma(law.r, 1 / law.alpha, customers)
    leaves = random.beta(law.a, law.b, customers)
    t_now = random.uniform(10, 300, customers)
    x, t_x, at, later = (np.zeros(customers) for _ in range(4))
    buys = np.ones(customers, dtype=bool)
    while buys.any():
        at = np.where(buys, at + random.exponential(1 / rate), at)
        seen = buys & (at < t_now)
        x, t_x = x + seen, np.where(seen, at, t_x)
        later += buys & (at >= t_now + START) & (at < t_now + END)
        buys &= (at < t_now + END) & (random.random(customers) >= leaves)
    return x, t_x, t_now, later


@pytest.fixture(scope="module")
def crowd():
    return simulated(LAW, 100_000)


def test_what_is_expected_comes_true(crowd):
    """In every stratum of past buying, within four standard errors."""
    x, t_x, t_now, later = crowd
    expected = LAW.expected(x, t_x, t_now, START, END)
    none = LAW.none(x, t_x, t_now, START, END)
    strata = 2 * np.digitize(x, [1, 2, 5, 10]) + (t_now - t_x > 30)
    for stratum in np.unique(strata):
        own = strata == stratum
        if own.sum() < 500:
            continue
        error = later[own].std() / np.sqrt(own.sum())
        assert abs(later[own].mean() - expected[own].mean()) < 4 * error
        share = none[own].mean()
        error = np.sqrt(share * (1 - share) / own.sum())
        assert abs((later[own] == 0).mean() - share) < 4 * error


def test_the_law_is_found_again(crowd):
    found = fit_buying(*(told[:20_000] for told in crowd[:3]))
    assert found.r == pytest.approx(LAW.r, rel=0.05)
    assert found.alpha == pytest.approx(LAW.alpha, rel=0.05)
    assert found.a == pytest.approx(LAW.a, rel=0.15)
    assert found.a / found.b == pytest.approx(LAW.a / LAW.b, rel=0.15)
    assert not found.diverged


def test_who_is_seen_only_while_active_tells_the_law_if_the_likelihood_knows(crowd):
    x, t_x, t_now = (told[:40_000] for told in crowd[:3])
    seen = t_now - t_x <= 56
    told = (x[seen], t_x[seen], t_now[seen])
    found = fit_buying(*told, active_within_days=56)
    assert found.r == pytest.approx(LAW.r, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(LAW.a / (LAW.a + LAW.b), rel=0.3)
    blind = fit_buying(*told)
    assert blind.a / (blind.a + blind.b) < 0.01  # as if nobody ever dropped out


def test_activity_is_as_likely_as_it_turned_out(crowd):
    _, t_x, t_now, _ = crowd
    for age in (40, 80, 160, 280):
        own = np.abs(t_now - age) < 5
        share = np.exp(LAW.log_active(t_now[own], 56)).mean()
        error = np.sqrt(share * (1 - share) / own.sum())
        assert abs((t_now - t_x <= 56)[own].mean() - share) <= 4 * error


def test_customers_in_any_order_give_the_same_digits(crowd):
    some = np.stack([told[:500] for told in crowd[:3]])
    mixed = some[:, np.random.default_rng(3).permutation(500)]
    assert fit_buying(*some, active_within_days=56) == fit_buying(*mixed, active_within_days=56)


def test_the_closed_form_says_the_same():
    """Equation 10 of the paper, which knows no embargo."""
    x, t_x, t_now = np.array([0.0, 2, 7, 60]), np.array([0.0, 30, 200, 250]), np.full(4, 272.0)
    days, law = 273.0, CDNOW
    share = (law.alpha + t_now) / (law.alpha + t_now + days)
    a, b, rates = law.a, law.b, law.r + x
    closed = 1 - share**rates * hyp2f1(
        rates, b + x, a + b + x - 1, days / (law.alpha + t_now + days)
    )
    closed *= (a + b + x - 1) / (a - 1) * law.still_buying(x, t_x, t_now)
    np.testing.assert_allclose(law.expected(x, t_x, t_now, 0, days), closed, rtol=1e-9)


def test_a_published_customer():
    """Customer 1 of the sample: 2 repeat purchases, the last in week 30.43, seen to week 38.86."""
    one = (np.array([2.0]), np.array([7 * 30.43]), np.array([7 * 38.86]))
    assert CDNOW.expected(*one, 0, 7 * 39)[0] == pytest.approx(1.226, abs=0.001)


def test_regular_buyers_without_dropout_are_said_to_diverge():
    random = np.random.default_rng(0)
    t_now = random.uniform(100, 300, 2000)
    x = random.poisson(t_now * random.gamma(2, 0.02, 2000)).astype(float)
    t_x = np.where(x > 0, t_now * random.random(2000) ** (1 / np.maximum(x, 1)), 0.0)
    assert fit_buying(x, t_x, t_now).diverged


def test_figures_stay_sane_at_the_extremes():
    x, t_now = np.array([0.0, 1, 5000]), np.array([0.0, 40_000, 5000])
    t_x = np.array([0.0, 1e-6, 4999.9])
    for law in (LAW, CDNOW, replace(LAW, a=1.0)):
        expected, none = (f(x, t_x, t_now, 0, 365) for f in (law.expected, law.none))
        assert np.isfinite(expected).all()
        assert (expected >= 0).all()
        assert ((none >= 0) & (none <= 1)).all()
