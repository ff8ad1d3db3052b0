"""The verdict on a trial as a retraining asks for it."""

import pandas as pd
import pytest
from trials import a_rules_model, a_trial

from features.errors import WorkspaceInvalid
from models.judging.challenge import Challenge, Foregone
from models.judging.grades import Grade
from pipelines.training import verdict as module
from pipelines.training.verdict import Asked, challenge, verdict, verdict_facts

METRICS = pd.DataFrame(
    [("churn", "pooled", "auc", 0.86, 0.85, 0.87), ("churn", "pooled", "ece", 0.01, 0.0, 0.02)],
    columns=["predictor", "origin", "metric", "value", "low", "high"],
)


def margins(low):
    rows = [
        ("rule", "pooled", name, sign * 0.02, sign * low, sign * low)
        for name, sign in (("auc", 1), ("log_loss", -1))
    ]
    return pd.DataFrame(rows, columns=["baseline", "origin", "metric", "value", "low", "high"])


@pytest.fixture
def good(monkeypatch):
    """A trial against which nothing speaks: its features are not looked for."""
    monkeypatch.setattr(module, "_unbuildable", lambda *_: "")
    return a_trial(metrics=METRICS, differences=margins(0.01))


def judged(trial, beside=None, **asked):
    return verdict(trial, beside, tuple, Asked(**asked))


def test_the_first_good_model_is_promoted(good):
    found = judged(good)
    assert (found.promoted, found.obstacles) == (True, ())
    assert {check.code for check in found.checks} == {"M01", "M06", "M07", "M08", "M09"}


def test_one_that_earns_nothing_is_not(good):
    found = judged(a_trial(metrics=METRICS, differences=margins(-0.01)))
    assert not found.promoted
    assert [check.code for check in found.failed] == ["M01"]


def test_rules_are_asked_only_what_applies_to_them(good):
    ruled = a_trial(
        model=a_rules_model(),
        metrics=METRICS.head(0),
        differences=margins(0.01).head(0),
        grade=Grade("none", ("too few",)),
    )
    found = judged(ruled)
    assert found.promoted
    assert {check.code for check in found.checks} == {"M07", "M08"}


def test_a_leak_in_the_grade_or_the_audit_is_an_alarm(good):
    leaking = a_trial(
        metrics=METRICS, differences=margins(0.01), grade=Grade("F", ("J01: too good",))
    )
    assert "M08: J01: too good" in judged(leaking).obstacles
    audited = verdict(good, None, tuple, Asked(), alarms=["J10: the future changes a feature"])
    assert audited.obstacles == ("M08: J10: the future changes a feature",)


def test_features_that_tonights_code_lacks_are_an_obstacle():
    found = judged(a_trial(metrics=METRICS, differences=margins(0.01)))
    (obstacle,) = found.obstacles
    assert obstacle.startswith("M07: ")
    assert "missing: gap_mean_days" in obstacle or "changed: " in obstacle


def test_force_names_the_user_and_facts_are_whole(good, monkeypatch):
    monkeypatch.setattr(module, "user", lambda: "ani")
    beside = Challenge(foregone=Foregone(passes=False, why="older data"))
    told = verdict_facts(judged(good, beside, mode="force", why="a pilot"))
    assert (told["promoted"], told["forced_by"], told["forced_why"]) == (True, "ani", "a pilot")
    assert told["obstacles"] == ("M03: older data",)
    assert {"code": "M03", "passed": False, "sentence": "older data"} in told["checks"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [({"mode": "maybe"}, "decides on no promotion"), ({"mode": "force"}, "without a reason")],
)
def test_what_cannot_be_asked_is_refused(asked, says):
    with pytest.raises(WorkspaceInvalid, match=says):
        Asked(**asked)


def test_a_first_model_challenges_nobody(tmp_path):
    class Place:
        root = tmp_path

    assert challenge(Place, a_trial(), None, None, print) is None
