"""What is told tonight beside what the champion learned from: sources, features, scores."""

from datetime import datetime
from functools import cache

import pandas as pd

from features.lake import Snapshot
from features.lake.emptiness import emptiness
from features.lake.volumes import volumes
from features.rare import CUSTOMERS_LEAST
from models.drift.adversarial import ROWS_MOST as ROWS_APART
from models.drift.adversarial import told_apart
from models.drift.alarm import Alarm
from models.drift.look import customers_changed, drifted
from models.drift.sources import sources_drifted
from models.logit import Floats
from models.rows.sampled import sampled_rows
from pipelines.settings.compute import engine
from pipelines.terminal.progress import step
from pipelines.training.opened import Opened
from pipelines.workspace import Workspace
from serving.scores import Run
from serving.watching.inputs import emptiness_alarms, quarantine_alarms, set_aside
from serving.watching.records import Kept

ROWS_LEAST = 20_000
"""Features of so many customers are looked at: of more, sampling is no matter any more."""

SPANS = ("hours", "days", "weeks")
"""Units of spans of time, which jejak itself takes from instants."""


def source_alarms(
    workspace: Workspace, snapshot: Snapshot, run: Run, opened: Opened | None, before: list[Kept]
) -> list[Alarm]:
    """What sources tell otherwise: how much, which words and units, what cannot be read."""
    params = workspace.settings.watch
    with step("Looking at the sources"):
        told = volumes(snapshot, run.as_of, customers_least=CUSTOMERS_LEAST)
        words = opened.model.vocabulary if opened else None
        aside = set_aside(snapshot.manifest.sources)
        return [
            *(sources_drifted(told, words, run.as_of) if words else []),
            *quarantine_alarms(aside, before, params),
            *emptiness_alarms(emptiness(snapshot, run.as_of), params),
        ]


def customer_alarms(
    workspace: Workspace, snapshot: Snapshot, run: Run, opened: Opened, scores: Floats
) -> list[Alarm]:
    """What customers and their scores are otherwise than those that the model learned from.

    Features are built of a sample; of how many customers there are, all scores tell.
    """
    if opened.reference is None:
        return []
    with step("Looking at features and scores"), engine(workspace) as at_work:

        def rows_at(cutoff: datetime) -> pd.DataFrame:
            return sampled_rows(
                snapshot.told(),
                cutoff,
                opened.model.needed(),
                opened.model.target,
                zone=workspace.settings.workspace.zone,
                engine=at_work,
                rows_least=ROWS_LEAST if cutoff == run.as_of else ROWS_APART,
            )

        rows_at = cache(rows_at)
        spans = [one.name for one in opened.model.needed() if one.unit in SPANS]
        return [
            *customers_changed(opened.reference, len(scores), run.as_of),
            *drifted(opened.reference, rows_at(run.as_of), scores, cutoff=run.as_of, spans=spans),
            *told_apart(opened.reference, run.as_of, rows_at),
        ]
