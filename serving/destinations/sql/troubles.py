"""What an error of a database means for a batch: whether to wait, to halve, or to stop."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import exc
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIModule

from serving.destinations.calls.answers import redacted
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    Trouble,
)

PASSING = ("40001", "40P01", "53", "55P03", "57014", "57P03")
"""PostgreSQL: lost against another, out of room or of connections, locked, too slow, starting."""

CUT = ("08", "57P01", "57P02", "58", "XX")
"""The connection or the server is gone; whether the commit was done is not known."""

OF_ROWS = ("21", "22", "23", "54")
"""A value is too long, out of range, no number, forbidden or missing: some row is at fault."""

OF_ENTRY = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "does not support SSL",
    "certificate verify failed",
)
"""What PostgreSQL says when no attempt can ever succeed; such errors carry no code."""

SQLITE_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")

MEND = "look at the address, the table, its columns and the rights of the user"


@contextmanager
def told(engine: Engine, place: str) -> Generator[None]:
    """Errors of a database as troubles, without anything of a row.

    Only the words of a refused batch may quote a value: they are for the reject table.
    """
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except exc.DBAPIError as error:
        raised = error.orig or error
        raise trouble(raised, driver, place, is_cut=error.connection_invalidated) from None
    except exc.SQLAlchemyError as error:
        raise Misconfigured(f"{place}: {type(error).__name__}", mend=MEND) from None
    except driver.Error as error:  # COPY speaks to the driver itself
        raise trouble(error, driver, place, is_cut=False) from None


@contextmanager
def entering(engine: Engine, place: str) -> Generator[None]:
    """Likewise while nothing has been sent yet: a connection that fails leaves nothing unknown."""
    try:
        with told(engine, place):
            yield
    except OutcomeUnknown as unknown:
        raise Busy(f"{place} cannot be reached", code=unknown.code) from None


def trouble(error: BaseException, driver: DBAPIModule, place: str, *, is_cut: bool) -> Trouble:
    """The trouble that an error of a driver is."""
    code, said = _code(error), _said(error)
    if code.startswith(OF_ROWS) or isinstance(error, (driver.DataError, driver.IntegrityError)):
        return BatchRefused(said, code=code)
    if code.startswith((*PASSING, *SQLITE_PASSING)):
        return Busy(f"{place}: {said}", code=code)
    never = any(words in said for words in OF_ENTRY)
    if not never and (is_cut or not code or code.startswith(CUT)):
        return OutcomeUnknown(f"{place}: the connection was lost", code=code)
    return Misconfigured(f"{place}: {said}", code=code, mend=MEND)


def _code(error: BaseException) -> str:
    """The SQLSTATE, or SQLite's name of the error; empty where only the network has spoken."""
    told = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return str(told or "")


def _said(error: BaseException) -> str:
    """The first line of what the database says, without the detail that quotes the row."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return redacted(str(primary or error).strip().split("\n", maxsplit=1)[0])
