"""Who is champion: promoted, kept, forced, rolled back, and killed in the middle of it."""

import shutil
from contextlib import suppress
from dataclasses import replace

import pytest
from trials import a_model, a_rules_model, a_trial, an_outcome_model

from features.errors import ModelRefused
from serving.registry import Registry
from serving.registry.registry import CHAMPION

pytestmark = [
    pytest.mark.slow,
    # MLflow 3.17 on its own type hints, when its loader is first imported
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


@pytest.fixture(scope="module")
def recorded(mlflow_template, tmp_path_factory):
    """Three versions of churn and one of progression, none of them promoted."""
    root = tmp_path_factory.mktemp("aliases")
    shutil.copy(mlflow_template, root / "mlflow.db")
    for seed in range(3):
        Registry(root).record(a_trial(seed), report="<p>report</p>")
    Registry(root, "progression").record(an_outcome_trial())
    return root


@pytest.fixture
def root(recorded, tmp_path):
    return shutil.copytree(recorded, tmp_path / "workspace")


@pytest.fixture
def churn(root):
    return Registry(root)


def an_outcome_trial():
    return a_trial(name="progression", model=an_outcome_model())


def champion(registry):
    return registry.champion()[1]


def test_a_rollback_brings_back_who_was_before_and_a_second_one_undoes_it(churn):
    for version in (1, 2, 3):
        churn.promote(version)
    assert (churn.rollback(), champion(churn)) == ((2, 3), 2)
    assert (churn.rollback(), champion(churn)) == ((3, 2), 3)
    assert churn.previous() == (a_model(1), 2)


def test_without_a_champion_before_nothing_is_rolled_back(root, churn):
    for versions in ([], [1], [1]):
        for version in versions:
            churn.promote(version)
        with pytest.raises(ModelRefused, match="no champion of churn came before"):
            churn.rollback()
    churn.promote(2)
    with pytest.raises(ModelRefused, match="no champion of progression came before"):
        Registry(root, "progression").rollback()


@pytest.mark.parametrize("change", [lambda one: one.promote(3), lambda one: one.rollback()])
def test_a_change_that_broke_off_leaves_one_champion_and_a_way_back(
    root, churn, monkeypatch, tmp_path, change
):
    """Killed at each of its three writes, one after the other."""
    churn.promote(1)
    churn.promote(2)
    for survived in range(4):
        copy = Registry(shutil.copytree(root, tmp_path / f"killed {survived}"))
        with monkeypatch.context() as killing:
            failing_after(survived, killing)
            with suppress(KeyboardInterrupt):
                change(copy)
                assert survived == 3
        assert copy.previous()[1] == {1: 2, 2: 1, 3: 2}[champion(copy)]


def failing_after(survived, patch):
    """Kill MLflow at a write after some have come through."""
    from mlflow import MlflowClient  # noqa: PLC0415  importing MLflow takes seconds

    calls = [0]
    for name in ("set_registered_model_alias", "set_model_version_tag"):
        patch.setattr(MlflowClient, name, counted(getattr(MlflowClient, name), calls, survived))


def counted(write, calls, survived):
    def until_killed(*arguments):
        if calls[0] == survived:
            raise KeyboardInterrupt
        calls[0] += 1
        return write(*arguments)

    return until_killed


def test_a_challenger_is_kept_with_what_speaks_against_it(churn):
    churn.promote(1)
    churn.keep(2, ["M01: not surely better", "M08: a leak"])
    newest, second, first = churn.versions()
    assert (first.aliases, second.aliases, newest.aliases) == ((CHAMPION,), ("challenger",), ())
    assert second.obstacles == ("M01: not surely better", "M08: a leak")
    assert champion(churn) == 1
    churn.promote(2)
    assert churn.versions()[1].aliases == (CHAMPION,)
    assert churn.versions()[1].obstacles == ()
    assert churn.versions()[2].aliases == ("previous",)


def test_a_forced_promotion_names_who_and_why_on_version_and_run(churn):
    churn.promote(1, obstacles=["M09: grade F"], forced_by="ani", forced_why="a pilot")
    line = churn.versions()[-1]
    assert (line.forced_by, line.forced_why, line.obstacles) == (
        "ani",
        "a pilot",
        ("M09: grade F",),
    )
    client = client_of(churn)
    run = client.get_run(client.get_model_version("churn", "1").run_id)
    assert (run.data.tags["forced_by"], run.data.tags["forced_why"]) == ("ani", "a pilot")


def test_each_question_has_champions_of_its_own(root, churn):
    progression = Registry(root, "progression")
    churn.promote(2)
    assert progression.standing() is None
    progression.promote(1)
    assert progression.champion() == (an_outcome_model(), 1)
    assert churn.champion() == (a_model(1), 2)
    assert [row.question for row in progression.versions()] == ["progression"]


def test_rules_are_kept_as_a_model_is(churn):
    ruled = a_trial(model=a_rules_model(), metrics=a_trial().metrics.head(0))
    churn.promote(churn.record(ruled))
    assert churn.champion() == (a_rules_model(), 4)
    assert churn.versions()[0].auc is None


def test_a_version_in_one_line(churn):
    line = churn.versions()[0]
    assert (line.version, line.grade, line.tier, line.auc) == (3, "A", "standard", 0.86)
    assert (line.trained_through, line.status) == ("2026-10-01", "completed")
    assert (line.forced_by, line.obstacles) == ("", ())


def test_a_report_stands_beside_the_run(churn):
    client = client_of(churn)
    run_id = client.get_model_version("churn", "1").run_id
    assert "report.html" in {file.path for file in client.list_artifacts(run_id)}


def test_where_nothing_was_recorded_there_are_no_versions_and_nothing_is_made(tmp_path):
    registry = Registry(tmp_path)
    assert (registry.versions(), registry.standing(), list(tmp_path.iterdir())) == ([], None, [])


def test_a_trial_of_another_question_is_refused(churn):
    with pytest.raises(ValueError, match="a trial of next_step is no churn"):
        churn.record(replace(a_trial(), name="next_step"))


def client_of(registry):
    from mlflow import MlflowClient  # noqa: PLC0415  importing MLflow takes seconds

    return MlflowClient(registry.tracking_uri, registry.tracking_uri)
