"""Retrain: from the lake to a recorded trial, and to a new champion if it earns that."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.states import Completed

from features.catalog import Vocabulary
from features.errors import WorkspaceInvalid
from features.lake import Snapshot
from features.mistakes import nearest
from features.vocabulary import vocabulary
from models.bootstrap import POOLED
from models.training import run_trial
from models.trial import Trial, TrialParams
from pipelines.compute import engine
from pipelines.config import Settings
from pipelines.environment import threads
from pipelines.ingest import snapshot_until
from pipelines.lineage import lineage
from pipelines.progress import step
from pipelines.steps import as_disk_step, as_step
from pipelines.summary import show_end, show_trial
from pipelines.verdict import obstacles
from pipelines.workspace import Workspace, open_workspace
from serving.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """A recorded trial; `obstacles` says why it was not promoted, and is empty when it was."""

    trial: Trial
    version: int
    obstacles: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The grade, the verdict, and every pooled metric with its interval."""
        metrics = self.trial.metrics
        pooled = metrics.loc[metrics["origin"] == POOLED].drop(columns="origin")
        return {
            "model_version": self.version,
            "promoted": not self.obstacles,
            "obstacles": self.obstacles,
            "grade": self.trial.grade.letter,
            "why": self.trial.grade.reasons,
            "tier": self.trial.model.tier,
            "counts": dict(self.trial.counts),
            "metrics": pooled.astype(object).where(pooled.notna(), None).to_dict("records"),
        }

    def text(self, seconds: float) -> None:
        """Print the grade and the model beside its baselines."""
        show_trial(self.trial, self.version, self.obstacles)
        show_end({}, seconds)


lake = as_disk_step(snapshot_until)


@flow(name="retrain", persist_result=False)
def retrain(workspace: str = ".", as_of: date | None = None) -> Retrained:
    """Learn from the lake, measure, record, and promote what earns it."""
    place = open_workspace(Path(workspace))
    snapshot = lake(place, place.cutoff(as_of))
    trial = learn(place, snapshot, place.cutoff(as_of))
    version = record(place, trial)
    against = obstacles(trial)
    done = Retrained(trial=trial, version=version, obstacles=tuple(against))
    if against:
        return kept_the_champion(done)
    promote(place, version)
    return done


def kept_the_champion(done: Retrained) -> Any:  # noqa: ANN401
    """An end of the flow with a name of its own, no failure; its caller gets what was done."""
    return Completed(name="Kept the champion", message="; ".join(done.obstacles), data=done)


@as_step
def learn(workspace: Workspace, snapshot: Snapshot, until: datetime) -> Trial:
    """Train and measure on what was known before an instant."""
    settings, own = workspace.settings, workspace.own_features()
    parts, ladder = snapshot.told(), settings.stages
    words = vocabulary(parts, until, stages=ladder.order, exits=ladder.exits)
    _refuse_unheard(settings, words)
    with step("Training") as note, engine(workspace) as at_work:
        trial = run_trial(
            parts,
            words,
            _params(settings),
            own=own,
            watermark=workspace.told_until(until),
            zone=settings.workspace.zone,
            threads=threads(),
            engine=at_work,
            progress=note,
        )
    return replace(trial, lineage={**trial.lineage, **lineage(workspace, snapshot, until)})


@as_disk_step
def record(workspace: Workspace, trial: Trial) -> int:
    """The version under which the trial is recorded."""
    with step("Recording the model"):
        return Registry(workspace.root).record(trial)


@as_disk_step
def promote(workspace: Workspace, version: int) -> None:
    """Make a version the champion."""
    Registry(workspace.root).promote(version)


def _refuse_unheard(settings: Settings, words: Vocabulary) -> None:
    for name in settings.churn.own_steps:
        if name not in words.steps:
            raise WorkspaceInvalid(
                f"no event has the step {name!r}",
                where="churn.steps",
                mend=nearest(name, words.steps),
            )


def _params(settings: Settings) -> TrialParams:
    return TrialParams(
        target=settings.churn,
        panel=settings.panel,
        features=settings.features,
        boosting=settings.model,
        transforms=settings.transforms,
    )
