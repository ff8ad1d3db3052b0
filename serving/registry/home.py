"""Where a workspace keeps its models: a database and a folder that may be moved together."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from features.errors import ModelRefused, WorkspaceInvalid
from models.targets.kinds import KINDS
from serving.moved import follow, settle

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

QUESTIONS = tuple(dict.fromkeys(kind.predicts for kind in KINDS.values()))
"""What models answer; the names of experiments and of registered models."""

UNREADABLE = "#?%"
"""Characters that MLflow takes for parts of an address, not of a folder's name."""


class Home:
    """`mlflow.db` and `mlflow-artifacts/` in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.database = self.root / "mlflow.db"
        self._artifacts = self.root / "mlflow-artifacts"
        if wrong := sorted(set(UNREADABLE) & set(str(self.root))):
            raise WorkspaceInvalid(
                f"MLflow cannot read from a folder with {' or '.join(wrong)} in its path",
                where=str(self.root),
                mend="move or rename the folder",
            )

    @property
    def tracking_uri(self) -> str:
        """The address that MLflow's own tools take as tracking and registry URI."""
        return _uri(self.database)

    def client(self) -> "MlflowClient":
        """MLflow at this workspace: made if new, its addresses following a move.

        MLflow's notion of a current tracking server is neither used nor changed.
        """
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        if not self.database.exists():
            self.create()
        follow(self.database, QUESTIONS, self._artifacts.as_uri())
        try:
            return MlflowClient(self.tracking_uri, self.tracking_uri)
        except MlflowException as error:
            raise ModelRefused(
                f"MLflow cannot read its database: {error.message}",
                where=str(self.database),
                mend=f"if its schema is old, run mlflow db upgrade {self.tracking_uri}",
            ) from error

    def create(self) -> None:
        """A migrated database that appears whole or not at all: migrating is many transactions.

        One that another process has put there meanwhile stays.
        """
        from mlflow import MlflowClient

        with tempfile.TemporaryDirectory(dir=self.root, prefix=".mlflow.") as scratch:
            raw_database = Path(scratch) / "mlflow.db"
            MlflowClient(_uri(raw_database)).search_experiments(max_results=1)
            settle(raw_database, self._artifacts.as_uri())
            with suppress(FileExistsError):
                self.database.hardlink_to(raw_database)

    def experiment(self, client: "MlflowClient", question: str) -> str:
        """The experiment of a question, made if new; its id."""
        found = client.get_experiment_by_name(question)
        if found is not None:
            return found.experiment_id
        return client.create_experiment(question, artifact_location=self._artifacts.as_uri())

    def folder(self, version: "ModelVersion") -> Path:
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
