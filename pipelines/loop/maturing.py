"""Runs whose horizon is over, held against what came true."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd

from features.known.beforehand import Beforehand
from features.known.told import Parts
from features.lake import Snapshot
from models.learning.ladder import RULES
from pipelines.loop.drawn import drawn_of
from pipelines.terminal.progress import counted
from pipelines.timing import HERE
from pipelines.training.opened import Models
from pipelines.workspace import Workspace
from serving.scores import Run
from serving.store import Store
from serving.watching.matured import SHOWN, plain, scored, truth, with_truth
from serving.watching.records import Kept, due, keep_matured, watch_of

CAPACITY = 0.1
"""The share of customers who can be contacted, where no play says."""

NO_PROBABILITY, GONE = "no_probability", "gone"
"""Why a run cannot be held against the truth: rules answered; its scores or model are not kept."""


def mature(
    workspace: Workspace, store: Store, snapshot: Snapshot, models: Models, cutoff: datetime
) -> list[Kept]:
    """Hold every run that has matured by a cutoff against the truth, and keep what came of it.

    Of the lake is used what was known at the cutoff.
    """
    told_until = workspace.told_until(min(cutoff, snapshot.watermark))
    ripe = store.read(partial(due, told_until=told_until))
    if not ripe:
        return []
    truth_of = Truth(
        workspace=workspace,
        store=store,
        models=models,
        parts=Beforehand(snapshot.told(), cutoff),
        log=drawn_of(workspace, snapshot).by(cutoff),
        told_until=told_until,
    )
    found: list[Kept] = []
    with counted("Holding earlier runs against the truth", len(ripe)) as note:
        for run in ripe:
            kept = Kept(run_id=run.run_id, as_of=run.as_of, facts=truth_of.run(run))
            store.write(partial(keep_matured, kept=kept, measured_at=HERE.now()))
            found.append(kept)
            note(f"{run.as_of:%Y-%m-%d}")
    return found


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What became of customers by an instant; `log` says who was treated and who held out."""

    workspace: Workspace
    store: Store
    models: Models
    parts: Parts
    log: pd.DataFrame
    told_until: datetime

    def run(self, run: Run) -> dict[str, Any]:
        """What came true of a run beside what was estimated then and what the backtest had.

        Without a probability, its scores or its model nothing can be said; then `skipped` says why.
        """
        facts = {"model_version": run.model_version, "horizon_days": run.horizon_days}
        opened = self.models.at(run.model_version)
        if run.tier == RULES:
            return {**facts, "skipped": NO_PROBABILITY}
        rows = self.store.read(partial(scored, run=run))
        if opened is None or rows.empty:
            return {**facts, "skipped": GONE}
        panel = with_truth(
            rows,
            self.parts,
            opened.model.target,
            told_until=self.told_until,
            zone=self.workspace.settings.workspace.zone,
        )
        found = truth(
            panel,
            self.log,
            capacity=capacity(self.workspace, len(rows)),
            effect_days=self.workspace.settings.panel.effect_days,
        )
        before = self.store.read(partial(watch_of, run_id=run.run_id))
        backtest = {name: plain(one) for name, one in opened.backtest.items() if name in SHOWN}
        estimated = before.facts.get("estimate") if before else None
        return {**facts, **found, "estimated": estimated, "backtest": backtest}


def capacity(workspace: Workspace, customers: int) -> float:
    """The share of customers whom the plays of a workspace can reach in a night."""
    room = [play.capacity_per_day for play in workspace.settings.plays]
    told = [one for one in room if one is not None]
    if not told or len(told) < len(room):
        return CAPACITY
    return min(sum(told) / max(customers, 1), 1.0)
