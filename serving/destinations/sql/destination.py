"""A table of any database: rows by upsert in one transaction, whose commit is the evidence."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import Engine

from features.mistakes import Mistake, unknown_key
from serving.destinations.at_once import UNLIMITED, AtOnce
from serving.destinations.destination import (
    Acknowledged,
    Batch,
    Destination,
    Memo,
    Outcomes,
    Tools,
)
from serving.destinations.spec import DestinationSpec
from serving.destinations.sql.table import check, create, target
from serving.destinations.sql.troubles import entering, told
from serving.destinations.sql.upserts import STAGING, merge_statements, upsert_for
from serving.destinations.troubles import Misconfigured

OPTIONS = ("table", "create", "rows_a_batch")
ROWS_A_BATCH = 10_000
ROWS_MOST = 1_000_000
CONNECT_SECONDS = 30
SILENT_SECONDS = 120
STATEMENT_SECONDS = 600

NAME = re.compile("[A-Za-z_][A-Za-z0-9_]{0,62}")
"""PostgreSQL cuts longer names, so that two of them may become one."""


def mistakes(spec: DestinationSpec) -> list[Mistake]:
    """What the settings of a table say and cannot mean, before any connection."""
    return [*_of_options(spec), *_of_names(spec)]


def opened(spec: DestinationSpec, tools: Tools) -> Destination:
    """The table as a destination; the first batch connects."""
    return SqlTable(spec, tools)


class SqlTable(AtOnce):
    """A table behind a SQLAlchemy URL, the secret `url`."""

    def __init__(self, spec: DestinationSpec, tools: Tools) -> None:
        self.rows_a_batch = int(spec.options.get("rows_a_batch", ROWS_A_BATCH))
        self._spec = spec
        self._tools = tools
        self._target = target(spec)
        self._is_checked = False
        tools.pacer.allow(*UNLIMITED)

    def calls(self, batch: Batch) -> Sequence[str]:
        """The statements that a batch would be written by."""
        where = f"{self._place}, one transaction of {len(batch.rows)} rows"
        if self.engine.name == "postgresql":
            return [
                f"{where}: {said}" for said in merge_statements(self.engine.dialect, self._target)
            ]
        columns = ", ".join(self._target.columns)
        return [
            f"{where}: upsert into {self._spec.options['table']} ({columns}) by {self._target.key}"
        ]

    def send(self, batch: Batch, memo: Memo) -> Outcomes:  # noqa: ARG002  (the commit is all)
        """Upsert all rows in one transaction; with its commit all are acknowledged."""
        engine, place = self.engine, self._place
        self._tools.pacer.before_call()
        try:
            with entering(engine, place):
                connection = engine.connect()
            with told(engine, place), connection, connection.begin():
                self._prepare(connection)
                upsert_for(engine.dialect)(connection, self._target, batch.rows)
        finally:
            self._tools.pacer.after_call()
        self._is_checked = True
        return dict.fromkeys((row.key for row in batch.rows), Acknowledged())

    def close(self) -> None:
        """Give the connection back."""
        if "engine" in vars(self):
            self.engine.dispose()

    @cached_property
    def engine(self) -> Engine:
        """The database, by the address that the secret is when it is first needed."""
        return _engine(self._spec, self._tools)

    @property
    def _place(self) -> str:
        url = self.engine.url
        return f"{url.host or url.get_backend_name()}/{url.database}"

    def _prepare(self, connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{SILENT_SECONDS}s'")
        if self._is_checked:
            return
        if self._spec.options.get("create"):
            create(connection, self._spec)
        check(connection, self._spec)


def _engine(spec: DestinationSpec, tools: Tools) -> Engine:
    try:
        url = sa.make_url(spec.secrets["url"].reveal())
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, tools)
        limits = _limits(url)
        # Otherwise the rows of a statement that fails would stand in the error.
        return sa.create_engine(
            url, connect_args=limits, hide_parameters=True, pool_size=1, pool_pre_ping=True
        )
    except exc.NoSuchModuleError:
        raise Misconfigured("no database of this kind is known", mend=_ADDRESS) from None
    except ImportError as error:
        mend = f"install {error.name}; for PostgreSQL: pip install 'jejak[postgres]'"
        raise Misconfigured("the driver of its database is not installed", mend=mend) from None
    except (exc.SQLAlchemyError, ValueError, TypeError):
        raise Misconfigured("the secret `url` is no address of a database", mend=_ADDRESS) from None


_ADDRESS = "write it as in postgresql+psycopg://user:password@host/database"


def _limits(url: sa.URL) -> dict[str, object]:
    """How long PostgreSQL may keep us waiting for a connection, and in silence."""
    if url.get_backend_name() != "postgresql" or not url.get_driver_name().startswith("psycopg"):
        return {}
    return {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": SILENT_SECONDS * 1000}


def _sqlite(url: sa.URL, tools: Tools) -> Engine:
    """A file, its path told from the workspace's folder; a writer takes its place at once."""
    file = str(tools.folder / (url.database or ""))
    engine = sa.create_engine(
        url.set(database=file), connect_args={"timeout": CONNECT_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _leave_beginning)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _leave_beginning(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None


def _of_options(spec: DestinationSpec) -> Iterator[Mistake]:
    for name in spec.options:
        if name not in OPTIONS:
            yield unknown_key(f"options.{name}", name, OPTIONS)
    if not isinstance(spec.options.get("create", False), bool):
        yield Mistake("options.create", "is neither true nor false")
    rows = spec.options.get("rows_a_batch", ROWS_A_BATCH)
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= ROWS_MOST:
        yield Mistake("options.rows_a_batch", f"is {rows!r}", f"write 1 to {ROWS_MOST}")
    if "url" not in spec.secrets:
        mend = 'write url = "env:NAME", a variable\'s name'
        yield Mistake("secrets.url", "is not said", mend)
    for name in spec.secrets:
        if name != "url":
            yield unknown_key(f"secrets.{name}", name, ["url"])


def _of_names(spec: DestinationSpec) -> Iterator[Mistake]:
    """Names that no quoting makes safe in every database."""
    table = spec.options.get("table", "")
    mend = "write letters, digits and _, at most 63, a letter or _ first"
    if not isinstance(table, str) or not re.fullmatch(rf"({NAME.pattern}\.)?{NAME.pattern}", table):
        yield Mistake(
            "options.table", f"{table!r} is no name of a table", f"{mend}; or schema.table"
        )
    elif table.rpartition(".")[2].lower() == STAGING:
        yield Mistake("options.table", f"{table} is the name of our staging table", "rename it")
    for key, name in [("key_field", spec.key_field), *((f"fields.{n}", n) for n in spec.fields)]:
        if not NAME.fullmatch(name):
            yield Mistake(key, f"{name!r} is no name of a column", mend)
    folded = [name.lower() for name in (spec.key_field, *spec.fields)]
    for name in spec.fields:
        if folded.count(name.lower()) > 1:
            yield Mistake(f"fields.{name}", "differs from another by case alone", "rename one")
