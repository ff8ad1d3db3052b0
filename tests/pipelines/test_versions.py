"""What a person reads of the versions of models, and what machines do."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.cli import main
from pipelines.training.rollback import RolledBack
from pipelines.training.versions import Versions
from serving.registry.home import QUESTIONS
from serving.versions import Version

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def a_version(version, age_days, **changed):
    told = {
        "question": "churn",
        "version": version,
        "aliases": (),
        "grade": "A",
        "tier": "standard",
        "auc": 0.8634,
        "trained_through": "2026-10-01",
        "created": NOW - timedelta(days=age_days),
        "status": "completed",
    }
    return Version(**told | changed)


VERSIONS = Versions(
    versions=(
        a_version(5, 0, status="started", auc=None),
        a_version(
            4, 1, aliases=("challenger",), grade="F", obstacles=("M08: a leak", "M09: grade F")
        ),
        a_version(3, 12, aliases=("champion",)),
        a_version(
            2,
            40,
            aliases=("previous",),
            grade="C",
            tier="experimental",
            obstacles=("M06: calibration error 0.041 of 0.03",),
            forced_by="ani",
            forced_why="a [pilot] on paper",
        ),
        a_version(1, 3, question="next_step", aliases=("champion",), auc=0.7),
    ),
    now=NOW,
)

PAPER = """\
churn
version  standing    grade  tier            AUC  learned through   age
      5              A      standard             2026-10-01        0 d
      4  challenger  F      standard      0.863  2026-10-01        1 d
      3  champion    A      standard      0.863  2026-10-01       12 d
      2  previous    C      experimental  0.863  2026-10-01       40 d
  5 was not recorded whole
  4 was not promoted:
    M08: a leak
    M09: grade F
  2 was promoted by ani: a [pilot] on paper; against it:
    M06: calibration error 0.041 of 0.03

next step
version  standing  grade  tier        AUC  learned through  age
      1  champion  A      standard  0.700  2026-10-01       3 d

"""


def printed(capsys):
    return "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())


def test_the_versions_on_paper(capsys):
    VERSIONS.text(0.1)
    assert printed(capsys) == PAPER


def test_machines_are_told_everything():
    models = VERSIONS.facts()["models"]
    assert [one["age_days"] for one in models] == [0, 1, 12, 40, 3]
    assert models[3]["forced_why"] == "a [pilot] on paper"
    assert models[1]["obstacles"] == ("M08: a leak", "M09: grade F")


def test_without_a_model_the_next_step_is_said(capsys):
    Versions(versions=(), now=NOW).text(0.1)
    assert "run jejak retrain" in printed(capsys)


def test_a_rollback_says_what_is_and_how_to_take_it_back(capsys):
    done = RolledBack(question="next_step", champion=2, previous=3)
    done.text(0.1)
    text = printed(capsys)
    assert "Next step: version 2 is the champion again" in text
    assert "Version 3 stands by; another jejak rollback takes this one back." in text
    assert done.facts() == {"question": "next_step", "champion": 2, "previous": 3}


def test_every_question_can_be_rolled_back():
    (target,) = [one for one in main.commands["rollback"].params if one.name == "question"]
    assert tuple(target.type.choices) == QUESTIONS
