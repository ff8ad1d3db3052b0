"""Where it hurts, asked of a workspace: by its words, its stages and its personas."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from features.catalog import Vocabulary
from features.clock import grid, shift
from features.known.told import narrowed
from features.lake import Snapshot
from models.pains.asked import Asked, drawn, journey_target
from models.pains.rows import Kinds, pain_rows
from models.rows.panel import first_told
from pipelines.data.words import words_before
from pipelines.settings.compute import engine
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


def rows_at(
    workspace: Workspace,
    snapshot: Snapshot,
    question: Asked,
    cutoffs: Sequence[datetime],
    until: datetime,
    kinds: Kinds,
) -> pd.DataFrame:
    """Rows of pains at some cutoffs, of so many customers that they fit, by what was told until.

    What was expected is told of some `kinds` alone.
    """
    few = replace(question.params, customers_most=max(1, ROWS_MOST // len(cutoffs)))
    parts, _ = drawn(snapshot.told(), replace(question, params=few))
    with engine(workspace) as at_work:
        return pain_rows(
            parts,
            question,
            cutoffs,
            watermark=workspace.told_until(until),
            zone=workspace.settings.workspace.zone,
            engine=at_work,
            kinds=kinds,
        )


def cutoffs_around(
    workspace: Workspace, snapshot: Snapshot, question: Asked, until: datetime, change: datetime
) -> Sequence[datetime]:
    """Every four weeks, from a year before a change up to the last whose outcome is known."""
    zone, target = workspace.settings.workspace.zone, question.target
    began = first_told(narrowed(snapshot.told(), target.reads()), target)
    if began is None:
        return ()
    last = target.last_mature(workspace.told_until(until), zone)
    earliest = shift(change, -(BEFORE_DAYS + target.lead_days), zone)
    seen = began + timedelta(days=target.sight_days)
    return grid(last, max(earliest, seen), EVERY_DAYS, zone)


def question_of(workspace: Workspace, snapshot: Snapshot, cutoff: datetime) -> Asked:
    """The question in the words of what was known at a cutoff."""
    return asked(workspace, words_before(workspace, snapshot.told(), cutoff))
