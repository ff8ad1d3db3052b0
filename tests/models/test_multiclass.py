"""Learners of several classes: probabilities that add up, floors, masks, counts by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import CLASSES, outcomes

from models.judging.evaluation import purged
from models.learning.boosting import Boosting, BoostingParams
from models.multiclass.baselines import DWELL_DAYS, Shares, baselines
from models.multiclass.boosting import SeveralBoosting
from models.multiclass.masks import Mask, Masking
from models.multiclass.metrics import losses, measure
from models.multiclass.transitions import transitions

SMALL = BoostingParams(rounds=150, patience_rounds=10, rows_per_leaf=20, seeds=2)
NAMED = [
    ("marginal", ()),
    ("markov", ("present_stage",)),
    ("stage_dwell", ("present_stage", "present_stage_days")),
]
BOOSTING = SeveralBoosting(Boosting(SMALL, categories=frozenset({"present_stage"})))
NO_ADVANCE = np.array([[True, True, True], [True, True, True], [True, False, True]])
MASKED = Masking(BOOSTING, Mask.of("present_stage", NO_ADVANCE))


@pytest.fixture(scope="module")
def learned():
    return {one.name: one.fit(outcomes()) for one in (BOOSTING, *baselines(NAMED))}


def test_probabilities_of_a_row_add_up_to_one(learned):
    later = outcomes(seed=1)
    for predictor in learned.values():
        p = predictor.probabilities(later.rows)
        assert p.shape == (len(later.rows), len(CLASSES))
        assert (p > 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)


def test_a_row_says_the_same_alone_and_in_any_company(learned):
    rows = outcomes(seed=1).rows
    shuffled = rows.sample(frac=1, random_state=0)
    for predictor in learned.values():
        p = pd.DataFrame(predictor.probabilities(rows), index=rows.index)
        moved = pd.DataFrame(predictor.probabilities(shuffled), index=shuffled.index)
        pd.testing.assert_frame_equal(moved.sort_index(), p)
        np.testing.assert_array_equal(predictor.probabilities(rows.iloc[[7]])[0], p.iloc[7])


def test_the_more_is_known_the_better(learned):
    later = outcomes(seed=1)
    loss = {
        name: losses(later.y, one.probabilities(later.rows)).mean() for name, one in learned.items()
    }
    assert loss["churn"] < loss["stage_dwell"] < loss["markov"] < loss["marginal"]


def test_the_marginal_is_the_share_of_each_class(learned):
    told = outcomes()
    shares = np.bincount(told.y.astype(int), minlength=3) / len(told.y)
    p = learned["marginal"].probabilities(told.rows)
    np.testing.assert_allclose(p[0], shares, atol=0.005)
    assert (p == p[0]).all()


def test_the_chain_is_counted_by_hand():
    rows = pd.DataFrame({"present_stage": [0.0, 0.0, 1.0, np.nan], "label": [0, 1, 1, 2]})
    told = replace(outcomes(), rows=rows)
    fitted = Shares("markov", ("present_stage",), pseudo_rows=2.0).fit(told)
    everywhere = (np.array([1, 2, 1]) + 2 / 3) / (4 + 2)
    behind = {0.0: [1, 1, 0], 1.0: [0, 1, 0], 5.0: [0, 0, 0]}
    p = fitted.probabilities(pd.DataFrame({"present_stage": list(behind)}))
    for row, seen in zip(p, behind.values(), strict=True):
        np.testing.assert_allclose(row, (np.array(seen) + 2 * everywhere) / (sum(seen) + 2))


def test_days_in_a_stage_are_told_by_bins(learned):
    edge = DWELL_DAYS[2]
    rows = pd.DataFrame({"present_stage": 0.0, "present_stage_days": [edge - 0.1, edge, edge + 1]})
    before, at, after = learned["stage_dwell"].probabilities(rows)
    assert (at == after).all()
    assert (before != at).any()


def test_a_class_that_no_row_had_is_unlikely_but_possible():
    told = outcomes()
    never = replace(told, rows=told.rows.loc[told.rows["label"] < 2])
    for learner in (BOOSTING, *baselines(NAMED)):
        p = learner.fit(never).probabilities(told.rows)
        assert (p[:, 2] > 1e-9).all()
        assert p[:, 2].mean() < 0.02


def test_the_floor_of_the_trees_is_one_row_spread_evenly():
    told = outcomes()
    never = replace(told, rows=told.rows.loc[told.rows["label"] < 2])
    p = BOOSTING.fit(never).probabilities(told.rows)
    np.testing.assert_allclose(p[:, 2], 1 / (3 * (len(never.rows) + 1)), rtol=1e-6)


def test_natural_shares_are_kept(learned):
    told = outcomes()
    p = learned["churn"].probabilities(told.rows)
    np.testing.assert_allclose(p.mean(axis=0), np.bincount(told.y.astype(int)) / len(p), atol=0.01)


def test_what_is_impossible_gets_nothing_and_the_rest_keeps_its_proportions():
    told, later = outcomes(), outcomes(seed=1)
    free, masked = (one.fit(told).probabilities(later.rows) for one in (BOOSTING, MASKED))
    last = later.rows["present_stage"].eq(2).to_numpy()
    assert (masked[last, 1] == 0).all()
    assert (masked[~last] == free[~last]).all()
    np.testing.assert_allclose(masked.sum(axis=1), 1)
    np.testing.assert_allclose(masked[last, 0] / masked[last, 2], free[last, 0] / free[last, 2])
    assert losses(later.y, masked).mean() < losses(later.y, free).mean()


def test_a_rule_that_the_data_contradict_forbids_nothing():
    told = outcomes()
    rows = told.rows.copy()
    rows.loc[rows.index[rows["present_stage"].eq(2)][0], "label"] = 1
    free, masked = (one.fit(replace(told, rows=rows)) for one in (BOOSTING, MASKED))
    np.testing.assert_array_equal(masked.probabilities(told.rows), free.probabilities(told.rows))


@given(st.lists(st.lists(st.floats(1e-3, 1), min_size=3, max_size=3), min_size=1, max_size=8))
def test_masked_rows_add_up_whatever_they_were(rows):
    frame = pd.DataFrame({"present_stage": np.arange(len(rows)) % 3})
    raw = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    p = Mask.of("present_stage", NO_ADVANCE).masked(frame, raw)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p[frame["present_stage"].eq(2), 1] == 0).all()


def test_a_row_that_is_left_with_nothing_shares_evenly():
    frame = pd.DataFrame({"present_stage": [2.0]})
    p = Mask.of("present_stage", NO_ADVANCE).masked(frame, np.array([[0.0, 1.0, 0.0]]))
    assert p.tolist() == [[0.5, 0.0, 0.5]]


def test_later_labels_take_no_part():
    """What had not matured by an origin changes nothing of what is predicted there."""
    told = outcomes()
    origin = told.cutoffs[-1]
    unripe = told.rows["matured_at"].gt(origin)
    flipped = replace(told, rows=told.rows.assign(label=told.rows["label"].where(~unripe, 0)))
    first, second = (
        BOOSTING.fit(purged(one, origin)).probabilities(told.at(origin).rows)
        for one in (told, flipped)
    )
    np.testing.assert_array_equal(first, second)


def test_moves_observed_stand_beside_moves_expected(learned):
    later = outcomes(seed=1)
    p = learned["markov"].probabilities(later.rows)
    stages = later.column("present_stage").map({0.0: "a", 1.0: "b", 2.0: "c"})
    table = transitions(stages, later.y, p, CLASSES)
    assert list(table["stage"]) == [stage for stage in "abc" for _ in CLASSES]
    assert table.groupby("stage")["observed"].sum().round(9).eq(1).all()
    here = table.query("stage == 'c' and outcome == 'advance'").iloc[0]
    assert here["observed"] == 0.0
    assert here["expected"] < 0.01
    assert here["rows"] == later.rows["present_stage"].eq(2).sum()


def test_it_finds_what_is_there(learned):
    later = outcomes(seed=1)
    assert measure(later.y, learned["churn"].probabilities(later.rows))[0, 0] > 0.75
