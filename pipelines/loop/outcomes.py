"""Outcomes: what the outreach saved, told by those who were drawn for it and those held out."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import DataRefused
from features.families.monetary import money
from features.known.beforehand import Beforehand
from features.known.past import EVERYTHING
from features.lake import Snapshot
from features.roles import ROLES
from models.uplift.fates import Following, fates
from models.uplift.logged import held_out_in_vain, logged
from pipelines.data.ingest import snapshot_until
from pipelines.loop.measured import show_outcomes
from pipelines.terminal.progress import step
from pipelines.timing import known_until
from pipelines.workspace import Workspace, open_workspace
from serving.outcomes.drawn import Drawn, from_log, from_store, priced
from serving.outcomes.found import Outcomes
from serving.outcomes.measuring import measure
from serving.store import Store

WORTH = "past_money"
CONTACTS = ("message_out", "campaign_sent", "offer_sent")
"""The parts played by steps with which the business contacts a customer."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What came of an experiment, and how its workspace wants it told."""

    outcomes: Outcomes
    workspace: Workspace

    def facts(self) -> dict[str, Any]:
        """What was found; no customer."""
        currency = self.workspace.settings.workspace.currency
        return {**self.outcomes.facts(), "currency": currency}

    def text(self, seconds: float) -> None:
        """Print the verdict first, then why and how surely."""
        params = self.workspace.settings.workspace
        show_outcomes(self.outcomes, params.language, params.currency, seconds)


def measure_outcomes(
    root: Path, as_of: date | None = None, *, experiment: str | None = None
) -> Measured:
    """What came of an experiment of the workspace in a folder, or of its only one."""
    workspace = open_workspace(root)
    cutoff = workspace.cutoff(as_of)
    snapshot = snapshot_until(workspace, cutoff)
    with step("Outcomes"):
        found = outcomes_of(workspace, snapshot, cutoff, experiment=experiment)
    if found is None:
        raise _nobody(experiment)
    return Measured(outcomes=found, workspace=workspace)


def outcomes_of(
    workspace: Workspace, snapshot: Snapshot, cutoff: datetime, *, experiment: str | None = None
) -> Outcomes | None:
    """What is known at a cutoff of an experiment; None where nobody was drawn by then."""
    drawn = _drawn(workspace, snapshot, cutoff, experiment)
    if drawn is None:
        return None
    settings = workspace.settings
    known = Beforehand(snapshot.told(), cutoff)
    told = fates(drawn.rows, known, _following(workspace, cutoff, drawn.rows))
    told["in_vain"] = held_out_in_vain(told, _log(workspace, snapshot, cutoff))
    return measure(
        priced(told, drawn, settings.plays, settings.decide),
        as_of=cutoff,
        zone=settings.workspace.zone,
        horizon_days=settings.churn.horizon_days,
        acceptance=settings.decide.acceptance,
        more=drawn.counts,
    )


def _drawn(
    workspace: Workspace, snapshot: Snapshot, cutoff: datetime, experiment: str | None
) -> Drawn | None:
    """Who was drawn until a cutoff: by jejak's own lots, else by those of the lake's log."""
    settings = workspace.settings
    own = experiment or (settings.experiment and settings.experiment.name)
    if own:
        with closing(Store(workspace.store_url)) as store:
            heard_until = known_until(workspace, cutoff)
            read = partial(from_store, plays=settings.plays, heard_until=heard_until)
            found = store.read(partial(read, experiment=own, until=cutoff))
        if found is not None:
            return found
    return from_log(_log(workspace, snapshot, cutoff, experiment))


def _log(
    workspace: Workspace, snapshot: Snapshot, cutoff: datetime, source: str | None = None
) -> pd.DataFrame:
    """The draws that the lake tells, of one source or of all."""
    zone = workspace.settings.workspace.zone
    return logged(snapshot.table("outreach"), cutoff, zone, source=source)


def _following(workspace: Workspace, cutoff: datetime, rows: pd.DataFrame) -> Following:
    """How those drawn are followed, by the workspace's own question."""
    settings = workspace.settings
    roles = settings.features.roles
    days = settings.decide.value_window_days
    return Following(
        target=settings.churn,
        watermark=workspace.told_until(cutoff),
        zone=settings.workspace.zone,
        worth=replace(money(EVERYTHING, days), name=WORTH),
        personas=settings.personas,
        contacts=[step for part in CONTACTS for step in roles.get(part, ROLES[part])],
        channels=sorted({*rows["channel"].dropna()}),
    )


def _nobody(experiment: str | None) -> DataRefused:
    named = f" for {experiment}" if experiment else ""
    return DataRefused(
        f"nobody was drawn{named}: without those held out nothing tells what the outreach saved",
        where="[experiment], and the table outreach",
        mend="hold some out with [experiment] (docs/outreach.md), or name another experiment",
    )
