"""Databases behind a SQLAlchemy URL: a table, or what a query returns, streamed.

The database is opened to read only, where it can be. Its address never appears in an error.
Where a column says when a row changed, the rows that the lake holds already are left out.
"""

import re
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import polars as pl
import sqlalchemy as sa
from sqlalchemy import exc

from features.errors import DataRefused
from features.mistakes import nearest
from features.sources.formats import headers, options, typed
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_ROWS_AT_ONCE = 8_192
_OVERLAP_DAYS = "2"
_ISO_DAY = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*"


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """Nothing: the table may mean anything."""
    return {}


def resumes(spec: SourceSpec) -> bool:
    """Whether a column says when a row changed."""
    return "changed" in spec.options


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The names of the query's columns; every cell is written as text."""
    with _result(path, spec) as result:
        columns, changed = [*result.keys()], spec.options.get("changed")
        if changed is not None and changed not in columns:
            what = f"`options.changed` names column {changed!r}, which is missing"
            raise _fault(spec, what, nearest(changed, columns))
        return pl.Schema(dict.fromkeys(headers.names(result.keys(), spec), pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    with _result(path, spec) as result:
        header = headers.names(result.keys(), spec)
        for rows, _ in _blocks(result, header, spec):
            return rows.drop(ROW)
    return pl.DataFrame(schema=dict.fromkeys(header, pl.String))


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows, numbered as the database returns them; one with NUL in it is broken."""
    with _result(path, spec) as result:
        header = headers.names(result.keys(), spec)
        frames = [pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(header, pl.String)})]
        broken: list[int] = []
        for rows, lost in _blocks(result, header, spec):
            frames.append(rows)
            broken += lost
    return Raw(pl.concat(frames, rechunk=True).lazy(), tuple(broken))


def _blocks(
    result: sa.CursorResult[tuple[object, ...]], header: list[str], spec: SourceSpec
) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    written = typed.writers(header, spec)
    first = 1
    for block in result.partitions(_ROWS_AT_ONCE):
        texts = [[write(cell) for write, cell in zip(written, row, strict=True)] for row in block]
        sound = [place for place, cells in enumerate(texts) if typed.printable(cells)]
        lost = sorted({*range(len(texts))} - {*sound})
        numbers = [first + place for place in sound]
        yield (
            typed.frame(header, numbers, [texts[place] for place in sound]),
            [first + place for place in lost],
        )
        first += len(texts)


@contextmanager
def _result(path: Path, spec: SourceSpec) -> Generator[sa.CursorResult[tuple[object, ...]]]:
    """What the source's query returns, fetched block after block."""
    engine, query = _asked(path, spec)
    try:
        with engine.connect() as raw_connection:
            connection = raw_connection.execution_options(**_reading(engine))
            with closing(_rows(connection, query, spec)) as result:
                yield result
    except exc.SQLAlchemyError as error:
        raise _refusal(spec, error) from None
    except (UnicodeError, ValueError, OverflowError):  # what a driver says of a cell
        raise _fault(spec, "a cell cannot be read", "cast it in the query") from None
    finally:
        engine.dispose()


def _rows(
    connection: sa.Connection, query: str, spec: SourceSpec
) -> sa.CursorResult[tuple[object, ...]]:
    result = connection.exec_driver_sql(query)
    if not result.returns_rows:
        raise _fault(spec, "its query returns no table", "write a SELECT")
    return result


def _reading(engine: sa.Engine) -> dict[str, object]:
    """Rows come as they are fetched, nothing is written, and `%` and `:` are only signs."""
    read_only = {"postgresql_readonly": True} if engine.name == "postgresql" else {}
    return {
        "stream_results": True,
        "max_row_buffer": _ROWS_AT_ONCE,
        "no_parameters": True,
        **read_only,
    }


def _asked(path: Path, spec: SourceSpec) -> tuple[sa.Engine, str]:
    """The database, and what to ask it."""
    said = options.known(spec, "url", "query", "table", "changed", "overlap_days")
    if "url" not in said:
        raise _fault(
            spec, "`options.url` is not said", 'write url = "env:NAME", a variable\'s name'
        )
    if ("query" in said) == ("table" in said):
        raise _fault(spec, "one of `options.query` and `options.table` is needed", "say one")
    overlap = _overlap(spec)
    engine = _engine(said["url"], path, spec)
    query = said["query"] if "query" in said else _of_table(said["table"], engine)
    if spec.since is None or "changed" not in said:
        return engine, query
    return engine, _of_changes(query, said["changed"], spec.since - overlap, engine)


def _of_table(name: str, engine: sa.Engine) -> str:
    schema_name, _, table = name.rpartition(".")
    whole = sa.table(table, schema=schema_name or None)
    return str(sa.select(sa.text("*")).select_from(whole).compile(engine))


def _overlap(spec: SourceSpec) -> timedelta:
    """How much is read again: what was written late, and clocks that name no zone."""
    if "overlap_days" in spec.options and "changed" not in spec.options:
        raise _fault(spec, "`options.overlap_days` is not used", "say `options.changed`")
    days = spec.options.get("overlap_days", _OVERLAP_DAYS)
    if not re.fullmatch("[1-9][0-9]{0,4}", days):
        what = f"`options.overlap_days` is {days!r}"
        raise _fault(spec, what, 'write a whole number from "1" to "99999"')
    return timedelta(days=int(days))


def _of_changes(query: str, changed: str, since: datetime, engine: sa.Engine) -> str:
    """The query without the rows that did not change since the day of an instant.

    A row that does not say when it changed is there, and so is one of SQLite, whose columns hold
    anything, that says it in other words than ISO 8601.
    """
    column = engine.dialect.identifier_preparer.quote_identifier(changed)
    day = f"{since.astimezone(UTC):%Y-%m-%d}"
    if engine.name == "sqlite":
        told = f"{column} >= '{day}' OR {column} NOT GLOB '{_ISO_DAY}'"
    else:
        told = f"{column} >= CAST('{day}' AS {sa.DateTime().compile(engine.dialect)})"
    whole = query.rstrip().removesuffix(";")
    return f"SELECT * FROM (\n{whole}\n) told WHERE {column} IS NULL OR {told}"  # noqa: S608 (our own)


def _engine(address: str, folder: Path, spec: SourceSpec) -> sa.Engine:
    try:
        url = sa.make_url(address)
        if url.get_backend_name() == "sqlite":
            return sa.create_engine(
                "sqlite://", creator=_sqlite(folder / (url.database or ""), spec)
            )
        return sa.create_engine(url)
    except exc.NoSuchModuleError:
        raise _fault(spec, "no database of this kind is known", "correct `options.url`") from None
    except ImportError as error:
        mend = f"install {error.name}; for PostgreSQL: pip install 'psycopg[binary]'"
        raise _fault(spec, "the driver of its database is not installed", mend) from None
    except (exc.SQLAlchemyError, ValueError, TypeError):
        mend = "write it as in postgresql://user:password@host/database"
        raise _fault(spec, "`options.url` is no address of a database", mend) from None


def _sqlite(file: Path, spec: SourceSpec) -> Callable[[], sqlite3.Connection]:
    if not file.is_file():
        mend = "put it there, or correct the address (it starts at the workspace's folder)"
        raise _fault(spec, "the database's file is missing", mend)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)
        connection.text_factory = _decoded
        return connection

    return connect


def _decoded(content: bytes) -> str:
    """Text whose unreadable bytes are told apart later, so that they cost one row."""
    return content.decode(errors="surrogateescape")


def _refusal(spec: SourceSpec, error: exc.SQLAlchemyError) -> DataRefused:
    """What the database said of the query; of anything else only its kind, for it may quote."""
    said = type(error).__name__
    original = getattr(error, "orig", None)
    of_query = isinstance(error, exc.ProgrammingError) or isinstance(original, sqlite3.Error)
    if original is not None and of_query:
        said = str(original).strip().split("\n", maxsplit=1)[0]
    if isinstance(error, exc.OperationalError) and not of_query:
        mend = "look at the address, the server and its rights"
        return _fault(spec, f"its database cannot be read ({said})", mend)
    return _fault(spec, f"its query cannot be run: {said}", "correct the query or the table")


def _fault(spec: SourceSpec, what: str, mend: str) -> DataRefused:
    return DataRefused(f"source {spec.name!r}: {what}", where=spec.path, mend=mend)
