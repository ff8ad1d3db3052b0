"""A mended pain is called mended, and nothing else is: a change beside a comparison."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import ledger
from loops.ledger import CHANGE, CUTOFFS, HURTS, OTHERS, world

from models.pains.before_after import Against, Change, Place, before_after
from models.pains.verdicts import BECAUSE, MENDED, MOVED, NO_EXCESS, TOO_EARLY, TOO_FEW, judged
from models.pains.wandering import Series, wandering


@pytest.fixture(scope="module")
def mended():
    return world(7, effect=-0.2)


def measured(rows, **told):
    return before_after(rows, told.get("place", HURTS), told.get("others", OTHERS), CHANGE)


def early(rows):
    return rows[rows["cutoff"] <= CUTOFFS[14]]


def plain_effect(rows):
    """Difference in differences, cutoff by cutoff, each weighed by its rows of both."""
    between = rows["cutoff"].isin(CUTOFFS[[12]])
    others = rows[(rows["channel"] != "web") & ~between]
    within = others[["outcome", "expected"]] - others.groupby("cutoff")[
        ["outcome", "expected"]
    ].transform("mean")
    slope = np.polyfit(within["expected"], within["outcome"], 1)[0]
    gaps = {}
    for cutoff, some in rows.groupby("cutoff"):
        missed = some["outcome"] - slope * some["expected"]
        ours = some["channel"] == "web"
        n, others = ours.sum(), (~ours).sum()
        gaps[cutoff] = (missed[ours].mean() - missed[~ours].mean(), n * others / (n + others))
    sides = [
        [one for cutoff, one in gaps.items() if cutoff + pd.Timedelta(days=31) <= CHANGE.at],
        [one for cutoff, one in gaps.items() if cutoff >= CHANGE.at + pd.Timedelta(days=7)],
    ]
    before, after = (sum(gap * n for gap, n in one) / sum(n for _, n in one) for one in sides)
    return after - before


def test_it_is_the_difference_in_differences(mended):
    told = measured(mended)
    assert told.effect.value == pytest.approx(plain_effect(mended))
    assert told.effect.low < -0.2 < told.effect.high
    assert told.plain.low < -0.2 < told.plain.high
    assert (told.verdict, told.because) == ("mended", MENDED)
    assert told.cells["before"].observed > told.cells["after"].observed + 0.1


@settings(max_examples=5)
@given(shocks=st.lists(st.floats(-0.5, 0.5), min_size=24, max_size=24), seed=st.integers(0, 99))
def test_what_befalls_both_and_the_order_of_rows_change_nothing(mended, shocks, seed):
    month = mended["cutoff"].map(dict(zip(CUTOFFS, shocks, strict=True)))
    shaken = mended.assign(expected=mended["expected"] + month).sample(frac=1, random_state=seed)
    one, other = measured(mended), measured(shaken)
    assert other.effect == pytest.approx(one.effect)
    assert other.drift == pytest.approx(one.drift)
    assert other.because == one.because


def test_what_was_expected_may_know_who_was_mended(mended):
    """Expectations that guess the channel half explain the mend away; they must not hide it."""
    bent = mended.assign(
        expected=mended["expected"]
        + 0.1 * ((mended["channel"] == "web") & (mended["cutoff"] < CHANGE.at))
    )
    assert measured(bent).effect.value == pytest.approx(measured(mended).effect.value, abs=0.1)
    flat = mended.assign(expected=np.where(mended["channel"] == "web", mended["outcome"], 0.2))
    assert measured(flat).effect.high < -0.1


def test_rows_of_a_customer_told_twice_make_nothing_surer(mended):
    one, twice = measured(mended), measured(pd.concat([mended, mended]))
    assert np.diff(twice.effect[1:]) == pytest.approx(np.diff(one.effect[1:]), rel=0.02)


def test_what_reaches_over_the_change_does_not_count(mended):
    change = Change(at=datetime(2026, 1, 15, tzinfo=UTC), ahead_days=31, back_days=20)
    between = mended["cutoff"].isin(pd.to_datetime(["2026-01-01", "2026-02-01"], utc=True))
    bent = mended.assign(outcome=mended["outcome"].where(~between, 1.0))
    assert before_after(bent, HURTS, OTHERS, change) == before_after(mended, HURTS, OTHERS, change)
    assert before_after(bent, HURTS, OTHERS, replace(change, back_days=0)) != before_after(
        mended, HURTS, OTHERS, replace(change, back_days=0)
    )


def test_others_are_not_looked_at(mended):
    elsewhere = mended.assign(stage="decision", customer=mended["customer"] + 10_000, outcome=1.0)
    assert measured(pd.concat([mended, elsewhere])) == measured(mended)
    only = Against(by="channel", names=("email",))
    bent = mended.assign(outcome=mended["outcome"].where(mended["channel"] != "call", 1.0))
    assert measured(bent, others=only) == measured(mended, others=only)


def test_of_waits_all_that_happens_is_too_much(mended):
    waits = mended.assign(kind="wait", what="first_reply")
    place = Place(kind="wait", what="first_reply", stage="consideration", channel="web")
    told = measured(waits, place=place)
    assert told.excess == told.cells["before"].observed
    assert told.because != NO_EXCESS


@pytest.mark.parametrize(
    ("last", "because"), [(CUTOFFS[12], TOO_EARLY), (CUTOFFS[-1], MENDED)], ids=str
)
def test_nothing_is_said_before_anything_is_known(mended, last, because):
    assert measured(mended[mended["cutoff"] <= last]).because == because


def test_where_nobody_is_any_more_it_is_not_too_early(mended):
    ghost = replace(HURTS, stage="a stage that is gone")
    assert measured(mended, place=ghost).because == TOO_FEW


def test_few_customers_or_few_cutoffs_tell_nothing(mended):
    assert measured(mended[mended["customer"] < 80]).because == TOO_FEW
    late = mended[mended["cutoff"] >= CUTOFFS[10]]
    assert measured(late).because == TOO_FEW


def test_a_comparison_that_moved_before_tells_nothing():
    told = measured(world(1, effect=0.0, drift=-0.03, excess=0.4))
    assert (told.verdict, told.because) == ("unclear", MOVED)


def test_no_change_is_not_mended_in_the_end():
    big = pd.concat(
        world(seed, effect=0.0).assign(customer=lambda rows, n=seed: rows["customer"] + n * 10_000)
        for seed in range(8)
    )
    assert measured(big).verdict == "not mended"


def test_what_befalls_a_place_alone_for_months_is_no_effect():
    """Many customers make a mean sure, not what else went on where they are."""
    missed = 0
    for seed in range(6):
        told = measured(world(seed, effect=0.0, wander=0.12, a_channel=1_200))
        missed += not told.effect.low <= 0 <= told.effect.high
    assert missed <= 1


def series(gaps, noise=0.01):
    days = 28.0 * np.arange(len(gaps))
    alone = np.ones((len(gaps), 1))
    return Series(days=days, gaps=gaps, noise=noise * np.eye(len(gaps)), design=alone, others=0.5)


def test_places_that_wander_make_a_gap_as_uncertain_as_they_are():
    rng = np.random.default_rng(2)
    calm, restless = (rng.normal(0, spread, (4, 20)) for spread in (0.1, 0.5))
    own = series(calm[0])
    little = wandering(own, [series(one) for one in calm[1:]])
    much = wandering(own, [series(one) for one in restless[1:]])
    assert np.linalg.eigvalsh(little).min() >= 0
    assert little[0, 0] < 0.01 < 2 * little[0, 0] + 0.01 < much[0, 0]
    staying = np.cumsum(rng.normal(0, 0.2, (4, 20)), axis=1)
    steady = wandering(series(staying[0]), [series(one) for one in staying[1:]])
    assert steady[0, 1] > 0.7 * steady[0, 0]
    assert not wandering(series(np.zeros(5), noise=0.0), []).any()


def test_weeks_to_go_are_told_while_it_is_not_clear():
    told = measured(early(world(3, effect=-0.05)))
    assert told.because == "not_yet"
    assert told.weeks_more is None or 0 < told.weeks_more <= 104
    assert set(told.facts()["effect"]) == {"value", "low", "high"}


@given(
    numbers=st.lists(st.floats(-1, 1), min_size=9, max_size=9),
    excess=st.floats(-0.5, 0.5),
)
def test_a_verdict_has_a_reason_and_mended_needs_all_three(numbers, excess):
    from models.judging.bootstrap import Interval  # noqa: PLC0415  (named here alone)

    effect, drift, step = (
        Interval(middle, low, high)
        for low, middle, high in (sorted(numbers[at : at + 3]) for at in (0, 3, 6))
    )
    verdict, because = judged(effect, drift, step, excess)
    assert because in BECAUSE
    if verdict == "mended":
        assert effect.high < 0
        assert step.high < 0
        assert drift.low <= 0 <= drift.high
        assert excess > 0
        assert effect.value <= -excess / 2


@pytest.mark.slow
def test_the_ledger_holds_what_it_promises():
    told = ledger.run(16, lambda _: None)
    assert told["beyond"] == 0
    assert told["found"] >= 1
