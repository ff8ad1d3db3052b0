"""Scores of nights long past, taken out of the store."""

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.store.database import Database
from serving.store.outbox_tables import outbox
from serving.store.tables import published_table, runs, scores_table

OPEN = ("planned", "sent")
"""States of an outbox row that something is still to be done about."""


def forget_scores(store: Database, *, before: datetime) -> int:
    """Delete the scores of runs with an earlier cutoff; how many rows went.

    Kept are those of the published run and of any run with a row that has not been delivered yet.
    The run itself and its summary stay. One run is one transaction, so that nobody waits long.
    """
    old = store.read(partial(_forgettable, before=before))
    return sum(store.write(partial(_forget, run_id=run_id, before=before)) for run_id in old)


def _forgettable(connection: Connection, before: datetime) -> list[str]:
    return list(connection.scalars(sa.select(runs.c.run_id).where(*_may_go(before))))


def _forget(connection: Connection, run_id: str, before: datetime) -> int:
    """What is published or open may have changed since it was asked."""
    still = sa.select(runs.c.run_id).where(runs.c.run_id == run_id, *_may_go(before))
    scores = sa.delete(scores_table).where(scores_table.c.run_id.in_(still))
    return connection.execute(scores).rowcount


def _may_go(before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    is_published = sa.exists().where(published_table.c.run_id == runs.c.run_id)
    is_open = sa.exists().where(outbox.c.run_id == runs.c.run_id, outbox.c.state.in_(OPEN))
    has_scores = sa.exists().where(scores_table.c.run_id == runs.c.run_id)
    return runs.c.as_of < before, has_scores, ~is_published, ~is_open
