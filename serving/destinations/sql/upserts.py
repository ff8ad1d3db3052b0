"""Rows into a table by key, in one transaction: as each database does it best."""

from collections.abc import Callable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect

from serving.destinations.destination import Row, Value
from serving.destinations.sql.table import Target

Upsert = Callable[[Connection, Target, Sequence[Row]], None]

STAGING = "jejak_staging"
ROWS_A_BLOCK = 1_000
KEYS_A_QUERY = 500
NULL = "\\N"

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def upsert_for(dialect: Dialect) -> Upsert:
    """How rows are written into a database of some kind."""
    if (dialect.name, dialect.driver) == ("postgresql", "psycopg"):
        return copy_and_merge
    return upsert_rows if dialect.name in _INSERTS else update_or_insert


def copy_and_merge(connection: Connection, target: Target, rows: Sequence[Row]) -> None:
    """PostgreSQL: COPY into a staging table of this transaction, then one merge.

    Rows that hold their values already are not written again.
    """
    staged, copied, merged = merge_statements(connection.dialect, target)
    connection.exec_driver_sql(staged)
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101  (the connection is open)
    with raw.cursor() as cursor, cursor.copy(copied) as copy:
        for block in copy_blocks(target, rows):
            copy.write(block)
    connection.exec_driver_sql(merged)
    connection.exec_driver_sql(f"DROP TABLE pg_temp.{STAGING}")


def merge_statements(dialect: Dialect, target: Target) -> tuple[str, str, str]:
    """The statements that make the staging table, fill it and merge it; names are quoted."""
    quote = dialect.identifier_preparer.quote_identifier
    table = ".".join(quote(part) for part in (target.schema, target.name) if part)
    columns = ", ".join(map(quote, target.columns))
    fields = ", ".join(map(quote, target.fields))
    fresh = ", ".join(f"EXCLUDED.{quote(name)}" for name in target.fields)
    held = ", ".join(f"held.{quote(name)}" for name in target.fields)
    staged = f"CREATE TEMPORARY TABLE {STAGING} ON COMMIT DROP AS "
    staged += f"SELECT {columns} FROM {table} WITH NO DATA"  # noqa: S608  (names are checked)
    merged = f"INSERT INTO {table} AS held ({columns}) SELECT {columns} FROM pg_temp.{STAGING} "  # noqa: S608
    merged += f"ON CONFLICT ({quote(target.key)}) DO UPDATE SET ({fields}) = ROW({fresh}) "
    merged += f"WHERE ({held}) IS DISTINCT FROM ({fresh})"
    return staged, f"COPY pg_temp.{STAGING} ({columns}) FROM STDIN", merged


def copy_blocks(target: Target, rows: Sequence[Row]) -> Iterator[str]:
    """Rows as PostgreSQL's COPY reads them, some at a time."""
    line = "\t".join(["%s"] * len(target.columns)) + "\n"
    for start in range(0, len(rows), ROWS_A_BLOCK):
        cells = [_cells(target, row) for row in rows[start : start + ROWS_A_BLOCK]]
        empty = sum([some.count(None) for some in cells])
        block = "".join([line % (_filled(some) if None in some else some) for some in cells])
        # Few texts hold a sign that COPY reads otherwise: one look at the whole block is cheaper.
        is_plain = block.count("\\") == empty and "\r" not in block
        is_regular = block.count("\t") == len(cells) * len(target.fields)
        if is_plain and is_regular and block.count("\n") == len(cells):
            yield block
        else:
            yield "".join([line % tuple(map(_escaped, some)) for some in cells])


def _cells(target: Target, row: Row) -> tuple[Value, ...]:
    return (row.key, *map(row.values.__getitem__, target.fields))


def _filled(cells: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple([NULL if cell is None else cell for cell in cells])


def _escaped(value: Value) -> Value:
    if value is None:
        return NULL
    return value.translate(_ESCAPES) if isinstance(value, str) else value


def upsert_rows(connection: Connection, target: Target, rows: Sequence[Row]) -> None:
    """Each row inserted, or updated where its values are others."""
    table = target.table()
    insert = _INSERTS[connection.dialect.name](table)
    fresh = {name: insert.excluded[name] for name in target.fields}
    changed = sa.or_(*(table.c[name].is_distinct_from(fresh[name]) for name in target.fields))
    statement = insert.on_conflict_do_update(index_elements=[target.key], set_=fresh, where=changed)
    connection.execute(statement, _records(target, rows))


def update_or_insert(connection: Connection, target: Target, rows: Sequence[Row]) -> None:
    """Any database: rows that are there are updated, the others inserted."""
    table, key = target.table(), target.key
    found: set[str] = set()
    for start in range(0, len(rows), KEYS_A_QUERY):
        keys = [row.key for row in rows[start : start + KEYS_A_QUERY]]
        found.update(connection.scalars(sa.select(table.c[key]).where(table.c[key].in_(keys))))
    there = [row for row in rows if row.key in found]
    missing = [row for row in rows if row.key not in found]
    if there:
        # A parameter of its own for the key: that of the column would be taken for a new value.
        where = table.c[key] == sa.bindparam("jejak_key")
        fresh = {name: sa.bindparam(f"field_{place}") for place, name in enumerate(target.fields)}
        told = [
            {"jejak_key": row.key}
            | {f"field_{place}": row.values[name] for place, name in enumerate(target.fields)}
            for row in there
        ]
        connection.execute(sa.update(table).where(where).values(fresh), told)
    if missing:
        connection.execute(sa.insert(table), _records(target, missing))


def _records(target: Target, rows: Sequence[Row]) -> list[dict[str, Value]]:
    return [
        {target.key: row.key, **{name: row.values[name] for name in target.fields}} for row in rows
    ]
