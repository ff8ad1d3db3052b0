"""Pains: excesses against a slow oracle, cells by their coarsest name, nothing out of nothing."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import pains as worlds

from models.pains.cells import Cell, places
from models.pains.contrast import Crowd, strata
from models.pains.efficiency import efficiency
from models.pains.expecting import expected
from models.pains.found import COLUMNS, found
from models.pains.opportunities import FIRST_STEP, recovery
from models.pains.params import DAYS_A_MONTH, PainParams
from models.pains.worth import worths

SEEDS = st.integers(0, 2**32 - 1)


def crowd(seed, rows=120):
    rng = np.random.default_rng(seed)
    return Crowd(
        outcome=rng.integers(0, 2, rows).astype(float),
        expected=rng.random(rows),
        stratum=rng.integers(0, 4, rows),
        customer=rng.integers(0, 40, rows),
    )


def slow_excess(told, inside, pool):
    """Each row of the cell less the mean of the others of its stratum, one by one."""
    residual = told.outcome - told.expected
    others = [row for row in pool if row not in set(inside)]
    above = []
    for row in inside:
        alike = [residual[one] for one in others if told.stratum[one] == told.stratum[row]]
        if alike:
            above.append(residual[row] - np.mean(alike))
    return np.mean(above)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_an_excess_is_that_of_each_row_above_those_alike_elsewhere(seed):
    told, rows = crowd(seed), np.arange(120)
    inside = rows[told.customer < 12]
    assert told.contrast(inside, rows).excess == pytest.approx(slow_excess(told, inside, rows))


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_what_is_explained_is_no_longer_an_excess(seed):
    told, rows = crowd(seed), np.arange(120)
    inside = rows[told.customer < 12]
    first = told.contrast(inside, rows)
    assert told.less(first.excess, inside).contrast(inside, rows).excess == pytest.approx(0)


def test_rows_of_a_customer_count_as_one():
    """The same rows told twice are no more certain."""
    told, rows = crowd(3), np.arange(120)
    inside = rows[told.customer < 12]
    twice = Crowd(
        outcome=np.tile(told.outcome, 2),
        expected=np.tile(told.expected, 2),
        stratum=np.tile(told.stratum, 2),
        customer=np.tile(told.customer, 2),
    )
    both = np.concatenate([inside, inside + 120])
    one, two = told.contrast(inside, rows), twice.contrast(both, np.arange(240))
    assert two == pytest.approx(one)


def test_nobody_to_compare_with_is_no_excess():
    told, rows = crowd(1), np.arange(120)
    assert np.isnan(told.contrast(rows, rows).excess)


def test_a_few_of_whom_nobody_left_prove_little():
    """That none of twenty left where one would be expected is chance, however many others did."""
    outcome = np.zeros(1020)
    outcome[:1000:20] = 1
    told = Crowd(
        outcome=outcome,
        expected=np.full(1020, 0.05),
        stratum=np.zeros(1020, dtype=np.int64),
        customer=np.arange(1020),
    )
    found = told.contrast(np.arange(1000), np.arange(1020))
    assert found.excess == pytest.approx(0.05)
    assert found.error == pytest.approx((0.05 * 0.95 * (1 / 20 + 1 / 1000)) ** 0.5)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_a_stratum_is_of_one_group_and_a_span_of_expectations(seed):
    rng = np.random.default_rng(seed)
    group, p = rng.integers(0, 3, 900), rng.random(900)
    cut = strata(group, p)
    for one in np.unique(cut):
        assert len(np.unique(group[cut == one])) == 1
    for kind in np.unique(group):
        spans = [p[cut == one] for one in np.unique(cut[group == kind])]
        assert all(a.max() <= b.min() for a, b in pairwise(spans))


def test_a_set_of_rows_is_told_by_its_coarsest_name():
    """One stage alone: naming it adds nothing; no cell is a stage, or customers without contact."""
    rows = pd.DataFrame(
        {
            "stage": "use",
            "channel": ["web", "call", "none"] * 40,
            "persona": "",
            "customer": np.arange(120),
            "drop_expected": 1.0,
        }
    )
    told = places(rows, np.arange(120), 10, 1)
    assert [one.cell for one in told] == [Cell(channel="call"), Cell(channel="web")]
    assert rows.loc[told[0].rows, "channel"].eq("call").all()


def test_no_contact_is_no_elsewhere():
    """Who was silent and stayed all the same tells nothing of the one channel that others use."""
    rows = pd.DataFrame(
        {
            "customer": np.arange(2500),
            "cutoff": pd.Timestamp("2026-01-01"),
            "kind": "drop_off",
            "what": "",
            "stage": "use",
            "channel": ["store"] * 2000 + ["none"] * 500,
            "persona": "",
            "dropped": [1.0, *[0.0] * 7] * 250 + [1.0, *[0.0] * 49] * 10,
            "drop_expected": 0.1,
            "value": 100.0,
        }
    )
    rows = rows.assign(outcome=rows["dropped"]).sample(frac=1, random_state=0)
    assert found(rows, rows, PainParams(), horizon_days=30).frame.empty
    rows["channel"] = rows["channel"].replace("none", "web")
    told = found(rows, rows, PainParams(), horizon_days=30).frame
    assert told["channel"].tolist() == ["store"]


def test_small_cells_are_not_looked_at():
    rows = worlds.world(1, 0.0, customers=200).rows
    assert not places(rows, np.arange(0), 0, 0, whole=True)
    assert not places(rows, np.arange(len(rows)), 201, 1)
    assert not places(rows, np.arange(len(rows)), 2, 10**6)


def test_expectations_are_told_by_others():
    """What came of a customer plays no part in what is expected of them."""
    rng = np.random.default_rng(0)
    mix, stage = pd.DataFrame({"x": rng.normal(size=600)}), np.zeros(600, dtype=np.int64)
    y = (rng.random(600) < 0.3).astype(float)
    who = [f"c{row // 2}" for row in range(600)]
    other = y.copy()
    other[:2] = 1 - y[:2]
    told, otherwise = expected(mix, stage, y, who), expected(mix, stage, other, who)
    assert told[:2].tolist() == otherwise[:2].tolist()
    assert told.tolist() != otherwise.tolist()


def test_a_planted_pain_is_named_with_its_money_and_the_risky_channel_is_not_blamed():
    planted = worlds.world(0, worlds.HURT)
    told = worlds.search(planted.rows)
    [pain] = worlds.drop_offs(told).to_dict("records")
    assert Cell(pain["stage"], pain["channel"], pain["persona"]) == worlds.PLANTED
    assert pain["certain"]
    assert pain["money_low"] <= planted.money <= pain["money_high"]
    raw = planted.rows.groupby("channel")["outcome"].mean()
    assert raw["call"] > raw["chat"] > raw["web"], "who looks at shares alone blames calls"


def test_a_pain_of_those_who_pay_little_costs_what_they_pay():
    """Not what customers of the place pay on average: three times as much here."""
    planted = worlds.world(1, worlds.HURT, of_the_poor=True)
    [pain] = worlds.drop_offs(worlds.search(planted.rows)).to_dict("records")
    assert pain["money_low"] <= planted.money <= pain["money_high"]
    inside = planted.rows.loc[worlds.is_planted(planted.rows), "value"]
    days = planted.rows["cutoff"].nunique()
    usual = pain["excess"] * inside.sum() / days * DAYS_A_MONTH / worlds.HORIZON_DAYS
    assert pain["money"] < 0.6 * usual


@pytest.mark.slow
def test_a_few_worlds_stay_within_the_limits():
    said = list[str]()
    assert worlds.run(60, said.append) == {"beyond": 0}
    assert len(said) == 3


def test_what_is_found_holds_no_customer():
    told = worlds.search(worlds.world(0, worlds.HURT, customers=600).rows)
    assert tuple(told.frame.columns) == COLUMNS
    assert "customer" not in set(told.frame.columns)


def test_half_of_the_customers_drawn_stand_for_all():
    planted = worlds.world(0, worlds.HURT).rows
    all_, half = (
        found(planted, planted.iloc[:0], PainParams(), horizon_days=30, drawn=share).frame
        for share in (1.0, 0.5)
    )
    assert half["money"].tolist() == pytest.approx((2 * all_["money"]).tolist())
    assert half["excess"].tolist() == all_["excess"].tolist()


def test_what_was_lived_through_is_told_even_where_it_costs_nothing():
    """Long waits that drive nobody away: how many, and that no money is proved."""
    rows = worlds.world(0, 0.0, customers=600).rows.assign(kind="wait", what="first_reply")
    rows["outcome"] = np.random.default_rng(0).integers(0, 2, len(rows))
    [wait] = found(rows, rows, PainParams(), horizon_days=30).frame.to_dict("records")
    assert (wait["stage"], wait["channel"], wait["persona"]) == ("", "", "")
    assert wait["share"] == pytest.approx(rows["outcome"].mean())
    assert wait["affected_now"] == rows["outcome"].sum()
    assert not wait["certain"]


def test_who_pays_nothing_yet_is_worth_what_others_come_to():
    """Two of three who leave a trial go on to pay 60; who stays put says nothing."""
    here, to = np.array([0, 0, 0, 0, 1, 1]), np.array([1, 2, 1, -1, -1, -1])
    assert worths(here, to, np.array([0, 0, 0, 0, 90.0, 30.0]), 2) == pytest.approx([40, 60])


def test_steps_of_those_who_recovered():
    """A demo was asked for first by thirty of forty who stayed and by five of forty who left."""
    rows = pd.DataFrame(
        {
            "customer": np.arange(80),
            "cutoff": pd.Timestamp("2026-01-01"),
            "dropped": np.repeat([0.0, 1.0], 40),
            FIRST_STEP: ["demo"] * 30 + ["visit"] * 10 + ["demo"] * 5 + ["visit"] * 35,
        }
    )
    told = recovery(rows, 20)
    assert told.customers == 40
    [step] = told.by
    assert (step["step"], step["share"], step["other_share"]) == ("demo", 0.75, 0.125)
    assert 0.4 < step["low"] < 0.625 < step["high"]
    assert not recovery(rows, 31).by


def test_steps_that_say_nothing_are_seldom_told():
    """Eight steps as common among those who recovered as among the others."""
    told = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        rows = pd.DataFrame({"customer": np.arange(600), "cutoff": 0})
        steps = rng.choice([*"abcdefgh"], 600)
        told += bool(recovery(rows.assign(dropped=rng.random(600) < 0.3, first_step=steps), 20).by)
    assert told <= 3


def test_what_an_advance_costs():
    """Ads at the entry and in a stage by their touches; a channel nobody touched costs too."""
    flows = pd.DataFrame(
        {
            "source": ["", "aware", "aware", "aware"],
            "channel": ["ad", "ad", "chat", "chat"],
            "direction": ["enter", "skip", "advance", "exit"],
            "moves": [10, 5, 4, 9],
        }
    )
    touches = pd.DataFrame(
        {"stage": ["", "aware", "aware"], "channel": ["ad", "ad", "chat"], "events": [30, 10, 50]}
    )
    spend = pd.DataFrame({"channel": ["ad", "tv"], "cost": [400.0, 50.0]})
    told = efficiency(flows, touches, spend, {"chat": 2.0})
    kept = told.loc[:, ["stage", "channel", "cost", "advances"]].to_numpy().tolist()
    assert kept == [
        ["", "ad", 300, 10],
        ["aware", "ad", 100, 5],
        ["aware", "chat", 100, 4],
        ["", "tv", 50, 0],
    ]
    assert told["cost_per_advance"].tolist()[:3] == [30, 20, 25]
    assert (told["low"][:3] < told["cost_per_advance"][:3]).all()
    assert efficiency(flows, touches.iloc[:0], spend.iloc[:0], {}).empty
