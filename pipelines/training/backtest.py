"""Backtest: each past month lived again with what was known then, and measured by what came."""

import hashlib
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from prefect import flow

from features.engine.partitions import Engine
from features.errors import DataRefused, ModelRefused
from features.known.beforehand import Beforehand
from models.answers.churn import ChurnModel
from models.judging.bootstrap import Comparison
from models.judging.metrics import by_name, measure
from models.judging.promotion import Candidate, judged
from models.judging.replay import contacts, lived
from models.learned.prepared import Prepared
from models.learning.training import learn
from models.logit import Floats
from models.trial import CHURN, Trial
from pipelines.data.ingest import snapshot_until
from pipelines.data.words import words_before
from pipelines.environment import threads
from pipelines.flows.artifacts import leave
from pipelines.flows.steps import as_disk_step, as_step
from pipelines.settings.compute import engine
from pipelines.terminal.progress import Note, step
from pipelines.training.backtested import Backtested
from pipelines.training.preparing import prepared_for
from pipelines.training.replaying import Replay, Wanted, planned
from pipelines.workspace import open_workspace

lake = as_disk_step(snapshot_until)


@flow(name="backtest", persist_result=False)
def backtest(
    workspace: str = ".",
    as_of: date | None = None,
    since: date | None = None,
    until: date | None = None,
    every_days: int | None = None,
) -> Backtested:
    """Retrain, score and measure at each past month, as it would have been."""
    place = open_workspace(Path(workspace))
    now = place.cutoff(as_of)
    wanted = Wanted(since=since, until=until, every_days=every_days)
    replay = planned(place, lake(place, now), now, wanted)
    for day in replay.missing():
        live(replay, day)
    done = report(replay)
    leave("backtest", "backtest", done.facts())
    return done


@as_step
def live(replay: Replay, day: date) -> None:
    """Live a day again, and keep what it came to; what would have been refused then too."""
    place = replay.days.index(day) + 1
    with step(f"{day} ({place} of {len(replay.days)})") as note:
        try:
            trial, rows = _lived(replay, day, note)
        except (DataRefused, ModelRefused) as error:
            replay.keep(day, {"refused": f"{error.what}; {error.mend}"})
            return
    replay.keep(day, _facts(replay, trial, rows), rows)


@as_step
def report(replay: Replay) -> Backtested:
    """What all days came to, and a page of it beside them."""
    with step("Measuring all days together"):
        done = Backtested(replay)
        done.write()
    return done


def _lived(replay: Replay, day: date, note: Note) -> tuple[Trial, pd.DataFrame]:
    """What was learned at a day, and what became of those who were scored; customers numbered."""
    workspace = replay.workspace
    with engine(workspace) as at_work:
        prepared = _prepared(replay, day, at_work)
        note(f"{len(prepared.panel.rows)} rows at {len(prepared.panel.cutoffs)} cutoffs")
        trial = learn(prepared, threads=threads(), progress=note)
        if not isinstance(trial.model, ChurnModel):
            raise ModelRefused(
                "rules alone would have scored, which tell no probability", mend="see a later day"
            )
        rows = lived(
            trial.model,
            prepared,
            replay.snapshot.told(),
            replay.cutoff(day),
            told_until=workspace.told_until(replay.now),
            outreach=replay.drawn.by(replay.now),
            engine=at_work,
        )
    numbers = rows.pop("customer_id").map(_number)
    return trial, rows.drop(columns="cutoff").assign(customer=numbers)


def _prepared(replay: Replay, day: date, at_work: Engine) -> Prepared:
    """What a retraining at that day would have learned from."""
    workspace, cutoff = replay.workspace, replay.cutoff(day)
    then = Beforehand(replay.snapshot.told(), cutoff)
    words = words_before(workspace, then, cutoff)
    churn, drawn = workspace.settings.churn, replay.drawn
    return prepared_for(workspace, then, cutoff, words, churn, drawn=drawn, engine=at_work)


def _facts(replay: Replay, trial: Trial, rows: pd.DataFrame) -> dict[str, Any]:
    """A day in numbers: the model of that day, what it was worth, what contacting was worth."""
    comparison = Comparison(trial.metrics, trial.differences)
    grade, tier = trial.grade.letter, trial.model.tier
    verdict = judged(Candidate(comparison=comparison, grade=grade, tier=tier))
    y = rows["label"].to_numpy(np.float64)
    decide = replay.workspace.settings.decide
    predictors = [name for name in rows.columns if name not in ("label", "customer")]
    measured = {name: _measured(y, rows[name].to_numpy(np.float64)) for name in predictors}
    return {
        "model": {
            "sha256": trial.model.sha256,
            "trained_through": trial.model.trained_through,
            "rows": trial.counts["rows"],
            "grade": grade,
            "tier": tier,
            "promoted": verdict.promoted,
            "obstacles": list(verdict.obstacles),
        },
        "rows": len(rows),
        "churned": int(y.sum()),
        "metrics": measured,
        "contacts": asdict(contacts(y, rows[CHURN].to_numpy(np.float64), decide)),
    }


def _measured(y: Floats, p: Floats) -> dict[str, float | None]:
    """Metrics by name; what one class alone does not define is none."""
    found = by_name(measure(y, p)[0])
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def _number(customer: str) -> int:
    """A customer as a number: enough to tell one from another, not a name."""
    return int.from_bytes(hashlib.sha256(customer.encode()).digest()[:8], signed=True)
