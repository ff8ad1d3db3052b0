"""Grades: each check fires on its case and stays silent on its twin."""

import pandas as pd
import pytest

from features.errors import ModelRefused
from models.judging.bootstrap import Comparison
from models.judging.grades import check_enough, findings, grade, tier

GOOD = {"auc": (0.86, 0.85, 0.87), "ece": (0.015, 0.01, 0.02)}


def compared(margin=(0.02, 0.01, 0.03), origins=3, **changed) -> Comparison:
    """A comparison whose pooled numbers are `GOOD`, but for what is changed."""
    dates = [f"2026-0{month + 1}-01" for month in range(origins)]
    metrics = [
        ("churn", origin, metric, *values)
        for origin in ("pooled", *dates)
        for metric, values in (GOOD | changed).items()
    ]
    columns = ["origin", "metric", "value", "low", "high"]
    return Comparison(
        pd.DataFrame(metrics, columns=["predictor", *columns]),
        pd.DataFrame([("rule", "pooled", "auc", *margin)], columns=["baseline", *columns]),
    )


@pytest.mark.parametrize(
    ("letter", "comparison", "positives"),
    [
        ("A", compared(), 877),
        ("B", compared(auc=(0.799, 0.78, 0.82)), 877),
        ("B", compared(ece=(0.021, 0.01, 0.03)), 877),
        ("B", compared(margin=(0.02, -0.001, 0.04)), 877),
        ("B", compared(), 499),
        ("B", compared(origins=2), 877),
        ("C", compared(margin=(-0.001, -0.01, 0.01)), 877),
        ("C", compared(auc=(0.66, 0.61, 0.71)), 877),
        ("C", compared(ece=(0.05, 0.04, 0.06)), 877),
        ("F", compared(auc=(0.66, 0.60, 0.71)), 877),
        ("F", compared(auc=(0.64, 0.62, 0.66)), 877),
        ("F", compared(ece=(0.051, 0.04, 0.06)), 877),
        ("F", compared(auc=(float("nan"),) * 3), 877),
    ],
)
def test_the_letter_that_the_numbers_allow(letter, comparison, positives):
    given = grade(comparison, positives=positives)
    assert given.letter == letter
    assert given.reasons


def test_sentences_say_why_not_better():
    reasons = grade(compared(ece=(0.04, 0.03, 0.05)), positives=300).reasons
    assert reasons[0] == "not A: calibration error 0.040 is above 0.02"
    assert any("300 events over 3 out-of-time cutoffs" in reason for reason in reasons)
    assert "not B: calibration error 0.040 is above 0.03" in reasons


@pytest.mark.parametrize(
    ("code", "comparison", "aucs", "gains"),
    [
        ("J01", compared(auc=(0.971, 0.96, 0.98)), {}, {}),
        ("J02", compared(), {"days": 0.951}, {}),
        ("J02", compared(), {"days": 0.049}, {}),
        ("J03", compared(), {}, {"days": 0.51}),
    ],
)
def test_a_leak_forces_the_lowest_grade(code, comparison, aucs, gains):
    alarms = findings(comparison, aucs, gains)
    assert [alarm.code for alarm in alarms] == [code]
    given = grade(comparison, positives=877, findings=alarms)
    assert given.letter == "F"
    assert code in given.reasons[0]


def test_an_honest_model_raises_no_alarm():
    assert (
        findings(compared(auc=(0.97, 0.96, 0.98)), {"days": 0.95, "n": 0.05}, {"days": 0.5}) == ()
    )


def test_the_ladder_of_little_data():
    assert tier(500, origins=3) == "standard"
    assert tier(500, origins=2) == tier(499, origins=3) == tier(100, origins=1) == "experimental"


def test_too_little_data_is_refused_by_number():
    check_enough(100)
    with pytest.raises(ModelRefused, match=r"99 rows .* needs 100"):
        check_enough(99)
