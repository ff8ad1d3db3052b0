"""Matured runs judged together: no outcome twice, and as sure as counting makes them."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import truths
from nights import FIRST
from scipy import stats

from models.judging.bootstrap import Interval
from serving.watching.matured import plain
from serving.watching.records import Kept
from serving.watching.together import RUNS_MOST, SURE, Together, apart, spans

DAY = timedelta(days=1)


def run(night=0, version=1, *, left=20, alone=200, counted=20.0, **metrics):
    told = {name: plain(Interval(*value)) for name, value in metrics.items()}
    facts = {"true": told, "model_version": version, "left_alone": left, "alone": alone}
    return Kept(run_id=f"{night}", as_of=FIRST + night * DAY, facts=facts | {"counted": counted})


def level(left, expected):
    ratio = left / expected
    told = {"observed_over_expected": (ratio, ratio, ratio)}
    return run(left=left, counted=expected, **told)


@given(nights=st.sets(st.integers(0, 600)), horizon=st.integers(1, 60))
def test_no_two_runs_share_an_outcome_and_the_newest_is_among_them(nights, horizon):
    told = [run(night, 1 + night % 2, auc=(0.8, 0.7, 0.9)) for night in sorted(nights)[::-1]]
    found = apart(told, 1, horizon)
    ours = [one for one in told if one.facts["model_version"] == 1]
    assert found[:1] == tuple(ours[:1])
    assert len(found) <= RUNS_MOST
    for later, earlier in pairwise(found):
        assert later.as_of - earlier.as_of >= horizon * DAY
    assert [len(span.runs) for span in spans(found)] == [*range(1, len(found) + 1)]


def test_runs_without_a_truth_are_no_evidence():
    skipped = Kept(run_id="1", as_of=FIRST, facts={"skipped": "gone", "model_version": 1})
    assert apart([skipped, run(-30, auc=(0.8, 0.7, 0.9))], 1, 28)[0].run_id == "-30"


@given(counts=st.lists(st.tuples(st.integers(0, 90), st.floats(1, 90)), min_size=1, max_size=6))
def test_the_level_of_many_runs_is_that_of_all_their_customers_counted_once(counts):
    told = Together(runs=tuple(level(*one) for one in counts)).level()
    left, expected = np.sum(counts, axis=0)
    assert told is not None
    assert told.value == pytest.approx(left / expected)
    alpha = stats.norm.sf(SURE)
    assert stats.poisson.sf(left - 1, told.low * expected) == pytest.approx(
        alpha if left else 1.0, rel=1e-6
    )
    assert stats.poisson.cdf(left, told.high * expected) == pytest.approx(alpha, rel=1e-6)


def test_a_ranking_of_many_runs_is_their_mean_by_who_left_and_surer_than_each():
    half = 1.96 * 0.06
    runs = [run(left=25, auc=(auc, auc - half, auc + half)) for auc in (0.7, 0.8, 0.9)]
    one, three = Together(runs=(runs[0],)), Together(runs=tuple(runs))
    assert one.ranking("auc", 20) == pytest.approx((0.7, 0.06 * np.sqrt(25 / 24)))
    assert three.ranking("auc", 20) == pytest.approx((0.8, 0.06 * np.sqrt(25 / 24 / 3)))
    assert three.ranking("auc", 76) is None
    heavy = run(left=75, auc=(0.9, 0.89, 0.91))
    assert Together(runs=(runs[0], heavy)).ranking("auc", 20)[0] == pytest.approx(0.85)


def test_runs_of_which_hardly_anybody_left_tell_of_a_level_and_of_no_ranking():
    few = run(left=4, counted=5.0, auc=(0.2, 0.1, 0.3), observed_over_expected=(0.8, 0.1, 2))
    assert Together(runs=(few,) * 9).ranking("auc", 20) is None
    assert Together(runs=(few,) * 9).level().value == pytest.approx(0.8)
    nobody = run(left=0, counted=6.0, observed_over_expected=(0.0, 0.0, 0.6))
    assert Together(runs=(nobody,)).level().high > 1
    assert Together(runs=(nobody,) * 2).level().high < 1
    unknown = run(left=0, counted=0.0, observed_over_expected=(float("nan"),) * 3)
    assert Together(runs=(unknown,)).level() is None


def test_a_shop_that_loses_more_than_expected_is_told_of_it_and_one_that_does_not_is_not():
    assert [truths.first_told(seed, 200, 1.0, 1.0) for seed in range(2)] == [None, None]
    told = truths.first_told(0, 2_000, *truths.CHANGES["more leave"])
    assert told is not None
    assert 0 < told < 60
