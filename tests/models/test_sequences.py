"""Effects of outreach: intervals for one look and for all of them, against known truth."""

import math
from dataclasses import replace

import numpy as np
import pytest
from loops import effects as effects_loop
from loops.lives import lived

from models.uplift.effects import Matured, effect
from models.uplift.sequences import half_width

ROWS = 400


def drawn(seed=0, rows=ROWS, *, share=0.7, kept=0.0, known=True):
    """Draws of whom one in five leaves, and fewer of those treated."""
    random = np.random.default_rng(seed)
    p = random.beta(2, 8, rows)
    treated = (random.random(rows) < share).astype(float)
    stayed = (random.random(rows) >= p * (1 - kept * treated)).astype(float)
    return Matured(
        treated=treated,
        probability=np.full(rows, share),
        stayed=stayed,
        leaving=p if known else np.full(rows, np.nan),
        customers=np.arange(rows),
    )


def test_the_mean_of_the_values_is_the_difference_weighted_by_probabilities():
    told = drawn(known=False)
    found = effect(told).once.value
    means = [told.stayed[told.treated == arm].mean() for arm in (1, 0)]
    assert found == pytest.approx(means[0] - means[1], abs=0.02)


def test_over_all_lots_the_values_mean_the_effect_exactly():
    """Every assignment of few rows, each as likely as the lots make it: no approximation."""
    rows, share = 8, np.repeat([0.6, 0.95], 4)
    fates = np.array([[1, 1, 0, 1, 1, 0, 1, 1], [1, 0, 0, 1, 0, 0, 0, 1]], float)
    expected = 0.0
    for number in range(2**rows):
        lots = (number >> np.arange(rows) & 1).astype(float)
        told = Matured(
            treated=lots,
            probability=share,
            stayed=np.where(lots == 1, *fates),
            leaving=np.linspace(0.1, 0.9, rows),
            customers=np.arange(rows),
        )
        chance = np.prod(np.where(lots == 1, share, 1 - share))
        expected += chance * told.values.sum() / share.sum()
    assert expected == pytest.approx(share @ (fates[0] - fates[1]) / share.sum())


def test_what_comes_later_changes_no_value():
    told = drawn()
    few = told.where(np.arange(ROWS) < 150)
    np.testing.assert_array_equal(few.values, told.values[:150])
    changed = drawn()
    changed.stayed[200:] = 1 - changed.stayed[200:]
    np.testing.assert_array_equal(changed.values[:150], told.values[:150])


def test_known_probabilities_narrow_the_interval():
    widths = [
        np.mean([effect(drawn(seed, known=known)).once.high for seed in range(30)])
        - np.mean([effect(drawn(seed, known=known)).once.value for seed in range(30)])
        for known in (True, False)
    ]
    assert widths[0] < widths[1]


def test_predictions_that_say_nothing_widen_it_hardly():
    halves = []
    for known in (True, False):
        told = drawn(rows=2_000, known=known)
        if known:
            told = replace(told, leaving=np.random.default_rng(9).beta(2, 8, 2_000))
        found = effect(told).once
        halves.append(found.high - found.value)
    assert halves[0] < 1.01 * halves[1]


def test_rows_of_one_customer_count_as_one():
    told = drawn(rows=100)
    twice = Matured(
        **{
            name: np.repeat(getattr(told, name), 2)
            for name in ("treated", "probability", "stayed", "leaving", "customers")
        }
    )
    alone = replace(twice, customers=np.arange(200))
    assert effect(twice).once.high - effect(twice).once.value > 1.3 * (
        effect(alone).once.high - effect(alone).once.value
    )


def test_always_is_wider_and_narrowest_for_what_was_expected():
    found = effect(drawn())
    assert found.always.low < found.once.low < found.once.high < found.always.high
    widths = [half_width(1.0, ROWS, expected=expected) for expected in (40, ROWS, 4000)]
    assert widths[1] == min(widths)
    assert half_width(1.0, 10**8) < half_width(1.0, 10**4) < half_width(1.0, 100)
    assert half_width(1.0, 10**8) > 1.96 / math.sqrt(10**8)


def test_worth_is_in_its_own_unit():
    told = drawn(kept=0.9)
    plain, money = effect(told), effect(told, worth=np.full(ROWS, 50.0))
    np.testing.assert_allclose(
        [*money.once, *money.always], 50 * np.array([*plain.once, *plain.always])
    )


def test_a_claim_needs_rows_in_both_arms_and_some_who_left():
    sure = drawn(kept=0.95, rows=2_000)
    assert effect(sure).claimed == 1
    harmed = replace(drawn(rows=2_000), stayed=1 - sure.treated * (np.arange(2_000) % 2))
    assert effect(harmed).claimed == -1
    few = sure.where(np.cumsum(1 - sure.treated) < 20)
    assert effect(few).claimed == 0
    nobody = replace(sure, stayed=np.ones(2_000))
    assert effect(nobody).claimed == 0


def first_claim(told, looks):
    """What is claimed first by somebody who looks again and again."""
    found = (effect(told.where(np.arange(len(told.stayed)) < rows)).claimed for rows in looks)
    return next((one for one in found if one), 0)


@pytest.mark.parametrize(("leaving", "share"), [(0.01, 0.98), (0.05, 0.95), (0.01, 0.1)])
def test_an_arm_so_small_that_nobody_in_it_left_claims_nothing(leaving, share):
    """Where nobody of a small arm left by chance, its own outcomes do not vary at all."""
    claims = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        told = Matured(
            treated=(random.random(3_000) < share).astype(float),
            probability=np.full(3_000, share),
            stayed=(random.random(3_000) >= leaving).astype(float),
            leaving=np.full(3_000, leaving),
            customers=np.arange(3_000),
        )
        claims += first_claim(told, (500, 1_000, 1_500, 2_000, 3_000)) != 0
    assert claims <= 2


def test_lots_in_the_made_up_company_are_fair_and_the_effect_is_what_an_offer_does():
    world = lived(0, offer=-0.8, share=0.7)
    assert abs(world.told.treated.mean() - 0.7) < 0.03
    assert world.truth > 0.02
    assert lived(0, offer=0.0, share=0.7).truth == 0
    assert (np.diff(world.matured) >= 0).all()


@pytest.mark.slow
def test_the_truth_is_covered_and_nothing_is_claimed_where_there_is_nothing():
    found = effects_loop.run(40, lambda _line: None)
    assert found["covered"] >= 36
    assert found["covered_always"] >= 39
    assert found["false_claims"] <= 3
    assert found["proved"] >= 30
