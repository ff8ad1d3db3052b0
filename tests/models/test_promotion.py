"""Promotion: each check fires on its case and stays silent on its twin; then the laws."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.judging import promotion
from models.judging.bootstrap import Comparison
from models.judging.challenge import CHALLENGER, CHAMPION, Challenge, Foregone, measured
from models.judging.promotion import Candidate, judged
from models.logit import expit

pytestmark = pytest.mark.slow

NAMES = ("origin", "metric", "value", "low", "high")
BETTER = {"auc": (0.02, 0.01, 0.03), "log_loss": (-0.02, -0.03, -0.01)}
EQUAL = {"auc": (0.0, -0.002, 0.002), "log_loss": (0.0, -0.001, 0.001)}
OWN = {"auc": 0.86, "observed_over_expected": 1.02, "ece": 0.015}
THEIRS = {"auc": 0.86, "observed_over_expected": 1.10, "ece": 0.020}


def beside(
    differences, own=OWN, theirs=None, lowest=0.84, their_lowest=0.84, rival="rule", least=0
):
    """A comparison at one origin and pooled with these differences."""
    metrics = [
        ("model", "pooled", name, value, min(value, least or value), value)
        for name, value in own.items()
    ]
    metrics.append(("model", "2026-10-01", "auc", *[lowest] * 3))
    for name, value in (theirs or {}).items():
        metrics.append((CHAMPION, "pooled", name, value, value, value))
        metrics.append((CHAMPION, "2026-10-01", "auc", *[their_lowest] * 3))
    table = pd.DataFrame(metrics, columns=["predictor", *NAMES])
    if theirs:
        table["predictor"] = table["predictor"].replace("model", CHALLENGER)
    rows = [(rival, "pooled", name, *values) for name, values in differences.items()]
    return Comparison(table, pd.DataFrame(rows, columns=["baseline", *NAMES]))


def against(differences, **changed):
    return beside(differences, theirs=changed.pop("theirs", THEIRS), rival=CHAMPION, **changed)


def a_candidate(**changed):
    """The first model of a workspace; nothing speaks against it."""
    return replace(Candidate(comparison=beside(BETTER), grade="A", tier="standard"), **changed)


def challenging(**changed):
    return a_candidate(challenge=Challenge(**changed))


def codes(candidate):
    return [check.code for check in judged(candidate).failed]


WORSE_AUC = {"auc": (-0.02, -0.03, -0.01), "log_loss": (-0.02, -0.03, -0.01)}
SLIGHT = {"auc": (0.01, -0.01, 0.03), "log_loss": (-0.01, -0.03, 0.01)}
UNKNOWN = {"auc": (np.nan,) * 3, "log_loss": (np.nan,) * 3}
NEARER = against(EQUAL)
NO_NEARER = against(EQUAL, theirs=OWN)
INFERIOR = against({**EQUAL, "auc": (-0.001, -0.004, 0.002)})

TWINS = [
    ("M01", a_candidate(comparison=beside(SLIGHT)), a_candidate()),
    ("M01", a_candidate(comparison=beside(WORSE_AUC)), a_candidate()),
    ("M01", a_candidate(comparison=beside(UNKNOWN)), a_candidate(tier="rules")),
    (
        "M01",
        a_candidate(comparison=beside(EQUAL)),
        a_candidate(comparison=beside({**EQUAL, "log_loss": BETTER["log_loss"]})),
    ),
    (
        "M02",
        challenging(other_question="horizon_days 30, now 28"),
        challenging(measured=against(BETTER)),
    ),
    ("M03", challenging(measured=NO_NEARER), challenging(measured=NEARER)),
    ("M03", challenging(measured=INFERIOR), challenging(measured=against(BETTER))),
    ("M03", challenging(), a_candidate()),
    (
        "M03",
        challenging(foregone=Foregone(passes=False, why="older data")),
        challenging(foregone=Foregone(passes=True, why="a refit")),
    ),
    (
        "M04",
        challenging(measured=against(BETTER, lowest=0.82, their_lowest=0.84)),
        challenging(measured=against(BETTER, lowest=0.831, their_lowest=0.84)),
    ),
    (
        "M04",
        challenging(measured=against(BETTER, lowest=np.nan)),
        challenging(measured=against(BETTER)),
    ),
    (
        "M05",
        challenging(
            measured=against(BETTER),
            as_it_stands=against({"log_loss": (0.02, 0.01, 0.03), "auc": (0, 0, 0)}),
        ),
        challenging(measured=against(BETTER), as_it_stands=against(EQUAL)),
    ),
    (
        "M06",
        a_candidate(comparison=beside(BETTER, own={**OWN, "ece": 0.031})),
        a_candidate(comparison=beside(BETTER, own={**OWN, "ece": 0.03})),
    ),
    (
        "M06",
        a_candidate(comparison=beside(BETTER, own={**OWN, "ece": 0.05}, least=0.031)),
        a_candidate(comparison=beside(BETTER, own={**OWN, "ece": 0.05}, least=0.03)),
    ),
    ("M07", a_candidate(unbuildable="orders_28d is defined otherwise"), a_candidate()),
    ("M08", a_candidate(alarms=("J01: too good",)), a_candidate()),
    ("M09", a_candidate(grade="F"), a_candidate(grade="C")),
    (
        "M10",
        a_candidate(scoring_seconds=61, budget_seconds=60),
        a_candidate(scoring_seconds=60, budget_seconds=60),
    ),
    ("M10", a_candidate(scoring_seconds=61, budget_seconds=60), a_candidate(scoring_seconds=61)),
]


@pytest.mark.parametrize(("code", "fires", "silent"), TWINS)
def test_a_check_fires_on_its_case_alone_and_not_on_its_twin(code, fires, silent):
    assert codes(fires) == [code]
    assert codes(silent) == []


def test_every_check_has_its_twins_and_its_code_in_its_first_line():
    told = {look.__doc__.split(":")[0] for look in promotion.LOOKS}
    assert told == {code for code, *_ in TWINS} == {f"M{at:02d}" for at in range(1, 11)}


def test_a_verdict_in_sentences():
    verdict = judged(a_candidate(comparison=beside(SLIGHT), alarms=("J01: too good",)))
    assert not verdict.promoted
    assert verdict.obstacles == (
        "M01: not surely better than rule: log loss -0.0300 to +0.0100, AUC -0.010 to +0.030",
        "M08: J01: too good",
    )


def test_several_classes_are_compared_by_their_mean_calibration_error():
    own = {"auc": 0.8, "ece": 0.01}
    assert codes(challenging(measured=against(EQUAL, own=own, theirs={**own, "ece": 0.02}))) == []
    assert codes(challenging(measured=against(EQUAL, own=own, theirs=own))) == ["M03"]


def test_never_promotes_nothing_and_says_so():
    verdict = judged(a_candidate(), mode="never")
    assert (verdict.promoted, verdict.obstacles) == (False, ("promotion was not asked for",))


def test_force_promotes_and_names_who_and_why():
    verdict = judged(
        a_candidate(grade="F"), mode="force", forced_by="ani", forced_why="a pilot on paper"
    )
    assert verdict.promoted
    assert (verdict.forced_by, verdict.forced_why) == ("ani", "a pilot on paper")
    assert verdict.obstacles == ("M09: grade F",)


def test_force_where_nothing_speaks_against_it_forces_nothing():
    verdict = judged(a_candidate(), mode="force", forced_by="ani", forced_why="in a hurry")
    assert verdict == judged(a_candidate())


@pytest.mark.parametrize(
    "asked", [{"mode": "maybe"}, {"mode": "force", "forced_by": "ani"}, {"mode": "force"}]
)
def test_a_mode_that_is_none_or_force_without_who_and_why_is_refused(asked):
    with pytest.raises(ValueError, match="forced by"):
        judged(a_candidate(), **asked)


def rows(random, customers=40, origins=2):
    cutoffs = pd.Timestamp("2026-08-01", tz="UTC") + pd.to_timedelta(
        np.repeat(np.arange(origins) * 14, customers), unit="D"
    )
    names = np.tile([f"c{number}" for number in range(customers)], origins)
    label = (random.random(len(names)) < 0.4).astype(int)
    return pd.DataFrame({"customer_id": names, "cutoff": cutoffs, "label": label})


@settings(max_examples=4)
@given(seed=st.integers(0, 10_000), classes=st.sampled_from([1, 3]))
def test_a_model_never_displaces_itself(seed, classes):
    random = np.random.default_rng(seed)
    told = rows(random)
    p = random.uniform(0.05, 0.95, (len(told), classes))
    p = p[:, 0] if classes == 1 else p / p.sum(axis=1, keepdims=True)
    assert codes(challenging(measured=measured(told, p, p))) == ["M03"]


@settings(max_examples=4)
@given(seed=st.integers(0, 10_000), nearer=st.floats(0.5, 2.0))
def test_what_is_better_everywhere_is_promoted(seed, nearer):
    random = np.random.default_rng(seed)
    told = rows(random)
    z = random.normal(0, 0.5, len(told))
    truth = np.where(told["label"] == 1, nearer, -nearer)
    found = measured(told, expit(z + truth), expit(z))
    assert codes(challenging(measured=found)) == []
    turned = measured(told, expit(z), expit(z + truth))
    assert set(codes(challenging(measured=turned))) <= {"M03", "M04"}
    assert "M03" in codes(challenging(measured=turned))


@given(order=st.permutations(promotion.LOOKS), which=st.sampled_from(TWINS))
def test_the_order_of_the_checks_decides_nothing(order, which):
    with pytest.MonkeyPatch.context() as patched:
        expected = [judged(one) for one in which[1:]]
        patched.setattr(promotion, "LOOKS", order)
        for one, verdict in zip(which[1:], expected, strict=True):
            shuffled = judged(one)
            assert shuffled.promoted == verdict.promoted
            assert set(shuffled.checks) == set(verdict.checks)
