"""Score: the champion's view of tonight's customers, published and written out."""

from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.catalog import Feature
from features.engine.partitions import Engine
from features.errors import RunRefused
from features.families.monetary import money
from features.known.past import EVERYTHING
from features.lake import Snapshot
from models.answers.outcomes import OutcomeModel
from models.answers.outlook import outlook
from models.answers.scoring import Answering, score_parts
from models.targets.next_step import NextStep
from models.targets.progression import Progression
from pipelines.data.ingest import snapshot_until
from pipelines.flows.stopped import told_what_holds
from pipelines.night.deciding import PAST_MONEY, Decisions, decisions, remembered
from pipelines.night.gating import Accepting, Gated, gate, overriding
from pipelines.night.one_night import alone
from pipelines.settings.compute import engine
from pipelines.terminal.progress import step
from pipelines.terminal.summary import show_decisions, show_end, show_scores
from pipelines.timing import HERE
from pipelines.workspace import Workspace, open_workspace
from serving.destinations.files.whole import write_scores
from serving.gates import fit_rows
from serving.registry import Registry
from serving.scores import Answers, Run, make_scores, run_id
from serving.store import Store
from serving.store.leases import Lease
from serving.store.retention import forget_scores


@dataclass(frozen=True, kw_only=True)
class Night:
    """The scores of one cutoff, not yet published; `silent` customers were not at risk.

    `suppressed` ones must not be scored; `unfit` ones had a probability that is none. Both are left
    out.
    """

    run: Run
    scores: pd.DataFrame
    decisions: Decisions
    silent: int
    rows_quarantined: int
    suppressed: int = 0
    unfit: int = 0

    def facts(self) -> dict[str, Any]:
        """Counts of customers and of rows that could not be read; no customer."""
        scores = self.scores
        return {
            "customers": len(scores),
            "not_at_risk": self.silent,
            "suppressed": self.suppressed,
            "unfit": self.unfit,
            "rows_quarantined": self.rows_quarantined,
            "risk_bands": {band: int(n) for band, n in scores["risk_band"].value_counts().items()},
            "value_at_risk": round(float(np.nansum(scores["value_at_risk"])), 2),
            **self.decisions.facts(self.run),
        }


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A night that was published: its files, and whether its rows were new."""

    night: Night
    workspace: Workspace
    files: tuple[Path, ...]
    is_new: bool
    gated: Gated

    def facts(self) -> dict[str, Any]:
        """The run, how many customers lie in each band, and the files; no customer."""
        run = self.night.run
        return {
            "run_id": run.run_id,
            "as_of": run.as_of.isoformat(),
            "watermark": run.watermark.isoformat(),
            "model_version": run.model_version,
            "grade": run.grade,
            "tier": run.tier,
            **self.night.facts(),
            **self.gated.facts(),
            "currency": self.workspace.settings.workspace.currency,
            "is_new": self.is_new,
            "files": [str(file) for file in self.files],
        }

    def text(self, seconds: float) -> None:
        """Print the ten customers most at risk, and where the scores are."""
        currency = self.workspace.settings.workspace.currency
        night = self.night
        show_scores(night.run, night.scores, currency)
        show_decisions(night.decisions.sentences(night.run), suppressed=night.suppressed)
        places = {file.name: file for file in self.files}
        places |= {"published run": self.workspace.store, "models": self.workspace.models}
        show_end(places, seconds)


def score_customers(root: Path, as_of: date | None, accepting: Accepting) -> Handed:
    """Score the workspace in a folder and publish; the lake is taken as it is."""
    workspace = open_workspace(root)
    with told_what_holds(workspace), alone(workspace) as lease:
        cutoff = workspace.cutoff(as_of)
        snapshot = snapshot_until(workspace, cutoff)
        night = score(workspace, snapshot, cutoff)
        gated = gate(workspace, snapshot, night, accepting)
        is_new = publish(workspace, night, gated, lease)
        return hand_over(workspace, night, gated, is_new=is_new)


def score(workspace: Workspace, snapshot: Snapshot, cutoff: datetime) -> Night:
    """Every customer at risk at a cutoff: probability, value at risk, reasons."""
    settings = workspace.settings
    known = remembered(workspace, cutoff)
    with step("Scoring"), engine(workspace) as at_work:
        champion, version = Registry(workspace.root).champion()
        if isinstance(champion, OutcomeModel):
            raise TypeError(f"version {version} of churn is no model of churn")
        model = champion.with_own(workspace.own_features)
        scored = score_parts(
            model,
            snapshot.told(),
            cutoff,
            [_past_money(settings.decide.value_window_days)],
            zone=settings.workspace.zone,
            engine=at_work,
            telling=known.telling(settings.workspace.language),
        )
        others = ahead(workspace, snapshot, cutoff, at_work, known.withheld)
    rows, unfit = fit_rows(scored.rows)
    outlooks = [one.rows for one in others]
    decided = decisions(workspace, rows, known, cutoff, outlooks)
    shaped_by = {
        **decided.shaped_by(),
        "language": settings.workspace.language,
        "others": {one.question: one.version for one in others},
        "told_before": known.before.run_id,
    }
    run = _run(workspace, snapshot, cutoff, champion=(model, version), shaped_by=shaped_by)
    scores = make_scores(
        run,
        customer_ids=rows["customer_id"].tolist(),
        answers=_answers(rows),
        yearly=decided.yearly,
        reasons=decided.reasons,
        decided=decided.decided.rows,
        outlooks=outlooks,
    )
    return Night(
        run=run,
        scores=scores,
        decisions=decided,
        suppressed=scored.withheld,
        silent=scored.not_at_risk,
        rows_quarantined=snapshot.rows_quarantined,
        unfit=unfit,
    )


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What the champion of another question says of everyone whom it concerns."""

    question: str
    version: int
    rows: pd.DataFrame


