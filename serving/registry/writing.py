"""A trial as one run of MLflow: parameters, metrics, papers, and the model in one of two forms."""

import json
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.answers.churn import ChurnModel
from models.answers.portable import Portable, portable
from models.trial import Trial
from serving import portable_model
from serving.recording import flat, metric_points, portions, texts
from serving.sealed import (
    BOOSTER_FILE,
    FORM,
    MANIFEST_FILE,
    NATIVE,
    PORTABLE,
    REFERENCE_FILE,
    Champion,
    manifest_text,
    seal,
    seal_reference,
)
from serving.versions import COMPLETED, STARTED, STATUS, tags_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run

NEEDS = ("mlflow", "lightgbm", "numpy", "pandas")
"""What a registered model needs wherever it is loaded; nothing of this project."""

METRICS_A_BATCH = 1000
PARAMS_A_BATCH = 100


def written(client: "MlflowClient", experiment_id: str, trial: Trial, report: str) -> int:
    """The version under which a trial is registered after all of it has been written."""
    lineage = {f"lineage.{name}": text for name, text in flat(trial.lineage)}
    run = client.create_run(
        experiment_id,
        run_name=trial.name,
        tags={STATUS: STARTED, "grade": trial.grade.letter, **lineage},
    )
    with _concluded(client, run):
        _log(client, run, trial, report)
        return _register(client, run, _log_model(client, run, trial), trial)


@contextmanager
def _concluded(client: "MlflowClient", run: "Run") -> Generator[None]:
    try:
        yield
    except BaseException:
        client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_tag(run.info.run_id, STATUS, COMPLETED)
    client.set_terminated(run.info.run_id, "FINISHED")


def _log(client: "MlflowClient", run: "Run", trial: Trial, report: str) -> None:
    from mlflow.entities import Metric, Param

    points = [
        Metric(point.key, point.value, int(point.at.timestamp() * 1000), point.step)
        for point in metric_points(trial.metrics)
    ]
    for some in portions(points, METRICS_A_BATCH):
        client.log_batch(run.info.run_id, metrics=some)
    params = [Param(name, text) for name, text in flat(trial.params)]
    for some in portions(params, PARAMS_A_BATCH):
        client.log_batch(run.info.run_id, params=some)
    for name, text in texts(trial, report):
        client.log_text(run.info.run_id, text, name)


def _log_model(client: "MlflowClient", run: "Run", trial: Trial) -> "LoggedModel":
    """The model's files; the manifest and what it learned from beside them."""
    from mlflow.entities import LoggedModelOutput

    logged = client.create_logged_model(
        run.info.experiment_id, name=trial.name, source_run_id=run.info.run_id
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / trial.name
        _save(trial.model, folder, logged.model_id, run.info.run_id)
        manifest = folder / MANIFEST_FILE
        manifest.parent.mkdir(exist_ok=True)
        manifest.write_bytes(manifest_text(trial.model).encode())
        if trial.reference:
            (folder / REFERENCE_FILE).write_bytes(trial.reference.text().encode())
        client.log_model_artifacts(logged.model_id, str(folder))
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return logged


def _save(model: Champion, folder: Path, model_id: str, run_id: str) -> None:
    from mlflow.models import Model

    parts = portable(model)
    about: dict[str, Any] = {
        "mlflow_model": Model(model_id=model_id, run_id=run_id),
        # Given, they cost nothing; left out, MLflow starts a process to find them.
        "pip_requirements": [f"{package}=={installed(package)}" for package in NEEDS],
    }
    if parts is not None:
        _save_portable(parts, folder, about)
    elif isinstance(model, ChurnModel):
        _save_native(model, folder, about)


def _save_native(model: ChurnModel, folder: Path, about: dict[str, Any]) -> None:
    """The booster in MLflow's native LightGBM flavour."""
    from mlflow.lightgbm import save_model

    signature = _signature(model.columns)
    save_model(
        model.booster(), str(folder), signature=signature, serialization_format="skops", **about
    )
    # LightGBM may print a booster otherwise than it was folded; the sealed text is what counts.
    (folder / BOOSTER_FILE).write_bytes(model.booster_text.encode())


def _save_portable(parts: Portable, folder: Path, about: dict[str, Any]) -> None:
    """JSON and booster texts behind one file of code that knows nothing of this project."""
    from mlflow.pyfunc import save_model

    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer"
        answer.mkdir()
        told = json.dumps(parts.as_json(), indent=1, ensure_ascii=False)
        (answer / portable_model.ANSWER_FILE).write_bytes(told.encode())
        for name, text in parts.texts.items():
            (answer / name).write_bytes(text.encode())
        with warnings.catch_warnings():
            # MLflow asks for an example, which would be a customer's row, and for hints.
            warnings.simplefilter("ignore", UserWarning)
            save_model(
                str(folder),
                python_model=portable_model.__file__,
                artifacts={"answer": str(answer)},
                signature=_signature(parts.columns, parts.outputs),
                **about,
            )


def _signature(columns: tuple[str, ...], outputs: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    answer = outputs or (None,)
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.double, name) for name in columns]),
        outputs=Schema([ColSpec(DataType.double, name) for name in answer]),
    )


def _register(client: "MlflowClient", run: "Run", logged: "LoggedModel", trial: Trial) -> int:
    if not client.search_registered_models(f"name = '{trial.name}'"):
        client.create_registered_model(trial.name)
    form = NATIVE if portable(trial.model) is None else PORTABLE
    version = client.create_model_version(
        trial.name,
        # Given "models:/...", MLflow 3.17 would look it up on its current server, not on this one.
        logged.artifact_location,
        run_id=run.info.run_id,
        model_id=logged.model_id,
        tags={
            **tags_of(trial),
            FORM: form,
            **seal(trial.model),
            **seal_reference(trial.reference),
        },
    )
    return int(version.version)
