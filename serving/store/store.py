"""The operational store: a run becomes visible in one transaction, or not at all."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateTable

from features.errors import RunRefused
from serving.scores import SCORES, Run, check_scores, ranked
from serving.store.database import Database
from serving.store.outbox_tables import metadata
from serving.store.tables import published_table, runs, scores_table

SCHEMA_VERSION = 4
PURPOSE = "churn"
ROWS_A_STATEMENT = 5_000

schema_version = sa.Table(
    "schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True)
)


class Before(NamedTuple):
    """The run of an earlier night, and its reasons by customer."""

    run_id: str
    reasons: Mapping[str, list[dict[str, str]]]


class Published(NamedTuple):
    """What readers see: one run and all of its scores."""

    run: Run
    scores: pd.DataFrame
    published_at: datetime
    summary: dict[str, Any]


class Store(Database):
    """The operational store at a database URL; made on first use."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        try:
            self.write(_prepare)
        except BaseException:
            self.close()
            raise

    def publish(
        self,
        run: Run,
        raw_scores: pd.DataFrame,
        *,
        published_at: datetime,
        summary: Mapping[str, Any] | None = None,
    ) -> bool:
        """Make a run the one that readers see; whether its rows were new.

        A run that is published already is left as it is. `RunRefused`, with nothing changed,
        when a newer cutoff is published or the scores break their contract. `summary` is JSON
        and holds no customer. Earlier runs are kept.
        """
        scores = check_scores(raw_scores)
        if scores["run_id"].iloc[0] != run.run_id:
            raise RunRefused("the scores are those of another run", where="table scores")
        facts = {"published_at": published_at, "rows": len(scores), "summary": summary or {}}

        def publish_whole(connection: Connection) -> bool:
            _point(connection, run)
            if _holds(connection, run):
                return False
            connection.execute(sa.insert(runs), {**asdict(run), **facts})
            for start in range(0, len(scores), ROWS_A_STATEMENT):
                chunk = scores.iloc[start : start + ROWS_A_STATEMENT]
                told = chunk.astype(object).where(chunk.notna(), None).to_dict("records")
                connection.execute(sa.insert(scores_table), told)
            return True

        return self.write(publish_whole)

    def published(self) -> Published | None:
        """The published run with its scores, or None before the first."""
        return self.read(_published)

    def reasons_before(self, as_of: datetime) -> Before:
        """What the newest run of an earlier cutoff told of each customer; nothing without one."""
        newest = sa.select(runs.c.run_id).where(runs.c.as_of < as_of)
        newest = newest.order_by(runs.c.as_of.desc(), runs.c.published_at.desc()).limit(1)
        told = sa.select(scores_table.c.customer_id, scores_table.c.reasons)

        def told_then(connection: Connection) -> Before:
            run_id = connection.scalar(newest)
            rows = connection.execute(told.where(scores_table.c.run_id == run_id))
            return Before(
                run_id or "", {row.customer_id: row.reasons for row in rows if row.reasons}
            )

        return self.read(told_then)


def _published(connection: Connection) -> Published | None:
    """The run that the pointer names; pointer and scores are of one moment."""
    pointed = published_table.c.run_id == scores_table.c.run_id
    rows = connection.execute(
        sa.select(scores_table)
        .join(published_table, pointed)
        .where(published_table.c.purpose == PURPOSE)
    ).all()
    if not rows:
        return None
    stored = connection.execute(sa.select(runs).where(runs.c.run_id == rows[0].run_id)).one()
    run = Run(**{one.name: getattr(stored, one.name) for one in fields(Run)})
    scores = ranked(pd.DataFrame(rows, columns=list(SCORES.schema)).astype(SCORES.schema))
    return Published(run, scores, stored.published_at, stored.summary)


def _prepare(connection: Connection) -> None:
    """The tables, the version of their shape and a pointer to nothing, where they are missing."""
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
    found = connection.scalar(sa.select(schema_version.c.version))
    if found is None:
        _insert_first(connection, schema_version.c.version, SCHEMA_VERSION)
        _insert_first(connection, published_table.c.purpose, PURPOSE)
    elif found != SCHEMA_VERSION:
        raise RunRefused(
            f"the store has version {found} of its tables, this jejak knows {SCHEMA_VERSION}",
            where="table schema_version",
            mend="use the jejak that wrote it",
        )


def _insert_first(connection: Connection, column: sa.Column[Any], value: object) -> None:
    """A first row, unless another process that opens the store put it there just now."""
    is_there = sa.exists().select_from(column.table)
    first = sa.select(sa.literal(value)).where(~is_there)
    connection.execute(sa.insert(column.table).from_select([column.name], first))


def _point(connection: Connection, run: Run) -> None:
    """Move the pointer, unless it is at a newer cutoff.

    It comes first in the transaction: its lock makes others who publish wait for this one.
    """
    pointer = published_table.c
    not_newer = sa.or_(pointer.as_of.is_(None), pointer.as_of <= run.as_of)
    moved = connection.execute(
        sa.update(published_table)
        .where(pointer.purpose == PURPOSE, not_newer)
        .values(run_id=run.run_id, as_of=run.as_of)
    )
    if moved.rowcount != 1:
        newest = connection.scalar(sa.select(pointer.as_of).where(pointer.purpose == PURPOSE))
        raise RunRefused(
            f"scores as of {newest} are published, newer than {run.as_of}",
            where="table published",
            mend="score as of a later day",
        )


def _holds(connection: Connection, run: Run) -> bool:
    return connection.scalar(sa.select(runs.c.rows).where(runs.c.run_id == run.run_id)) is not None
