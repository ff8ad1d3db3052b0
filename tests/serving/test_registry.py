"""The registry in earnest: MLflow's own database, files, loader, and workspaces that move."""

import re
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trials import a_model, a_transformed_model, a_trial, rows

from features.errors import ModelRefused, WorkspaceInvalid
from serving.moved import follow
from serving.registry import Registry, home, writing
from serving.registry.home import Home

pytestmark = [
    pytest.mark.slow,
    # MLflow 3.17 on its own type hints, when its loader is first imported
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


@pytest.fixture(scope="module")
def recorded(mlflow_template, tmp_path_factory):
    """A workspace with two versions, the first of which is the champion; not to be changed."""
    root = tmp_path_factory.mktemp("recorded")
    shutil.copy(mlflow_template, root / "mlflow.db")
    registry = Registry(root)
    assert [registry.record(a_trial(seed=0)), registry.record(a_trial(seed=1))] == [1, 2]
    registry.promote(1)
    return root


@pytest.fixture
def workspace(recorded, tmp_path):
    """The recorded workspace moved to a folder with a name that has to be written otherwise."""
    return shutil.copytree(recorded, tmp_path / "café di & sudut")


def model_folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.rglob("MLmodel"))


def client_of(root: Path):
    from mlflow import MlflowClient  # noqa: PLC0415  importing MLflow takes seconds

    uri = Registry(root).tracking_uri
    return MlflowClient(uri, uri)


def texts_in(database: Path) -> list[str]:
    """Every text of every table."""
    connection = sqlite3.connect(database)
    found = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
    texts = [
        cell
        for (table,) in found
        for row in connection.execute(f'select * from "{table}"')
        for cell in row
        if isinstance(cell, str)
    ]
    connection.close()
    return texts


def test_the_champion_is_what_was_promoted(workspace):
    registry = Registry(workspace)
    model, version = registry.champion()
    assert (model, version) == (a_model(seed=0), 1)
    registry.promote(2)
    assert registry.champion() == (a_model(seed=1), 2)
    client = client_of(workspace)
    assert int(client.get_model_version_by_alias("churn", "previous").version) == 1
    registry.promote(2)
    assert int(client.get_model_version_by_alias("churn", "previous").version) == 1


def test_a_run_holds_all_that_a_person_looks_for(workspace):
    client = client_of(workspace)
    version = client.get_model_version("churn", "1")
    assert version.tags["booster_sha256"] == a_model().sha256
    assert (version.tags["grade"], version.tags["tier"]) == ("A", "standard")
    run = client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["jejak.status"] == "completed"
    assert run.data.tags["lineage.watermark"] == "2026-11-20T17:00:00+00:00"
    assert run.data.params == {"boosting.leaves": "15", "target.steps": '["basket"]'}
    assert run.data.metrics["churn/auc/pooled/low"] == 0.85
    curve = client.get_metric_history(version.run_id, "churn/auc")
    assert [(point.step, point.value) for point in curve] == [(1, 0.85), (2, 0.87)]
    files = {file.path for file in client.list_artifacts(version.run_id)}
    assert {"metrics.csv", "differences.csv", "manifest.json", "lineage.json"} <= files


def test_without_a_champion_scoring_is_refused_and_nothing_is_made(tmp_path):
    with pytest.raises(ModelRefused, match=r"no model has been promoted yet.*jejak retrain"):
        Registry(tmp_path).champion()
    assert list(tmp_path.iterdir()) == []


def test_what_is_recorded_is_not_yet_the_champion(mlflow_template, tmp_path):
    shutil.copy(mlflow_template, tmp_path / "mlflow.db")
    registry = Registry(tmp_path)
    with pytest.raises(ModelRefused, match="no model has been promoted yet"):
        registry.champion()
    registry.record(a_trial())
    with pytest.raises(ModelRefused, match="no model has been promoted yet"):
        registry.champion()


def test_a_registered_model_asks_for_the_columns_of_its_transforms(mlflow_template, tmp_path):
    import mlflow  # noqa: PLC0415  importing MLflow takes seconds

    shutil.copy(mlflow_template, tmp_path / "mlflow.db")
    whole = a_transformed_model()
    Registry(tmp_path).promote(Registry(tmp_path).record(a_trial(model=whole)))
    champion, _ = Registry(tmp_path).champion()
    assert champion == whole
    tonight = rows().round().assign(cutoff=pd.Timestamp("2026-10-01", tz="UTC"))
    loaded = mlflow.pyfunc.load_model(str(model_folders(tmp_path)[0]))
    assert tuple(loaded.metadata.signature.inputs.input_names()) == whole.columns
    asked = champion.with_columns(tonight)[list(whole.columns)]
    np.testing.assert_allclose(loaded.predict(asked), champion.probabilities(tonight), rtol=1e-12)


def test_a_changed_or_missing_model_is_refused(workspace):
    registry = Registry(workspace)
    for folder in model_folders(workspace):
        with (folder / "model.lgb").open("r+b") as file:
            file.seek(100)
            file.write(b"#")
    with pytest.raises(ModelRefused, match="booster of the model was changed"):
        registry.champion()
    for folder in model_folders(workspace):
        (folder / "model.lgb").unlink()
    with pytest.raises(ModelRefused, match="cannot be read"):
        registry.champion()


