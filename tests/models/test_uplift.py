"""Uplift: laws on experiments drawn from a known effect, and an independent Qini."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import Bunch

from features.errors import DataRefused
from models.uplift.adoption import adopt
from models.uplift.bases import FewLines, Lines, Trees
from models.uplift.comparison import RANDOM, compare
from models.uplift.experiment import Experiment, experiment
from models.uplift.learners import Crossed, DoublyRobust, Single, Together, Twin
from models.uplift.power import customers_needed
from models.uplift.qini import measure, qini_curve
from models.uplift.saves import expected_saves, measured_saves
from models.uplift.study import RISK, UPLIFT, study

FEATURES = ("touched_by_it", "at_risk", "noise")
SMALL = Trees(rounds=30, rows_per_leaf=50, seeds=1)


def drawn(
    rows: int = 4000, *, effect: float = 0.2, seed: int = 0, share: float | None = 0.5
) -> tuple[Experiment, np.ndarray]:
    """An experiment and its true effects; without a `share`, probabilities follow the risk."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (rows, 3))
    true = np.where(x[:, 0] > 0, effect, 0.0)
    base = 0.4 - 0.2 * x[:, 1]
    probability = 0.5 + 0.3 * x[:, 1] if share is None else np.full(rows, share)
    treated = random.random(rows) < probability
    outcome = random.random(rows) < base + true * treated
    frame = pd.DataFrame(x, columns=list(FEATURES)).assign(
        customer_id=[f"c{number:05d}" for number in range(rows)],
        arm=np.where(treated, "treated", "control"),
        probability=probability,
        outcome=outcome.astype(int),
    )
    return experiment(frame, FEATURES), true


def by_hand(told: Experiment, ranking: np.ndarray) -> Bunch:
    """The Qini and the uplift of the first three in ten, customer after customer."""
    order = sorted(range(len(ranking)), key=lambda row: -ranking[row])
    treated = control = won = usual = 0.0
    gained = []
    for row in order:
        if told.treated[row]:
            treated, won = treated + 1, won + told.outcome[row]
        else:
            control, usual = control + 1, usual + told.outcome[row]
        gained.append(won - usual * treated / control if control else won)
    rows = len(order)
    area = sum((a + b) / 2 for a, b in pairwise(gained)) / rows
    first = order[: int(0.3 * rows)]
    arms = [[told.outcome[row] for row in first if told.treated[row] == arm] for arm in (1, 0)]
    means = [sum(arm) / len(arm) for arm in arms]
    return Bunch(qini=(area - gained[-1] / 2) / rows, uplift=means[0] - means[1])


@given(st.integers(0, 10_000))
def test_the_qini_is_what_counting_one_by_one_says(seed):
    told, _ = drawn(300, seed=seed)
    ranking = np.random.default_rng(seed).random(300)
    oracle = by_hand(told, ranking)
    found = measure(told, ranking)[0]
    assert found[0] == pytest.approx(oracle.qini, abs=1 / 300**2)
    assert found[-1] == pytest.approx(oracle.uplift)


@given(st.integers(0, 10_000))
def test_a_weight_is_so_many_rows(seed):
    told, _ = drawn(200, seed=seed)
    random = np.random.default_rng(seed)
    ranking, weights = random.random(200).round(1), random.integers(0, 3, 200)
    often = Experiment(told.rows.loc[told.rows.index.repeat(weights)], told.features)
    again = measure(often, ranking.repeat(weights))[0]
    np.testing.assert_allclose(measure(told, ranking, weights[None, :])[0], again, atol=1e-12)


@given(st.integers(0, 10_000))
def test_no_row_has_a_place(seed):
    told, true = drawn(200, seed=seed)
    mixed = np.random.default_rng(seed).permutation(200)
    moved = Experiment(told.rows.iloc[mixed], told.features)
    np.testing.assert_allclose(measure(moved, true[mixed]), measure(told, true), atol=1e-12)
    again = experiment(told.rows.iloc[mixed], FEATURES)
    pd.testing.assert_frame_equal(again.rows, told.rows)


def test_the_curve_begins_with_nobody_and_ends_with_everybody():
    told, true = drawn(share=0.3)
    curve = qini_curve(told, true + np.linspace(0, 1e-6, len(true)))
    assert curve.share[0, [0, -1]].tolist() == [0, 1]
    assert curve.gained[0, 0] == 0
    assert curve.gained[0, -1] / told.treated.sum() == pytest.approx(told.effect)


def test_no_ranking_is_better_than_the_true_effect():
    told, true = drawn(10_000)
    risk = told.column("at_risk").to_numpy()
    ranked = compare(told, {"true": true, "risk": risk, "blurred": true + risk}, draws=60)
    assert ranked.above("risk").low > 0
    assert ranked.above("blurred").low > 0
    assert ranked.above(RANDOM).low > 0
    assert ranked.chance < 0.02


@pytest.mark.parametrize("share", [0.5, 0.9, None])
def test_the_mean_effect_is_found_whatever_the_probabilities(share):
    told, true = drawn(40_000, share=share)
    assert told.effect == pytest.approx(true.mean(), abs=0.02)


def test_probabilities_that_follow_the_risk_do_not_mislead():
    """Who is at risk was treated more often; where nobody changes there is nothing to gain."""
    told, _ = drawn(60_000, effect=0.0, share=None)
    ranking = told.column("at_risk").to_numpy()
    blind = Experiment(told.rows.assign(probability=0.5), told.features)
    assert abs(measure(told, ranking)[0, 0]) < 0.002
    assert abs(measure(blind, ranking)[0, 0]) > 0.005


