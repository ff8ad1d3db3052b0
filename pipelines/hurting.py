"""Where it hurts, asked of a workspace: by its words, its stages and its personas."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from features.catalog import Vocabulary
from features.clock import grid, shift
from features.lake import Snapshot
from features.told import narrowed
from models.pains.asked import Asked, drawn, journey_target
from models.pains.rows import pain_rows
from models.panel import first_told
from pipelines.compute import engine
from pipelines.preparing import words_before
from pipelines.workspace import Workspace

EVERY_DAYS = 28
BEFORE_DAYS = 365
"""How far back before a change is looked."""

ROWS_MOST = 300_000


def asked(workspace: Workspace, words: Vocabulary) -> Asked:
    """Whose drop-off is looked at, by what a workspace says."""
    settings = workspace.settings
    return Asked(
        target=journey_target(settings.churn, settings.progression, words),
        vocabulary=words,
        features=settings.features,
        personas=settings.personas,
        wait_hours=settings.journey.wait_hours,
        value_days=settings.decide.value_window_days,
    )


def rows_around(
    workspace: Workspace, snapshot: Snapshot, question: Asked, cutoff: datetime, change: datetime
) -> pd.DataFrame | None:
    """Rows of pains every four weeks, from a year before a change up to what is known at a cutoff.

    None where no outcome is known.
    """
    cutoffs = _cutoffs(workspace, snapshot, question, cutoff, change)
    if not cutoffs:
        return None
    few = replace(question.params, customers_most=max(1, ROWS_MOST // len(cutoffs)))
    parts, _ = drawn(snapshot.told(), replace(question, params=few))
    with engine(workspace) as at_work:
        return pain_rows(
            parts,
            question,
            cutoffs,
            watermark=workspace.told_until(cutoff),
            zone=workspace.settings.workspace.zone,
            engine=at_work,
        )


def question_of(workspace: Workspace, snapshot: Snapshot, cutoff: datetime) -> Asked:
    """The question in the words of what was known at a cutoff."""
    return asked(workspace, words_before(workspace, snapshot.told(), cutoff))


def _cutoffs(
    workspace: Workspace, snapshot: Snapshot, question: Asked, cutoff: datetime, change: datetime
) -> Sequence[datetime]:
    zone, target = workspace.settings.workspace.zone, question.target
    began = first_told(narrowed(snapshot.told(), target.reads()), target)
    if began is None:
        return ()
    last = target.last_mature(workspace.told_until(cutoff), zone)
    earliest = shift(change, -(BEFORE_DAYS + target.lead_days), zone)
    seen = began + timedelta(days=target.sight_days)
    return grid(last, max(earliest, seen), EVERY_DAYS, zone)
