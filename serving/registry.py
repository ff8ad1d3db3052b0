"""MLflow: record a trial, move the champion alias, load the champion from its text."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from features.errors import ModelRefused, WorkspaceInvalid
from models.churn import ChurnModel
from models.trial import Trial
from serving.moved import follow, settle
from serving.recording import flat, metric_points, portions, texts
from serving.sealed import BOOSTER_FILE, MANIFEST_FILE, manifest_text, open_sealed, seal

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel, Run
    from mlflow.entities.model_registry import ModelVersion

MODEL = "churn"
"""The name of the experiment and of the registered model."""

CHAMPION = "champion"
PREVIOUS = "previous"
STATUS = "jejak.status"
NEEDS = ("mlflow", "lightgbm", "numpy", "pandas")
"""What a registered model needs wherever it is loaded; nothing of this project."""

METRICS_A_BATCH = 1000
PARAMS_A_BATCH = 100

UNREADABLE = "#?%"
"""Characters that MLflow takes for parts of an address, not of a folder's name."""


class Registry:
    """The models of one workspace: `mlflow.db` and `mlflow-artifacts/` in the folder `root`.

    A workspace may be moved: stored addresses follow it when the registry is next used.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._database = self._root / "mlflow.db"
        self._artifacts = self._root / "mlflow-artifacts"
        if wrong := sorted(set(UNREADABLE) & set(str(self._root))):
            raise WorkspaceInvalid(
                f"MLflow cannot read from a folder with {' or '.join(wrong)} in its path",
                where=str(self._root),
                mend="move or rename the folder",
            )

    @property
    def tracking_uri(self) -> str:
        """The address that MLflow's own tools take as tracking and registry URI."""
        return _uri(self._database)

    def record(self, trial: Trial) -> int:
        """The new version under which a trial is recorded; it is nobody's champion yet.

        One MLflow run holds parameters, metrics with intervals, lineage and the model. Its tag
        `jejak.status` goes from started to completed, so that a run that broke off can be told.
        """
        client = self._client()
        lineage = {f"lineage.{name}": text for name, text in flat(trial.lineage)}
        run = client.create_run(
            self._experiment(client),
            run_name=trial.name,
            tags={STATUS: "started", "grade": trial.grade.letter, **lineage},
        )
        with _concluded(client, run):
            _log(client, run, trial)
            return _register(client, run, _log_model(client, run, trial.model), trial)

    def promote(self, version: int) -> None:
        """Make a version the champion; the one before stays at hand as `previous`.

        `ModelRefused` when there is no such version or its recording broke off.
        """
        client = self._client()
        if not _is_complete(client, version):
            raise ModelRefused(
                f"version {version} of {MODEL} was not recorded whole",
                where=str(self._database),
                mend="promote another version, or run jejak retrain",
            )
        before = _at_alias(client, CHAMPION)
        if before is not None and int(before.version) != version:
            client.set_registered_model_alias(MODEL, PREVIOUS, str(before.version))
        client.set_registered_model_alias(MODEL, CHAMPION, str(version))

    def champion(self) -> tuple[ChurnModel, int]:
        """The champion and its version, which every record should carry from here on.

        Only the booster's text and the manifest are read, and only after size and hash agree
        with the database: nothing is unpickled. `ModelRefused` when there is no champion, or a
        file of it is missing or was changed.
        """
        client = self._client() if self._database.exists() else None
        found = client and _at_alias(client, CHAMPION)
        if not client or not found:
            raise ModelRefused(
                "no model has been promoted yet",
                where=str(self._root),
                mend="run jejak retrain; if its model was not promoted, it has said why",
            )
        return open_sealed(self._folder(found), found.tags), int(found.version)

    def _client(self) -> "MlflowClient":
        """MLflow at this workspace: made if new, its addresses following a move.

        MLflow's notion of a current tracking server is neither used nor changed.
        """
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        if not self._database.exists():
            self._create()
        follow(self._database, MODEL, self._artifacts.as_uri())
        try:
            return MlflowClient(self.tracking_uri, self.tracking_uri)
        except MlflowException as error:
            raise ModelRefused(
                f"MLflow cannot read its database: {error.message}",
                where=str(self._database),
                mend=f"if its schema is old, run mlflow db upgrade {self.tracking_uri}",
            ) from error

    def _create(self) -> None:
        """A migrated database that appears whole or not at all: migrating is many transactions.

        One that another process has put there meanwhile stays.
        """
        from mlflow import MlflowClient

        with tempfile.TemporaryDirectory(dir=self._root, prefix=".mlflow.") as scratch:
            raw_database = Path(scratch) / "mlflow.db"
            MlflowClient(_uri(raw_database)).search_experiments(max_results=1)
            settle(raw_database, self._artifacts.as_uri())
            with suppress(FileExistsError):
                self._database.hardlink_to(raw_database)

    def _experiment(self, client: "MlflowClient") -> str:
        found = client.get_experiment_by_name(MODEL)
        if found is not None:
            return found.experiment_id
        return client.create_experiment(MODEL, artifact_location=self._artifacts.as_uri())

    def _folder(self, version: "ModelVersion") -> Path:
        """Where the files of a version are; never outside this workspace."""
        folder = Path(url2pathname(urlsplit(version.source or "").path)).resolve()
        if not folder.is_relative_to(self._artifacts):
            raise ModelRefused(
                f"the files of version {version.version} are outside the workspace",
                where=str(folder),
                mend="run jejak retrain",
            )
        return folder


