"""The operational store: a run becomes visible in one transaction, or not at all."""

import json
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable

from features.errors import RunRefused
from serving.scores import INSTANT, SCORES, Run, check_scores, ranked

SCHEMA_VERSION = 3
PURPOSE = "churn"
ROWS_A_STATEMENT = 5_000
BUSY_SECONDS = 30


class Before(NamedTuple):
    """The run of an earlier night, and its reasons by customer."""

    run_id: str
    reasons: Mapping[str, list[dict[str, str]]]


class Instant(sa.TypeDecorator[datetime]):
    """An instant in UTC, also in a database that keeps no time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The same instant on the clock of UTC."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The instant with its zone put back."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


STORED_AS: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "str": sa.Text,
    "int64": sa.BigInteger,
    "float64": sa.Double,
    "object": sa.JSON,
    INSTANT: Instant,
}

metadata = sa.MetaData()

schema_version = sa.Table(
    "schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True)
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    *(
        sa.Column(one.name, STORED_AS[SCORES.schema[one.name]], nullable=False)
        for one in fields(Run)
        if one.name != "run_id"
    ),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
)

scores_table = sa.Table(
    "scores",
    metadata,
    *(
        sa.Column(
            column.name,
            STORED_AS[column.dtype],
            nullable=column.nullable,
            primary_key=column.name in ("run_id", "customer_id"),
        )
        for column in SCORES.columns
    ),
    sa.PrimaryKeyConstraint("run_id", "customer_id"),
)

published_table = sa.Table(
    "published",
    metadata,
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=True),
    sa.Column("as_of", Instant, nullable=True),
)


class Published(NamedTuple):
    """What readers see: one run and all of its scores."""

    run: Run
    scores: pd.DataFrame
    published_at: datetime
    summary: dict[str, Any]


class Store:
    """The operational store at a database URL; made on first use.

    SQLite is set to its write-ahead log, so that reading never waits for publishing; such a file
    must lie on a local disk.
    """

    def __init__(self, url: str) -> None:
        self._place = sa.make_url(url).render_as_string(hide_password=True)
        self._engine = _engine(url)
        try:
            with self._transaction() as connection:
                _prepare(connection)
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
        with self._transaction() as connection:
            _point(connection, run)
            if _holds(connection, run):
                return False
            facts = {"published_at": published_at, "rows": len(scores), "summary": summary or {}}
            connection.execute(sa.insert(runs), {**asdict(run), **facts})
            for start in range(0, len(scores), ROWS_A_STATEMENT):
                chunk = scores.iloc[start : start + ROWS_A_STATEMENT]
                told = chunk.astype(object).where(chunk.notna(), None).to_dict("records")
                connection.execute(sa.insert(scores_table), told)
        return True

    def published(self) -> Published | None:
        """The published run with its scores, or None before the first.

        Pointer and scores are read by one statement, so they are always of one run.
        """
        pointed = published_table.c.run_id == scores_table.c.run_id
        rows_of_pointed = sa.select(scores_table).join(published_table, pointed)
        with self._transaction() as connection:
            rows = connection.execute(
                rows_of_pointed.where(published_table.c.purpose == PURPOSE)
            ).all()
            if not rows:
                return None
            its_run = sa.select(runs).where(runs.c.run_id == rows[0].run_id)
            stored = connection.execute(its_run).one()
        run = Run(**{one.name: getattr(stored, one.name) for one in fields(Run)})
        scores = ranked(pd.DataFrame(rows, columns=list(SCORES.schema)).astype(SCORES.schema))
        return Published(run, scores, stored.published_at, stored.summary)

    def reasons_before(self, as_of: datetime) -> Before:
        """What the newest run of an earlier cutoff told of each customer; nothing without one."""
        newest = sa.select(runs.c.run_id).where(runs.c.as_of < as_of)
        newest = newest.order_by(runs.c.as_of.desc(), runs.c.published_at.desc()).limit(1)
        told = sa.select(scores_table.c.customer_id, scores_table.c.reasons)
        with self._transaction() as connection:
            run_id = connection.scalar(newest)
            rows = connection.execute(told.where(scores_table.c.run_id == run_id)).all()
        return Before(run_id or "", {row.customer_id: row.reasons for row in rows if row.reasons})

    def close(self) -> None:
        """Give the connections back; the store must not be used afterwards."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Generator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise RunRefused(
                f"the store does not work: {error.orig}",
                where=self._place,
                mend="see that its database can be reached and its disk has room; all is as before",
            ) from error


def _engine(url: str) -> Engine:
    is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url,
        # Otherwise the customers of a statement that fails would stand in the error.
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS} if is_sqlite else {},
        json_serializer=partial(json.dumps, allow_nan=False, ensure_ascii=False),
    )
    if is_sqlite:
        event.listen(engine, "connect", _write_ahead)
    return engine


def _write_ahead(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL").close()


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
