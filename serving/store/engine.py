"""What stands behind a URL: SQLite in a file of its owner's, or PostgreSQL; no wait without end."""

import json
import os
import sqlite3
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from features.errors import RunRefused

BUSY_SECONDS = 30
IDLE_SECONDS = 120
"""Whoever is paused for longer in the middle of a transaction loses it, and with it its locks."""

BOUNDED = {
    "connect_timeout": BUSY_SECONDS,
    "keepalives_idle": BUSY_SECONDS,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": BUSY_SECONDS * 1000,
}
"""A server that has vanished without a word is given up; what the URL says comes first."""

OWNER_ALONE = 0o600


def engine_of(url: str) -> Engine:
    """The engine of a store's database; `RunRefused` for one that is no store's."""
    told = sa.make_url(url)
    if told.get_backend_name() == "sqlite":
        return _sqlite(told)
    if told.get_backend_name() == "postgresql":
        return _postgresql(told)
    raise RunRefused(
        f"a store lies in SQLite or PostgreSQL, not in {told.get_backend_name()}",
        where=told.render_as_string(hide_password=True),
        mend="write sqlite:///FILE or postgresql://...",
    )


def _engine(url: URL, connect_args: dict[str, Any], **more: Any) -> Engine:  # noqa: ANN401
    return sa.create_engine(
        url,
        # Otherwise the customers of a statement that fails would stand in the error.
        hide_parameters=True,
        connect_args=connect_args,
        json_serializer=partial(json.dumps, allow_nan=False, ensure_ascii=False),
        **more,
    )


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        _keep_private(Path(url.database))
    engine = _engine(url, {"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _write_ahead)
    event.listen(engine, "begin", _begin_as_told)
    return engine


def _keep_private(file: Path) -> None:
    """Scores are personal data. What SQLite puts beside a file has the rights of the file."""
    with suppress(OSError):  # SQLite says better what is wrong with the place
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, OWNER_ALONE))
        for one in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            if one.exists() and one.stat().st_mode & 0o077:
                one.chmod(OWNER_ALONE)


def _write_ahead(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL").close()


def _begin_as_told(connection: Connection) -> None:
    """A transaction that writes takes its place in the queue at once, or two could not both end."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL) -> Engine:
    bounded = {name: limit for name, limit in BOUNDED.items() if name not in url.query}
    try:
        engine = _engine(url, bounded, pool_pre_ping=True)
    except ModuleNotFoundError as missing:
        raise RunRefused(
            f"PostgreSQL is not spoken here: {missing.name} is missing",
            where=url.render_as_string(hide_password=True),
            mend="install jejak with the extra postgres",
        ) from missing
    event.listen(engine, "connect", _bound_waits)
    return engine


def _bound_waits(connection: DBAPIConnection, _record: object) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(
            f"SET lock_timeout = '{BUSY_SECONDS}s';"
            f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
        )
    connection.commit()