def _uri(database: Path) -> str:
    return f"sqlite:///{quote(str(database))}"


@contextmanager
def _concluded(client: "MlflowClient", run: "Run") -> Generator[None]:
    try:
        yield
    except BaseException:
        client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_tag(run.info.run_id, STATUS, "completed")
    client.set_terminated(run.info.run_id, "FINISHED")


def _log(client: "MlflowClient", run: "Run", trial: Trial) -> None:
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
    for name, text in texts(trial):
        client.log_text(run.info.run_id, text, name)


def _log_model(client: "MlflowClient", run: "Run", model: ChurnModel) -> "LoggedModel":
    """The booster in MLflow's native LightGBM flavour, the manifest beside it."""
    from mlflow.entities import LoggedModelOutput

    logged = client.create_logged_model(
        run.info.experiment_id, name=MODEL, source_run_id=run.info.run_id
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = _save(model, Path(scratch), logged.model_id, run.info.run_id)
        client.log_model_artifacts(logged.model_id, str(folder))
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return logged


def _save(model: ChurnModel, scratch: Path, model_id: str, run_id: str) -> Path:
    from mlflow.lightgbm import save_model
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    manifest = scratch / Path(MANIFEST_FILE).name
    manifest.write_bytes(manifest_text(model).encode())
    folder = scratch / MODEL
    save_model(
        model.booster(),
        str(folder),
        mlflow_model=Model(model_id=model_id, run_id=run_id),
        signature=ModelSignature(
            inputs=Schema([ColSpec(DataType.double, name) for name in model.columns]),
            outputs=Schema([ColSpec(DataType.double)]),
        ),
        # Given, they cost nothing; left out, MLflow starts a process to find them.
        pip_requirements=[f"{package}=={installed(package)}" for package in NEEDS],
        extra_files=[str(manifest)],
        serialization_format="skops",
    )
    # LightGBM may print a booster otherwise than it was folded; the sealed text is what counts.
    (folder / BOOSTER_FILE).write_bytes(model.booster_text.encode())
    return folder


def _register(client: "MlflowClient", run: "Run", logged: "LoggedModel", trial: Trial) -> int:
    if not client.search_registered_models(f"name = '{MODEL}'"):
        client.create_registered_model(MODEL)
    version = client.create_model_version(
        MODEL,
        # Given "models:/...", MLflow 3.17 would look it up on its current server, not on this one.
        logged.artifact_location,
        run_id=run.info.run_id,
        model_id=logged.model_id,
        tags={"grade": trial.grade.letter, "tier": trial.model.tier, **seal(trial.model)},
    )
    return int(version.version)


def _at_alias(client: "MlflowClient", alias: str) -> "ModelVersion | None":
    return _if_any(lambda: client.get_model_version_by_alias(MODEL, alias))


def _is_complete(client: "MlflowClient", version: int) -> bool:
    found = _if_any(lambda: client.get_model_version(MODEL, str(version)))
    if found is None or found.run_id is None:
        return False
    return client.get_run(found.run_id).data.tags.get(STATUS) == "completed"


def _if_any(look_up: Callable[[], "ModelVersion"]) -> "ModelVersion | None":
    """The version, or None where MLflow raises because there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return look_up()
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
