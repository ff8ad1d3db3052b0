"""Retrain: from the lake to a recorded trial, and to a new champion if it earns that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.states import Completed

from features.catalog import Vocabulary
from features.errors import DataRefused, ModelRefused, WorkspaceInvalid
from features.known.beforehand import Beforehand
from features.lake import Snapshot
from features.mistakes import nearest
from models.judging.bootstrap import POOLED
from models.judging.challenge import Challenge
from models.judging.promotion import CHECKS, Verdict
from models.learning import training
from models.targets.target import Target
from models.trial import Trial
from models.uplift.adoption import Adoption
from pipelines.data.ingest import snapshot_until
from pipelines.data.words import words_before
from pipelines.environment import threads
from pipelines.flows.steps import as_disk_step, as_step
from pipelines.flows.watched import watched
from pipelines.loop.drawn import drawn_of
from pipelines.settings.compute import engine
from pipelines.settings.config import Settings
from pipelines.terminal.progress import step
from pipelines.terminal.summary import show_end, show_refused, show_trial
from pipelines.training.experiments import adoption
from pipelines.training.lineage import lineage
from pipelines.training.preparing import prepared_for
from pipelines.training.reporting import keep, page
from pipelines.training.tuning import tuned
from pipelines.training.verdict import Asked, challenge, verdict, verdict_facts
from pipelines.workspace import Workspace, open_workspace
from serving.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A trial, what it is beside the champion, and what experiments say of outreach."""

    trial: Trial
    beside: Challenge | None
    adoption: Adoption | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A recorded trial, and what was decided on it."""

    trial: Trial
    version: int
    verdict: Verdict
    report: Path

    def facts(self) -> dict[str, Any]:
        """The grade, the verdict, and every pooled metric with its interval."""
        metrics = self.trial.metrics
        pooled = metrics.loc[metrics["origin"] == POOLED].drop(columns="origin")
        return {
            "question": self.trial.name,
            "model_version": self.version,
            "report": str(self.report),
            **verdict_facts(self.verdict),
            "grade": self.trial.grade.letter,
            "why": self.trial.grade.reasons,
            "tier": self.trial.model.tier,
            "counts": dict(self.trial.counts),
            "metrics": pooled.astype(object).where(pooled.notna(), None).to_dict("records"),
        }


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """The answer to every question that could be learned; `refused` says why others were not."""

    answers: tuple[Answer, ...]
    refused: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def obstacles(self) -> list[str]:
        """Why champions were kept, each with the question."""
        kept = (one for one in self.answers if not one.verdict.promoted)
        return [f"{one.trial.name}: {why}" for one in kept for why in one.verdict.obstacles]

    def facts(self) -> dict[str, Any]:
        """Churn first, as it comes; then the other models, and what could not be learned."""
        first, *others = (one.facts() for one in self.answers)
        return {**first, "others": others, "refused": dict(self.refused)}

    def text(self, seconds: float) -> None:
        """Print the grades and each model beside its baselines."""
        for one in self.answers:
            show_trial(one.trial, one.version, one.verdict)
        show_refused(self.refused)
        pages = {f"report: {one.trial.name}": one.report for one in self.answers}
        show_end({name.replace("_", " "): page for name, page in pages.items()}, seconds)


lake = as_disk_step(snapshot_until)


@flow(name="retrain", persist_result=False)
def retrain(
    workspace: str = ".",
    as_of: date | None = None,
    trials: int = 0,
    promotion: str = CHECKS,
    why: str = "",
) -> Retrained:
    """Learn from the lake, tune if asked to, measure, record, and promote what earns it."""
    place, asked = open_workspace(Path(workspace)), Asked(mode=promotion, why=why)
    with watched(place, "retrain") as end_with:
        until = place.cutoff(as_of)
        snapshot = lake(place, until)
        words = heard(place, snapshot, until)
        first = learn(place, snapshot, until, words, trials=trials)
        answers, refused = [conclude(place, asked, first)], {}
        for target in further(place.settings, words):
            try:
                found = learn(place, snapshot, until, words, target, trials=trials)
                answers.append(conclude(place, asked, found))
            except (DataRefused, ModelRefused) as error:
                refused[target.predicts] = f"{error.what}; {error.mend}"
        done = Retrained(answers=tuple(answers), refused=refused)
        end_with(done.facts())
    return kept_the_champion(done) if done.obstacles else done


def kept_the_champion(done: Retrained) -> Any:  # noqa: ANN401
    """An end of the flow with a name of its own, no failure; its caller gets what was done."""
    return Completed(name="Kept the champion", message="; ".join(done.obstacles), data=done)


def conclude(workspace: Workspace, asked: Asked, learned: Learned) -> Answer:
    """Judge a trial, record it with its report, and promote it or keep it as challenger."""
    trial, beside = learned.trial, learned.beside
    alarms = trial.evidence.alarms if trial.evidence else ()
    found = verdict(trial, beside, workspace.own_features, asked, alarms=alarms)
    html = page(workspace, trial, beside, found, learned.adoption)
    version = record(workspace, trial, html)
    settle(workspace, trial.name, version, found)
    report = keep(workspace, trial.name, version, html)
    return Answer(trial=trial, version=version, verdict=found, report=report)


def further(settings: Settings, words: Vocabulary) -> Iterator[Target]:
    """The questions that are asked beside churn."""
    if settings.progression:
        yield settings.progression
    if settings.next_step:
        yield settings.next_step.among(words.steps)


@as_step
def heard(workspace: Workspace, snapshot: Snapshot, until: datetime) -> Vocabulary:
    """The words of what was known before an instant; those of churn must be among them."""
    words = words_before(workspace, snapshot.told(), until)
    _refuse_unheard(workspace.settings, words)
    return words


@as_step
def learn(
    workspace: Workspace,
    snapshot: Snapshot,
    until: datetime,
    words: Vocabulary,
    target: Target | None = None,
    *,
    trials: int = 0,
) -> Learned:
    """Train and measure on what was known before an instant, beside the champion if there is one.

    Without a target, churn is learned.
    """
    asked, parts = target or workspace.settings.churn, Beforehand(snapshot.told(), until)
    drawn = drawn_of(workspace, snapshot)
    with engine(workspace) as at_work:
        with step(f"Building the features of {asked.predicts}") as note:
            found = prepared_for(workspace, parts, until, words, asked, drawn=drawn, engine=at_work)
            note(f"{len(found.panel.rows)} rows at {len(found.panel.cutoffs)} cutoffs")
        found = tuned(workspace, found, trials=trials, threads=threads())
        with step(f"Training {asked.predicts}") as note:
            trial = training.learn(found, threads=threads(), prove=True, progress=note)
            beside = challenge(workspace, trial, found, at_work, note)
            proved = adoption(drawn.log, found, engine=at_work, progress=note)
    told = replace(trial, lineage={**trial.lineage, **lineage(workspace, snapshot, until)})
    return Learned(trial=told, beside=beside, adoption=proved)


@as_disk_step
def record(workspace: Workspace, trial: Trial, report: str) -> int:
    """The version under which the trial is recorded, with its report."""
    with step("Recording the model"):
        return Registry(workspace.root, trial.name).record(trial, report=report)


@as_disk_step
def settle(workspace: Workspace, question: str, version: int, found: Verdict) -> None:
    """Make a version the champion, or keep it as challenger; what was said of it is kept."""
    registry = Registry(workspace.root, question)
    if found.promoted:
        registry.promote(
            version,
            obstacles=found.obstacles,
            forced_by=found.forced_by,
            forced_why=found.forced_why,
        )
    else:
        registry.keep(version, found.obstacles)


def _refuse_unheard(settings: Settings, words: Vocabulary) -> None:
    for name in settings.churn.own_steps:
        if name not in words.steps:
            raise WorkspaceInvalid(
                f"no event has the step {name!r}",
                where="churn.steps",
                mend=nearest(name, words.steps),
            )
