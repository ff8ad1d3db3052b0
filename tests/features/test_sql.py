"""Databases: what a table holds is what is read, and the address stays secret."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from postgres import server
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import sql
from features.sources.raw import ROW

AS_OF = datetime(2026, 3, 9, 17, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
CELL = st.none() | st.integers(-(2**63), 2**63 - 1) | TEXT
MAPPED = {
    "customer_id": "who",
    "occurred_at": "at",
    "channel": "'call'",
    "step": "topic",
    "value": "cost",
    "source_key": "id",
}


def spec(url="sqlite:///crm.db", columns=None, **options):
    if not options.keys() & {"query", "table"}:
        options["table"] = "calls"
    return SourceSpec(
        name="calls", kind="sql", columns=columns or {}, options={"url": url, **options}
    )


def lite(folder, *statements):
    with closing(sqlite3.connect(folder / "crm.db")) as database, database:
        for statement in statements:
            database.execute(*statement) if isinstance(statement, tuple) else database.execute(
                statement
            )
    return folder


def rows(found):
    return found.rows.collect().rows()


@given(cells=st.lists(st.tuples(CELL, CELL), max_size=6))
def test_what_sqlite_holds_is_read(cells, tmp_path_factory):
    inserts = [("INSERT INTO calls VALUES (?, ?)", row) for row in cells]
    folder = lite(tmp_path_factory.mktemp("lite"), "CREATE TABLE calls (a, b)", *inserts)
    found = sql.read(folder, spec())
    assert rows(found) == [
        (at, *(None if cell in {None, ""} else str(cell) for cell in row))
        for at, row in enumerate(cells, start=1)
    ]
    assert found.broken == ()


@given(cells=st.lists(st.binary(max_size=5), min_size=1, max_size=6))
def test_bytes_that_are_no_text_cost_one_row_each(cells, tmp_path_factory):
    inserts = [("INSERT INTO calls VALUES (CAST(? AS TEXT))", (cell,)) for cell in cells]
    folder = lite(tmp_path_factory.mktemp("lite"), "CREATE TABLE calls (a)", *inserts)
    found = sql.read(folder, spec())
    assert sorted([*(row[0] for row in rows(found)), *found.broken]) == [*range(1, len(cells) + 1)]
    assert [row[1] or "" for row in rows(found)] == [
        cell.decode() for cell in cells if b"\0" not in cell and readable(cell)
    ]


def readable(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_rows_do_not_depend_on_how_many_are_fetched_at_once(tmp_path, monkeypatch):
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)"
    texts = f"{many} SELECT i, CASE i % 7 WHEN 0 THEN char(0) ELSE 'x' END AS t FROM n"
    lite(tmp_path, "CREATE TABLE calls (a)")
    whole = sql.read(tmp_path, spec(query=texts))
    monkeypatch.setattr(sql, "_ROWS_AT_ONCE", 4)
    parts = sql.read(tmp_path, spec(query=texts))
    assert (rows(parts), parts.broken) == (rows(whole), (7, 14, 21))
    assert sql.head(tmp_path, spec(query=texts)).height == 4


def test_signs_in_a_query_are_only_signs(tmp_path):
    lite(tmp_path, "CREATE TABLE calls (a)")
    query = "SELECT '10:30 100%s :x ?' AS a WHERE 'ab' LIKE '%b'"
    assert rows(sql.read(tmp_path, spec(query=query))) == [(1, "10:30 100%s :x ?")]


def test_a_source_is_read_whole_without_a_path(tmp_path):
    lite(
        tmp_path,
        "CREATE TABLE calls (id, who, at, topic, cost)",
        "INSERT INTO calls VALUES (1, 'ana', '2026-03-01 09:00', 'billing', 1.5)",
        "INSERT INTO calls VALUES (2, '', '2026-03-02 09:00', 'billing', 2)",
    )
    got = read([spec(columns=MAPPED)], tmp_path, as_of=AS_OF, zone=JAKARTA, max_quarantine_share=1)
    assert got.events.select("customer_id", "occurred_at", "value", "source_key").rows() == [
        ("ana", datetime(2026, 3, 1, 2, tzinfo=UTC), 15_000, "1")
    ]
    assert got.quarantine.rows() == [("calls", None, 2, "no_customer", "customer_id")]


def test_nothing_is_written(tmp_path):
    lite(tmp_path, "CREATE TABLE calls (a)", "INSERT INTO calls VALUES (1)")
    for query in ("DELETE FROM calls", "DELETE FROM calls RETURNING a"):
        with pytest.raises(DataRefused, match=r"readonly database|returns no table"):
            sql.read(tmp_path, spec(query=query))
    assert rows(sql.read(tmp_path, spec())) == [(1, "1")]
    with pytest.raises(DataRefused, match="the database's file is missing"):
        sql.read(tmp_path, spec("sqlite:///other.db"))
    assert [path.name for path in tmp_path.iterdir()] == ["crm.db"]


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("sqlite:///crm.db", {"table": "cals"}, "query cannot be run: no such table: cals"),
        ("sqlite:///crm.db", {"query": "SELEC secret"}, "syntax error"),
        ("sqlite:///crm.db", {"query": "SELECT 1; SELECT 2"}, "query cannot be run"),
        ("sqlite:///crm.db", {"query": "SELECT 1 AS a, 2 AS a"}, "two columns with one name: a"),
        ("sqlite:///crm.db", {"query": "x", "table": "y"}, "one of `options.query`"),
        ("sqlite:///crm.db", {"tabel": "y", "query": "x"}, "did you mean `table`?"),
        ("sqlite://", {}, "file is missing"),
        ("secret", {}, "is no address of a database"),
        ("", {}, "is no address of a database"),
        ("postgresql://u:secret@h:port/d", {}, "is no address of a database"),
        ("nosuch://u:secret@h/d", {}, "no database of this kind is known"),
        ("mysql://u:secret@h/d", {}, "driver of its database is not installed"),
        ("postgresql://u:secret@127.0.0.1:1/d", {}, "cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_the_address_kept_secret(url, options, said, tmp_path):
    lite(tmp_path, "CREATE TABLE calls (a)")
    asked = spec(url, **options)
    with pytest.raises(DataRefused, match=said) as refused:
        sql.schema(tmp_path, asked)
    assert "secret" not in str(refused.value).replace("SELEC secret", "")
    assert "secret" not in repr(asked)


def test_an_address_is_needed(tmp_path):
    with pytest.raises(DataRefused, match=r"`options\.url` is not said"):
        sql.schema(tmp_path, SourceSpec(name="calls", kind="sql", options={"table": "calls"}))


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "crm.db").write_bytes(b"x" * 5_000)
    with pytest.raises(DataRefused, match="file is not a database"):
        sql.read(tmp_path, spec())


@pytest.fixture(scope="module")
def address():
    with server() as url:
        engine = sa.create_engine(url)
        with engine.begin() as raw_connection:
            connection = raw_connection.execution_options(no_parameters=True)
            connection.exec_driver_sql('CREATE SCHEMA "crm"')
            connection.exec_driver_sql(
                'CREATE TABLE crm."Calls" (id uuid, who bigint, at timestamptz, local timestamp,'
                " cost numeric(12, 2), tags jsonb, raw bytea, ok boolean, topic text)"
            )
            connection.exec_driver_sql(
                'INSERT INTO crm."Calls" VALUES'
                " ('6f1c0f4e-0000-4000-8000-000000000001', 7, '2026-03-01 09:00+07',"
                " '2026-03-01 09:00', 1.50, '[1, null]', '\\x00ff', true, '100% :x é')"
            )
        engine.dispose()
        yield url


@pytest.mark.slow
def test_cells_of_postgresql_by_their_types(address, tmp_path):
    asked = spec(address.render_as_string(hide_password=False), table="crm.Calls")
    (row,) = sql.read(tmp_path, asked).rows.collect().rows(named=True)
    moment = datetime.fromisoformat(row.pop("at"))
    assert moment == datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert row == {
        ROW: 1,
        "id": "6f1c0f4e-0000-4000-8000-000000000001",
        "who": "7",
        "local": "2026-03-01T09:00:00",
        "cost": "1.50",
        "tags": "[1, null]",
        "raw": "00ff",
        "ok": "true",
        "topic": "100% :x é",
    }


@pytest.mark.slow
def test_postgresql_is_read_into_the_contract(address, tmp_path):
    url = address.render_as_string(hide_password=False)
    got = read([spec(url, columns=MAPPED, table="crm.Calls")], tmp_path, as_of=AS_OF, zone=JAKARTA)
    assert got.events.select("customer_id", "occurred_at", "value").rows() == [
        ("7", datetime(2026, 3, 1, 2, tzinfo=UTC), int(Decimal("1.5") * 10_000))
    ]


@pytest.mark.slow
def test_many_rows_of_postgresql_are_streamed(address, tmp_path):
    url = address.render_as_string(hide_password=False)
    query = "SELECT i, repeat('x', 10) AS t FROM generate_series(1, 50000) AS n(i)"
    found = rows(sql.read(tmp_path, spec(url, query=query)))
    assert [row[0] for row in found] == [int(row[1]) for row in found] == [*range(1, 50_001)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("CREATE TABLE made (a int)", "query cannot be run|returns no table"),
        ('DELETE FROM crm."Calls" RETURNING who', "query cannot be run"),
        ("SELECT CAST('ana@example.com' AS int) AS a", "query cannot be run"),
    ],
)
def test_what_postgresql_refuses_is_told_without_personal_data(query, said, address, tmp_path):
    asked = spec(address.render_as_string(hide_password=False), query=query)
    with pytest.raises(DataRefused, match=said) as refused:
        sql.read(tmp_path, asked)
    assert "ana@" not in str(refused.value)
    count = spec(address.render_as_string(hide_password=False), table="crm.Calls")
    assert len(rows(sql.read(tmp_path, count))) == 1


@pytest.mark.slow
def test_a_wrong_password_is_refused_and_not_told(address, tmp_path):
    wrong = address.set(password="secret").render_as_string(hide_password=False)  # noqa: S106
    with pytest.raises(DataRefused, match="its database cannot be read") as refused:
        sql.schema(tmp_path, spec(wrong))
    assert "secret" not in str(refused.value)
