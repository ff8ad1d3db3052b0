"""One database behind one URL: instants in UTC, whole transactions, errors without customers."""

import json
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from features.errors import RunRefused

BUSY_SECONDS = 30
TRIES = 5
PASSING = ("40001", "40P01", "55P03")
"""PostgreSQL's codes of a transaction that lost a race: it may win when it is tried again."""

Result = TypeVar("Result")


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


class Database:
    """Transactions on the database at a URL.

    SQLite is set to its write-ahead log, so that reading never waits for writing; such a file
    must lie on a local disk.
    """

    def __init__(self, url: str) -> None:
        self.place = sa.make_url(url).render_as_string(hide_password=True)
        self.engine = _engine(url)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """What some work returns, done in one transaction that may be tried again as a whole."""
        for attempt in Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(TRIES),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            reraise=True,
        ):
            with attempt, self._told(), self._begin(writes=True) as connection:
                return work(connection)
        raise AssertionError  # tenacity returns or raises

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """What some work reads, in one transaction: one moment of the database."""
        with self._told(), self._begin(writes=False) as connection:
            return work(connection)

    def close(self) -> None:
        """Give the connections back; the database must not be used afterwards."""
        self.engine.dispose()

    @contextmanager
    def _begin(self, *, writes: bool) -> Generator[Connection]:
        with self.engine.connect() as raw:
            connection = raw.execution_options(writes=writes)
            if not writes and self.engine.dialect.name != "sqlite":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except OperationalError as error:
            raise RunRefused(
                f"the store does not work: {error.orig}",
                where=self.place,
                mend="see that its database can be reached and its disk has room; all is as before",
            ) from error


def insert_missing(connection: Connection, table: sa.Table, values: Mapping[str, object]) -> bool:
    """Put a row in, unless one of that primary key is there; whether it was put."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    missing = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(missing).rowcount == 1


def _may_pass(error: BaseException) -> bool:
    """Whether a transaction only lost a race against another."""
    cause = error.__cause__ if isinstance(error, RunRefused) else error
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in PASSING


def _engine(url: str) -> Engine:
    is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url,
        # Otherwise the customers of a statement that fails would stand in the error.
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS} if is_sqlite else {"connect_timeout": BUSY_SECONDS},
        json_serializer=partial(json.dumps, allow_nan=False, ensure_ascii=False),
        pool_pre_ping=not is_sqlite,
    )
    if is_sqlite:
        event.listen(engine, "connect", _write_ahead)
        event.listen(engine, "begin", _begin_as_told)
    return engine


def _write_ahead(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL").close()


def _begin_as_told(connection: Connection) -> None:
    """A transaction that writes takes its place in the queue at once, or two could not both end."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
