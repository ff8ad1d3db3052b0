"""One database behind one URL: instants in UTC, whole transactions, errors without customers."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolEmpty
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from features.errors import RunRefused
from serving.store.engine import engine_of

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


class DatabaseFailed(RunRefused):
    """The database refused a transaction, all of it; `sqlstate` is PostgreSQL's word for why."""

    def __init__(self, what: str, *, where: str, mend: str, sqlstate: str | None) -> None:
        super().__init__(what, where=where, mend=mend)
        self.sqlstate = sqlstate


class Database:
    """Transactions on the database at a URL.

    SQLite is set to its write-ahead log, so that reading never waits for writing; such a file
    must lie on a local disk. Whatever a database refuses is `DatabaseFailed`.
    """

    def __init__(self, url: str) -> None:
        self.place = sa.make_url(url).render_as_string(hide_password=True)
        self.engine = engine_of(url)

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
            if not writes and self.engine.dialect.name == "postgresql":
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Generator[None]:
        driver = self.engine.dialect.loaded_dbapi
        try:
            yield
        except (DBAPIError, PoolEmpty, driver.Error) as error:
            raw = getattr(error, "orig", None) or error
            # The database's own words about a row may hold the row.
            tells_rows = isinstance(raw, driver.IntegrityError | driver.DataError)
            raise DatabaseFailed(
                f"the store does not work: {_words(raw)}",
                where=self.place,
                mend="see that its database can be reached and its disk has room; all is as before",
                sqlstate=getattr(raw, "sqlstate", None),
            ) from (None if tells_rows else error)


def insert_missing(connection: Connection, table: sa.Table, values: Mapping[str, object]) -> bool:
    """Put a row in, unless one of that primary key is there; whether it was put."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    missing = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(missing, execution_options={"preserve_rowcount": True}).rowcount == 1


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, DatabaseFailed) and error.sqlstate in PASSING


def _words(raw: BaseException) -> str:
    """What a database says in its first sentence; PostgreSQL tells of rows only after it."""
    diagnosis = getattr(raw, "diag", None)
    return " ".join(str(getattr(diagnosis, "message_primary", None) or raw).split())