def ahead(
    workspace: Workspace,
    snapshot: Snapshot,
    cutoff: datetime,
    at_work: Engine,
    withheld: frozenset[str],
) -> list[Ahead]:
    """Where customers may go and what they do next, where a model of that has been promoted."""
    said: list[Ahead] = []
    for question in (Progression.predicts, NextStep.predicts):
        standing = Registry(workspace.root, question).standing()
        if standing is None or not isinstance(standing[0], OutcomeModel):
            continue
        model, version = standing[0].with_own(workspace.own_features), standing[1]
        zone = workspace.settings.workspace.zone
        rows = outlook(model, snapshot.told(), cutoff, zone=zone, engine=at_work, withheld=withheld)
        said.append(Ahead(question=question, version=version, rows=rows))
    return said


def publish(workspace: Workspace, night: Night, gated: Gated, lease: Lease) -> bool:
    """Make the night the one that readers see; whether its rows were new."""
    with closing(Store(workspace.store_url)) as store:
        now = HERE.now()
        is_new = store.publish(
            night.run,
            night.scores,
            published_at=now,
            summary=night.facts() | gated.summary(),
            lease=lease,
            also=[overriding(night.run.run_id, gated, now), night.decisions.recording(night.run)],
        )
        kept = timedelta(days=workspace.settings.store.keep_days)
        with suppress(RunRefused):  # the night is published; the next one tries again
            forget_scores(store, before=night.run.as_of - kept)
        return is_new


def hand_over(workspace: Workspace, night: Night, gated: Gated, *, is_new: bool) -> Handed:
    """Write the night's files."""
    files = write_scores(workspace.out, night.scores)
    return Handed(night=night, workspace=workspace, files=tuple(files), is_new=is_new, gated=gated)


def _answers(rows: pd.DataFrame) -> Answers:
    """What was said of each customer, as the score table takes it."""
    p, low, high = (rows[name].to_numpy(np.float64) for name in ("probability", "low", "high"))
    if bool(rows["band"].notna().any()):
        return Answers(probabilities=p, low=low, high=high, bands=rows["band"].tolist())
    return Answers(probabilities=p, low=low, high=high, further=rows["further"].tolist())


def _run(
    workspace: Workspace,
    snapshot: Snapshot,
    cutoff: datetime,
    *,
    champion: tuple[Answering, int],
    shaped_by: Mapping[str, object],
) -> Run:
    settings, (model, version) = workspace.settings, champion
    made_from = run_id(
        cutoff,
        model_version=version,
        booster_sha256=model.sha256,
        lake_sha256=snapshot.manifest.hash,
        settings=shaped_by,
    )
    with closing(Store(workspace.store_url)) as store:
        name = store.name_of(made_from)
    return Run(
        run_id=name,
        as_of=cutoff,
        horizon_days=model.target.horizon_days,
        tier=model.tier,
        grade=model.grade,
        model_version=version,
        watermark=snapshot.watermark,
        expires_at=model.target.matured_at(cutoff, settings.workspace.zone),
    )


def _past_money(days: int) -> Feature:
    """The money of all events that a customer's yearly value is reckoned from."""
    return replace(money(EVERYTHING, days), name=PAST_MONEY)