def test_without_an_effect_the_interval_covers_0():
    """Of twelve intervals of 95 %, three or more miss in two of a hundred such worlds."""
    missed = 0
    for seed in range(12):
        told, _ = drawn(600, effect=0.0, seed=seed)
        ranked = compare(told, {"any": told.column("noise").to_numpy()}, draws=60)
        _, low, high = ranked.of("any")
        missed += not low <= 0 <= high
    assert missed <= 2


def test_what_chance_would_do_lies_around_0():
    told, true = drawn(1000)
    ranked = compare(told, {"true": true}, draws=200)
    value, low, high = ranked.of(RANDOM)
    assert low < value < high
    assert value == pytest.approx(0, abs=(high - low) / 10)


LEARNERS = [
    Single(base=SMALL),
    Twin(base=SMALL),
    Crossed(base=SMALL),
    DoublyRobust(base=SMALL, last=SMALL),
    Single(base=Lines()),
    Twin(base=Lines()),
    Crossed(base=Lines()),
    DoublyRobust(base=Lines(), last=Lines()),
    DoublyRobust(base=Lines(), last=FewLines()),
    Together(learners=(Single(base=SMALL), DoublyRobust(base=Lines(), last=FewLines()))),
]


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
@pytest.mark.parametrize("share", [0.5, None], ids=["even", "by_risk"])
def test_every_learner_finds_whom_contact_changes(learner, share):
    told, _ = drawn(6000, share=share)
    other, true = drawn(6000, seed=1)
    found = learner.fit(told)(other.rows)
    assert np.corrcoef(found, true)[0, 1] > 0.6
    assert 0.03 < found.mean() < 0.16


@pytest.mark.parametrize("learner", LEARNERS[::4], ids=lambda one: one.name)
def test_a_learner_is_deterministic_and_takes_rows_one_by_one(learner):
    told, _ = drawn(1000)
    effects = learner.fit(told)
    all_of_them = effects(told.rows)
    np.testing.assert_array_equal(learner.fit(told)(told.rows), all_of_them)
    np.testing.assert_allclose(effects(told.rows.iloc[7:8]), all_of_them[7:8])


def test_a_column_that_says_nothing_does_no_harm_to_a_line():
    told, _ = drawn(1000)
    blank = Experiment(told.rows.assign(noise=np.nan), told.features)
    flat = Experiment(told.rows.assign(noise=7.0), told.features)
    effects = Twin(base=Lines()).fit(blank)(blank.rows)
    np.testing.assert_allclose(Twin(base=Lines()).fit(flat)(flat.rows), effects)


def test_few_lines_tell_nothing_where_there_is_only_noise():
    x = np.random.default_rng(0).normal(size=(5000, 8))
    noise = np.random.default_rng(1).normal(size=5000)
    flat = FewLines().fit(x, noise, "number")(x)
    assert flat.std() < Lines().fit(x, noise, "number")(x).std() / 2
    found = FewLines().fit(x, noise + x[:, 3], "number")(x)
    assert np.corrcoef(found, x[:, 3])[0, 1] > 0.97


def test_single_effects_are_right_on_average_even_where_models_are_wrong():
    told, true = drawn(20_000, share=None)
    crude = DoublyRobust(base=Trees(rounds=1, rows_per_leaf=5000, seeds=1))
    assert crude.of_rows(told).mean() == pytest.approx(true.mean(), abs=0.02)


def test_uplift_is_adopted_where_it_is_proved():
    told, _ = drawn(6000)
    learner = Together(learners=(Single(base=SMALL), DoublyRobust(base=Lines(), last=FewLines())))
    found = study(told, learner, base=SMALL, draws=50)
    verdict = adopt(found.ranked)
    assert verdict.adopted
    assert "by uplift" in verdict.sentence
    assert found.ranked.of(UPLIFT).value > found.ranked.of(RISK).value
    assert found.effect == told.effect


def test_without_proof_the_ranking_is_called_a_rule():
    told, _ = drawn(1500, effect=0.0)
    verdict = adopt(study(told, Single(base=Lines()), base=Lines(), draws=50).ranked)
    assert not verdict.adopted
    assert "is a rule" in verdict.sentence


@pytest.mark.parametrize(
    ("column", "wrong", "told"),
    [
        ("arm", "held out", "neither treated nor control"),
        ("arm", "treated", "one of the arms is empty"),
        ("probability", 1.0, "probability"),
        ("probability", np.nan, "probability"),
        ("outcome", np.nan, "outcome"),
    ],
)
def test_what_is_no_experiment_is_refused(column, wrong, told):
    rows = drawn(50)[0].rows.assign(**{column: wrong})
    with pytest.raises(DataRefused, match=told):
        experiment(rows, FEATURES)
    with pytest.raises(DataRefused, match=f"no column {column}"):
        experiment(rows.drop(columns=column), FEATURES)


def test_measured_saves_are_counted_over_all_who_were_assigned():
    told, true = drawn(20_000, share=0.7)
    value, low, high = measured_saves(told)
    assert low < true.mean() * told.treated.sum() < high
    assert value == pytest.approx(told.effect * told.treated.sum())
    assert expected_saves(true, 0.5) == pytest.approx(true.sum(), rel=0.05)


def test_experiments_of_the_size_that_is_needed_find_the_effect():
    size, found = customers_needed(0.3, 0.3, 0.3), 0
    random = np.random.default_rng(0)
    for _ in range(400):
        held_out = round(0.3 * size)
        control, treated = random.binomial([held_out, size - held_out], [0.3, 0.21])
        means = control / held_out, treated / (size - held_out)
        noise = sum(
            mean * (1 - mean) / rows
            for mean, rows in zip(means, (held_out, size - held_out), strict=True)
        )
        found += (means[0] - means[1]) / np.sqrt(noise) > 1.96
    assert found / 400 == pytest.approx(0.8, abs=0.06)
