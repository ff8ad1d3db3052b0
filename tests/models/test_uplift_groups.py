"""Groups beside each other, and arms that were or were not drawn by lot."""

import numpy as np
import pytest
from scipy.stats import binomtest

from models.uplift.cells import TOO_FEW, cells, together
from models.uplift.comparable import imbalances, share_chance
from models.uplift.effects import Matured, effect, mean_of

ROWS = 600


def drawn(seed=0, kept=0.0, rows=ROWS):
    """Draws of whom a fifth leaves, fewer of those treated where contact keeps some."""
    random = np.random.default_rng(seed)
    treated = (random.random(rows) < 0.7).astype(float)
    left = random.random(rows) < 0.2 * (1 - kept * treated)
    return Matured(
        treated=treated,
        probability=np.full(rows, 0.7),
        stayed=1.0 - left,
        leaving=np.full(rows, np.nan),
        customers=np.arange(rows),
    )


def test_one_group_of_everyone_is_the_effect_on_everyone():
    told = drawn(kept=0.5)
    [one] = cells(told, {"band": ["high"] * ROWS})
    found = effect(told)
    assert (one.difference, one.low, one.high) == pytest.approx(found.once)
    assert one.pooled == pytest.approx(found.once.value)
    assert (one.treated, one.control) == (found.treated, found.control)


def test_more_groups_widen_all_intervals_and_small_ones_are_told_together():
    told = drawn()
    names = ["a"] * 300 + ["b"] * 270 + ["c"] * 20 + ["d"] * 9 + [None]
    alone = cells(told, {"band": names})
    both = cells(told, {"band": names, "stage": ["x"] * 300 + ["y"] * 300})
    assert [cell.name for cell in alone] == ["a", "b", TOO_FEW]
    assert alone[-1].difference is None
    assert alone[-1].treated + alone[-1].control == 29
    assert alone[0].high - alone[0].low < both[0].high - both[0].low
    assert cells(told, {"persona": [None] * ROWS}) == []


def test_without_an_effect_all_groups_are_covered_together():
    names = np.repeat([*"abcd"], ROWS // 4).tolist()
    found = [cells(drawn(seed), {"band": names}) for seed in range(100)]
    whole = [all(cell.low <= 0 <= cell.high for cell in some) for some in found]
    assert sum(whole) >= 90


def test_groups_of_which_hardly_anybody_leaves_hold_their_truth_together():
    """Contact keeps four of five, in ten groups of a hundred of whom two in a hundred leave."""
    names, missed = np.repeat([*"abcdefghij"], 100).tolist(), 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        treated = (random.random(1_000) < 0.5).astype(float)
        left = random.random(1_000) < np.where(treated == 1, 0.004, 0.02)
        told = Matured(
            treated=treated,
            probability=np.full(1_000, 0.5),
            stayed=1.0 - left,
            leaving=np.full(1_000, 0.02),
            customers=np.arange(1_000),
        )
        missed += not all(one.low <= 0.016 <= one.high for one in cells(told, {"band": names}))
    assert missed <= 6


def test_money_that_a_few_bring_is_no_surer_for_their_all_having_stayed():
    told = drawn(rows=2_000)
    rich = np.where((told.stayed == 1) & (np.arange(2_000) % 40 == 0), 1_000.0, 1.0)
    anybody = np.random.default_rng(5).permutation(rich)
    widths = [np.ptp(effect(told, worth=one).once[1:]) for one in (rich, anybody)]
    assert widths[0] > 0.8 * widths[1]


def test_where_a_few_decide_an_interval_is_wider():
    told = drawn(rows=2_000)
    even, uneven = (mean_of(told, worth=np.full(2_000, 1.0) + one) for one in (0, lone(told)))
    assert uneven.freedom < 30 < even.freedom


def lone(told):
    """A hundred times as much of a dozen who left."""
    return 100.0 * ((told.stayed == 0) & (np.cumsum(1 - told.stayed) <= 12))


def test_what_is_pooled_lies_between_its_own_effect_and_all_others():
    means, errors = np.array([0.0, 0.3, 0.1]), np.array([0.02, 0.1, 0.05])
    pooled = together(means, errors)
    assert pooled.min() >= means.min()
    assert pooled.max() <= means.max()
    assert abs(pooled[0] - means[0]) < abs(pooled[1] - means[1])
    assert together(np.array([0.2]), np.array([0.1])).tolist() == [0.2]


def test_the_chance_of_shares_is_exact_in_one_stratum():
    treated = np.r_[np.ones(40), np.zeros(60)]
    found = share_chance(treated, np.full(100, 0.5), ["high"] * 100)
    assert found == pytest.approx(binomtest(40, 100, 0.5).pvalue)


def test_arms_drawn_by_lot_are_seldom_doubted_and_others_are():
    random = np.random.default_rng(1)
    doubted = 0
    for _ in range(200):
        share = np.repeat([0.9, 0.5], 200)
        treated = (random.random(400) < share).astype(float)
        known = {"leaving": random.beta(2, 8, 400), "value": random.normal(size=400)}
        chance = share_chance(treated, share, ["high"] * 200 + ["low"] * 200)
        doubted += chance < 0.001 or bool(imbalances(treated, share, known))
    assert doubted <= 3
    all_low = np.r_[np.zeros(200), np.ones(200)]
    assert share_chance(all_low, share, ["high"] * 200 + ["low"] * 200) < 1e-9


def test_small_strata_and_rare_stages_of_which_one_is_held_out_are_no_doubt():
    """With two in a hundred held out, one control in a stratum of four is no sign of cheating."""
    random, doubted = np.random.default_rng(1), [0, 0]
    strata = ["low"] * 980 + ["high"] * 20
    stages = np.repeat([*"abc"], [900, 90, 10])
    for _ in range(400):
        share = np.full(1_000, 0.98)
        treated = (random.random(1_000) < share).astype(float)
        random.shuffle(stages)
        known = {name: (stages == name).astype(float) for name in "abc"}
        doubted[0] += share_chance(treated, share, strata) < 0.001
        doubted[1] += bool(imbalances(treated, share, known))
    assert max(doubted) <= 2
    few = np.arange(1_000) % 2 == 0
    assert share_chance(few.astype(float), share, strata) < 1e-9


def test_an_imbalance_is_named_with_its_size():
    random = np.random.default_rng(2)
    treated = (random.random(1000) < 0.7).astype(float)
    value = random.normal(size=1000) + 0.5 * treated
    known = {"leaving": random.random(1000), "value": value, "stage": np.full(1000, np.nan)}
    [found] = imbalances(treated, np.full(1000, 0.7), known)
    assert found.name == "value"
    assert 0.3 < found.difference < 0.7