def test_files_outside_the_workspace_are_refused(recorded, workspace):
    Registry(workspace).champion()
    connection = sqlite3.connect(workspace / "mlflow.db")
    outside = (recorded / "mlflow-artifacts").as_uri()
    inside = (workspace / "mlflow-artifacts").as_uri()
    connection.execute(
        "update model_versions set source = replace(source, ?, ?)",
        (inside, outside),
    )
    connection.commit()
    connection.close()
    with pytest.raises(ModelRefused, match="outside the workspace"):
        Registry(workspace).champion()


def test_a_recording_that_breaks_off_is_told_and_cannot_be_promoted(workspace, monkeypatch):
    registry = Registry(workspace)
    with monkeypatch.context() as broken:
        broken.setattr(writing, "_log_model", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            registry.record(a_trial())
    client = client_of(workspace)
    experiment = client.get_experiment_by_name("churn").experiment_id
    newest = client.search_runs([experiment], order_by=["start_time desc"], max_results=1)[0]
    assert (newest.info.status, newest.data.tags["jejak.status"]) == ("FAILED", "started")
    assert len(client.search_model_versions("name = 'churn'")) == 2
    client.set_tag(client.get_model_version("churn", "2").run_id, "jejak.status", "started")
    for version in (2, 7):
        with pytest.raises(ModelRefused, match=f"version {version} of churn was not recorded"):
            registry.promote(version)
    assert registry.champion()[1] == 1


def test_nothing_is_pickled_and_no_customer_is_shown(workspace):
    files = [path for path in workspace.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib", ".skops"}]
    assert not [path for path in files if path.read_bytes()[:2] in (b"\x80\x04", b"\x80\x05")]
    assert not [path for path in files if "input_example" in path.name]
    for folder in model_folders(workspace):
        described = (folder / "MLmodel").read_text(encoding="utf-8")
        assert "loader_module: mlflow.lightgbm" in described
        assert '"type": "double", "name": "recency_days"' in described


def test_a_moved_workspace_keeps_no_address_of_its_old_place(recorded, workspace):
    old = (recorded / "mlflow-artifacts").as_uri()
    assert [text for text in texts_in(workspace / "mlflow.db") if old in text]
    registry = Registry(workspace)
    registry.champion()
    assert not [text for text in texts_in(workspace / "mlflow.db") if old in text]
    registry.promote(registry.record(a_trial(seed=3)))
    assert registry.champion() == (a_model(seed=3), 3)
    assert len(model_folders(workspace)) == len(model_folders(recorded)) + 1
    assert Registry(recorded).champion()[1] == 1


def test_a_new_database_appears_whole_and_knows_no_other_folder(tmp_path, monkeypatch):
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "workspace"
    elsewhere.mkdir()
    root.mkdir()
    monkeypatch.chdir(elsewhere)
    registry = Registry(root)
    registry.promote(registry.record(a_trial()))
    assert registry.champion() == (a_model(), 1)
    assert sorted(path.name for path in root.iterdir()) == ["mlflow-artifacts", "mlflow.db"]
    assert not [text for text in texts_in(root / "mlflow.db") if str(elsewhere) in text]
    assert list(elsewhere.iterdir()) == []


def test_a_database_that_another_process_made_meanwhile_is_kept(tmp_path, monkeypatch):
    database = tmp_path / "mlflow.db"
    monkeypatch.setattr(home, "settle", lambda *_: database.write_bytes(b"theirs"))
    monkeypatch.setattr("mlflow.MlflowClient.search_experiments", lambda *_, **__: [])
    monkeypatch.setattr("mlflow.MlflowClient.__init__", _touch_database)
    Home(tmp_path).create()  # what two first retrainings at once would call
    assert database.read_bytes() == b"theirs"


def _touch_database(_client, uri):
    Path(uri.removeprefix("sqlite:///")).touch()


def test_mlflow_is_left_as_it_was_and_nothing_is_sent(workspace, monkeypatch):
    import mlflow  # noqa: PLC0415  importing MLflow takes seconds

    def refuse(*_):
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    before = (mlflow.get_tracking_uri(), mlflow.active_run())
    registry = Registry(workspace)
    registry.promote(registry.record(a_trial()))
    registry.champion()
    assert (mlflow.get_tracking_uri(), mlflow.active_run()) == before
    assert mlflow.telemetry.get_telemetry_client() is None


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%20b"])
def test_a_folder_that_mlflow_cannot_read_is_refused_at_once(tmp_path, name):
    with pytest.raises(WorkspaceInvalid, match=re.escape(f"with {name[1]} in its path")):
        Registry(tmp_path / name)


def test_models_that_cannot_follow_a_move_say_so(tmp_path):
    (tmp_path / "mlflow.db").touch()
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("create table experiments (name text, artifact_location text)")
        database.execute("insert into experiments values ('churn', 'file:///elsewhere')")
        database.commit()
    with pytest.raises(ModelRefused, match="its models cannot follow: no such table"):
        follow(tmp_path / "mlflow.db", ["churn"], "file:///here")
