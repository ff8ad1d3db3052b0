"""The registry of one question: who is champion, who was, and who would like to be."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import ModelRefused
from models.drift.reference import Reference
from models.trial import Trial
from serving.registry.home import Home
from serving.registry.measured import Measured, measured
from serving.registry.writing import written
from serving.sealed import Champion, open_reference, open_sealed
from serving.versions import (
    COMPLETED,
    FOLLOWED,
    FORCED_BY,
    FORCED_WHY,
    OBSTACLES,
    STATUS,
    TAG_LENGTH,
    Version,
    version_of,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, PREVIOUS, CHALLENGER = "champion", "previous", "challenger"


class Registry:
    """The models of one question in the workspace at `root`.

    `model` names the question, its experiment and its registered model. A workspace may be moved:
    stored addresses follow it when the registry is next used.
    """

    def __init__(self, root: Path, model: str = "churn") -> None:
        self._home = Home(root)
        self._model = model

    @property
    def tracking_uri(self) -> str:
        """The address that MLflow's own tools take as tracking and registry URI."""
        return self._home.tracking_uri

    def record(self, trial: Trial, *, report: str = "") -> int:
        """The new version under which a trial is recorded; it is nobody's champion yet.

        One MLflow run holds parameters, metrics with intervals, lineage, the model, and the report
        as HTML. Its tag `jejak.status` goes from started to completed, so that a run that broke
        off can be told.
        """
        if trial.name != self._model:
            raise ValueError(f"a trial of {trial.name} is no {self._model}")
        client = self._home.client()
        return written(client, self._home.experiment(client, self._model), trial, report)

    def promote(
        self,
        version: int,
        *,
        obstacles: Iterable[str] = (),
        forced_by: str = "",
        forced_why: str = "",
    ) -> None:
        """Make a version the champion; the one before stays at hand as `previous`.

        Who forced it and why stand on the version and on its run, beside the obstacles that were
        overruled. `ModelRefused` when there is no such version or its recording broke off.
        """
        client = self._home.client()
        self._refuse_broken(client, version)
        self._forget(client, version)
        told = {OBSTACLES: "\n".join(obstacles), FORCED_BY: forced_by, FORCED_WHY: forced_why}
        self._tell(client, version, told)
        before = self._at_alias(client, CHAMPION)
        if before is None:
            client.set_registered_model_alias(self._model, CHAMPION, str(version))
        elif int(before.version) != version:
            self._succeed(client, version, int(before.version))
        challenger = self._at_alias(client, CHALLENGER)
        if challenger is not None and int(challenger.version) == version:
            client.delete_registered_model_alias(self._model, CHALLENGER)

    def keep(self, version: int, obstacles: Iterable[str]) -> None:
        """Keep a version as challenger, with what speaks against promoting it."""
        client = self._home.client()
        self._refuse_broken(client, version)
        self._tell(client, version, {OBSTACLES: "\n".join(obstacles)})
        client.set_registered_model_alias(self._model, CHALLENGER, str(version))

    def champion(self) -> tuple[Champion, int]:
        """The champion and its version, which every record should carry from here on.

        Only the booster's text and the manifest are read, and only after size and hash agree
        with the database: nothing is unpickled. `ModelRefused` when there is no champion, or a
        file of it is missing or was changed.
        """
        found = self.standing()
        if found is None:
            raise ModelRefused(
                "no model has been promoted yet",
                where=str(self._home.root),
                mend="run jejak retrain; if its model was not promoted, it has said why",
            )
        return found

    def standing(self) -> tuple[Champion, int] | None:
        """As `champion`; None where nothing has been promoted yet, and then nothing is made."""
        client = self._home.client() if self._home.database.exists() else None
        found = client and self._at_alias(client, CHAMPION)
        return self._opened(found) if found else None

    def previous(self) -> tuple[Champion, int]:
        """The champion before this one, whom `rollback` brings back.

        `ModelRefused` when there is none, or a file of it is missing or was changed.
        """
        client = self._home.client() if self._home.database.exists() else None
        found = client and self._before(client)
        if not found:
            raise ModelRefused(
                f"no champion of {self._model} came before the present one",
                where=str(self._home.root),
                mend="there is nothing to go back to; jejak models lists what there is",
            )
        return self._opened(found)

    def at(self, version: int) -> tuple[Champion, Measured]:
        """The model of any version, and what was measured of it out of time.

        `ModelRefused` when there is no such version, or a file of it is missing or was changed.
        """
        client = self._home.client()
        self._refuse_broken(client, version)
        found = client.get_model_version(self._model, str(version))
        return self._opened(found)[0], measured(client, found.run_id or "")

    def reference(self, version: int) -> Reference | None:
        """What the model of a version learned from; none of one from before that was kept.

        `ModelRefused` when there is no such version, or the file is missing or was changed.
        """
        client = self._home.client()
        self._refuse_broken(client, version)
        found = client.get_model_version(self._model, str(version))
        return open_reference(self._home.folder(found), found.tags)

    def rollback(self) -> tuple[int, int]:
        """Make the champion before this one champion again; the versions now and before.

        The two change places, so that a second rollback takes the first one back.
        """
        _, back = self.previous()
        client = self._home.client()
        self._refuse_broken(client, back)
        now = int(client.get_model_version_by_alias(self._model, CHAMPION).version)
        self._succeed(client, back, now)
        return back, now

    def versions(self) -> list[Version]:
        """Every version, the newest first; none where nothing was recorded yet."""
        if not self._home.database.exists():
            return []
        client = self._home.client()
        found = client.search_model_versions(f"name = '{self._model}'")
        rows = [self._line(client, one.version) for one in found]
        return sorted(rows, key=lambda row: row.version, reverse=True)

    def _line(self, client: "MlflowClient", version: str) -> Version:
        found = client.get_model_version(self._model, version)
        return version_of(
            self._model,
            int(version),
            aliases=found.aliases,
            created_ms=found.creation_timestamp or 0,
            tags=found.tags,
            status=client.get_run(found.run_id or "").data.tags.get(STATUS, ""),
        )

    def _succeed(self, client: "MlflowClient", version: int, before: int) -> None:
        """One version in another's place; killed at any instant, there is one champion.

        Whom it follows is told first, so that the way back is known even where the alias for it is
        not there yet.
        """
        client.set_model_version_tag(self._model, str(version), FOLLOWED, str(before))
        client.set_registered_model_alias(self._model, CHAMPION, str(version))
        client.set_registered_model_alias(self._model, PREVIOUS, str(before))

    def _before(self, client: "MlflowClient") -> "ModelVersion | None":
        """Whom the champion followed; of a champion that does not tell, the alias does."""
        champion = self._at_alias(client, CHAMPION)
        if champion is None:
            return None
        if told := champion.tags.get(FOLLOWED):
            return _if_any(lambda: client.get_model_version(self._model, told))
        return self._at_alias(client, PREVIOUS)

    def _tell(self, client: "MlflowClient", version: int, told: dict[str, str]) -> None:
        """Tags on a version and on its run; what is empty says nothing."""
        run_id = client.get_model_version(self._model, str(version)).run_id or ""
        for name, text in told.items():
            if text:
                client.set_model_version_tag(self._model, str(version), name, text[:TAG_LENGTH])
                client.set_tag(run_id, name, text[:TAG_LENGTH])

    def _forget(self, client: "MlflowClient", version: int) -> None:
        """What spoke against a version when it was kept; its run still tells."""
        if OBSTACLES in client.get_model_version(self._model, str(version)).tags:
            client.delete_model_version_tag(self._model, str(version), OBSTACLES)

    def _opened(self, version: "ModelVersion") -> tuple[Champion, int]:
        return open_sealed(self._home.folder(version), version.tags), int(version.version)

    def _at_alias(self, client: "MlflowClient", alias: str) -> "ModelVersion | None":
        return _if_any(lambda: client.get_model_version_by_alias(self._model, alias))

    def _refuse_broken(self, client: "MlflowClient", version: int) -> None:
        found = _if_any(lambda: client.get_model_version(self._model, str(version)))
        run_id = found.run_id if found else None
        if run_id and client.get_run(run_id).data.tags.get(STATUS) == COMPLETED:
            return
        raise ModelRefused(
            f"version {version} of {self._model} was not recorded whole",
            where=str(self._home.database),
            mend="promote another version, or run jejak retrain",
        )


def _if_any(look_up: Callable[[], "ModelVersion"]) -> "ModelVersion | None":
    """The version, or None where MLflow raises because there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return look_up()
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
