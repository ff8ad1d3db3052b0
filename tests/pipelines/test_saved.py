"""What a night tells of its experiment, and that a look that fails undoes nothing."""

from dataclasses import replace
from types import SimpleNamespace

import journey_data as made
import pytest

from features.errors import DataRefused
from models.judging.bootstrap import Interval
from pipelines.night.saved import Saved, saved

PLACE = SimpleNamespace(
    settings=SimpleNamespace(experiment="keep", workspace=SimpleNamespace(language="en"))
)


def test_a_workspace_without_an_experiment_is_not_measured():
    place = SimpleNamespace(settings=SimpleNamespace(experiment=None))
    assert saved(lambda *_: pytest.fail("asked"), place, None, None) == Saved()
    assert (Saved().facts(), Saved().left(), Saved().urgent()) == ({}, "", "")


def test_the_verdict_of_a_night_is_told_with_its_doubts(capsys):
    found = saved(lambda *_: made.outcomes(), PLACE, None, None)
    assert found.facts()["outcomes"]["verdict"] == "helps"
    assert found.facts()["outcomes"]["counts"]["matured"] == 800
    found.text()
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("keep: Contact kept 24 customers")
    assert "O03" in said
    assert not found.urgent()


def test_harm_is_urgent():
    bad = Interval(-0.04, -0.08, -0.01)
    worse = replace(made.outcomes().effect, once=bad, always=bad)
    found = saved(lambda *_: replace(made.outcomes(), effect=worse), PLACE, None, None)
    assert found.urgent().startswith("keep: Contact drove 24 customers away")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataRefused("nothing is told", where="table outreach", mend=""), "nothing is told"),
        (ZeroDivisionError(), "unexpected"),
    ],
)
def test_a_look_that_fails_is_told_and_undoes_nothing(error, said, capsys):
    def fail(*_):
        raise error

    found = saved(fail, PLACE, None, None)
    assert said in found.left()
    assert found.left().endswith("run jejak outcomes")
    assert list(found.facts()["outcomes"]) == ["failed"]
    found.text()
    assert said in capsys.readouterr().err
    assert not found.urgent()
