"""Expected quality and what came true, against worlds whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judging.bootstrap import Interval
from models.judging.came_true import came_true
from models.judging.expected import EXPECTED, GROUPS, Doubt, Strayed, expected, grouped, quality
from models.judging.metrics import METRICS, by_name, measure
from models.logit import expit

WORLDS = 40
MIDDLE = -2.0


def world(rng, customers=300, *, slope=1.0, shift=0.0):
    """Probabilities, and what came: those are true where slope is 1 and shift is 0."""
    z = rng.normal(MIDDLE, 1.2, customers)
    true = expit(MIDDLE + shift + slope * (z - MIDDLE))
    return expit(z), (rng.random(customers) < true).astype(float)


def covered(doubt, *, strays=lambda _: {}) -> dict[str, float]:
    """In how many worlds each metric lay in its expected interval."""
    rng = np.random.default_rng(5)
    hits = dict.fromkeys(EXPECTED, 0)
    for seed in range(WORLDS):
        p, y = world(rng, **strays(rng))
        true = came_true(y, p, draws=1)
        for name, told in expected(p, doubt, draws=60, seed=seed).items():
            hits[name] += told.low <= true[name].value <= told.high
    return {name: hits[name] / WORLDS for name in EXPECTED}


def test_the_interval_covers_where_probabilities_are_true():
    assert min(covered(Doubt()).values()) >= 0.86


def test_it_covers_where_they_stray_as_they_did_before_and_not_without_that_doubt():
    def strays(rng):
        return {"shift": rng.normal(0, 0.4)}

    sure = covered(Doubt(), strays=strays)["observed_over_expected"]
    doubtful = covered(Doubt(level_spread=0.36, cutoffs=30), strays=strays)[
        "observed_over_expected"
    ]
    assert sure < 0.75
    assert doubtful >= 0.86


def test_probabilities_that_are_too_sure_of_themselves_promise_too_much():
    p, y = world(np.random.default_rng(2), 20_000, slope=0.5)
    true, told = came_true(y, p, draws=1)["auc"].value, expected(p, Doubt())["auc"]
    assert told.low > true + 0.05


def test_what_they_always_promise_too_much_is_taken_off():
    rng = np.random.default_rng(7)

    def earlier():
        p, y = world(rng, 4_000, slope=0.5, shift=0.3)
        true = came_true(y, p, draws=100)
        return Strayed(true["observed_over_expected"], true["calibration_slope"])

    p, y = world(rng, 8_000, slope=0.5, shift=0.3)
    told = expected(p, Doubt.after([earlier() for _ in range(4)]))
    true = came_true(y, p, draws=1)
    assert all(told[name].low <= true[name].value <= told[name].high for name in EXPECTED)


@pytest.mark.parametrize("weighted", [False, True])
def test_few_who_left_say_little_of_the_level(weighted):
    """Of forty customers nobody may leave by chance, which no draw of them again can tell."""
    rng, covers = np.random.default_rng(4), 0
    for _ in range(WORLDS):
        p = rng.beta(1, 30, 40)
        y = (rng.random(40) < p).astype(float)
        weights = rng.choice([1.0, 3.0], 40) if weighted else None
        told = came_true(y, p, weights, draws=40)["observed_over_expected"]
        covers += told.low <= 1 <= told.high
    assert covers >= 0.92 * WORLDS


def test_other_behaviour_of_the_same_customers_is_not_seen():
    rng = np.random.default_rng(3)
    p, _ = world(rng, 5_000)
    y = (rng.random(5_000) < 0.2).astype(float)
    assert expected(p, Doubt())["auc"].value > 0.75
    assert came_true(y, p)["auc"].value < 0.55


@given(st.integers(0, 10_000), st.booleans())
def test_what_came_true_is_what_the_metrics_say(seed, few):
    rng = np.random.default_rng(seed)
    p, y = world(rng, 60)
    p, y = np.round(p, 1).clip(0.02) if few else p, np.r_[1.0, 0.0, y[2:]]
    found = came_true(y, p, draws=2)
    straight = by_name(measure(y, p)[0])
    for name in METRICS:
        assert found[name].value == pytest.approx(straight[name], rel=1e-6, nan_ok=True)
    likeliest = np.sort(p)[-6:]
    if np.count_nonzero(p >= likeliest[0]) == len(likeliest):
        precision = y[p >= likeliest[0]].mean()
        assert found["precision_at_capacity"].value == pytest.approx(precision)


def test_one_held_out_in_ten_stands_for_ten():
    rng = np.random.default_rng(4)
    p, y = world(rng, 20_000)
    risky = p > 0.2
    held = risky & (rng.random(len(p)) < 0.1)
    treated = risky & ~held
    seen = np.where(treated & (rng.random(len(p)) < 0.5), 0.0, y)
    weights = np.where(treated, 0.0, np.where(held, 10.0, 1.0))
    as_seen, as_would_be = (came_true(seen, p, one) for one in (None, weights))
    assert as_seen["observed_over_expected"].high < 0.85
    told = as_would_be["observed_over_expected"]
    assert told.low < 1 < told.high
    assert came_true(y, p, np.zeros(len(y))) == {}


def test_a_million_probabilities_are_a_thousand_groups_and_tell_the_same():
    p, y = world(np.random.default_rng(6), 30_000)
    told = grouped(p)
    assert len(told.p) <= GROUPS
    assert told.rows.sum() == len(p)
    assert told.rows @ told.p == pytest.approx(p.sum())
    assert came_true(y, p, draws=1)["auc"].value == pytest.approx(
        by_name(measure(y, p)[0])["auc"], abs=5e-4
    )


def test_doubt_is_what_chance_does_not_explain():
    def cutoff(oe, slope, half):
        return Strayed(
            Interval(oe, oe - half, oe + half), Interval(slope, slope - half, slope + half)
        )

    sure = [cutoff(oe, 1.0, 0.02) for oe in (0.8, 1.25)]
    found = Doubt.after([*sure, cutoff(float("nan"), 1.0, 0.1)])
    assert found.cutoffs == 2
    assert found.level == pytest.approx(0, abs=1e-9)
    assert found.level_spread == pytest.approx(np.log(1.25) * 2**0.5 * 1.5**0.5, abs=0.01)
    assert found.slope_spread == pytest.approx(0.01, abs=0.005)
    alike = Doubt.after([cutoff(1.2, 1.5, 0.3)] * 8)
    assert (alike.level, alike.slope) == pytest.approx((np.log(1.2), np.log(1.5)))
    assert max(alike.level_spread, alike.slope_spread) < 0.06
    assert Doubt.after([]) == Doubt()


def test_precision_is_reached_from_the_likeliest_down():
    found = quality(np.array([0.1, 0.8]), np.array([[1.0, 4.0]]), np.array([[9.0, 1.0]]), 1 / 3)
    assert found[0, -2:] == pytest.approx([0.8, 0.8 / (1 / 3)])
