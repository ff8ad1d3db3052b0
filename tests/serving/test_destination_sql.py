"""A table of a database: absolute values by key, in one transaction, however often they come."""

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from tables import (
    ROW,
    a_batch,
    a_spec,
    batches,
    held,
    holds_absolute_values,
    made,
    send,
    text_of,
    tools,
)

from serving.destinations.destination import Acknowledged, Notes
from serving.destinations.sql import destination as sql
from serving.destinations.sql import upserts as sql_upserts
from serving.destinations.sql.upserts import update_or_insert
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown

EMPTY = dict.fromkeys(ROW)


@pytest.fixture
def file(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'crm.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('sql') / 'crm.db'}")
    yield engine
    engine.dispose()


@settings(max_examples=6)
@given(sent=batches)
def test_sqlite_holds_absolute_values(crowd, sent):
    holds_absolute_values(crowd, sent)


@settings(max_examples=6)
@given(sent=batches)
def test_any_other_database_holds_absolute_values(crowd, sent):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "upsert_for", lambda _: update_or_insert)
        patch.setattr(sql_upserts, "KEYS_A_QUERY", 2)
        holds_absolute_values(crowd, sent)


def count_of_writes(engine: sa.Engine, rows: dict) -> int:
    with engine.begin() as connection:
        connection.exec_driver_sql("create table if not exists writes (n int)")
        before = connection.scalar(sa.text("select count(*) from writes"))
    send(engine, rows)
    with engine.connect() as connection:
        return connection.scalar(sa.text("select count(*) from writes")) - before


def test_rows_that_are_held_already_are_not_written_again(file):
    made(file)
    send(file, {"a": ROW, "b": EMPTY})
    with file.begin() as connection:
        connection.exec_driver_sql("create table writes (n int)")
        connection.exec_driver_sql(
            "create trigger t after update on scores begin insert into writes values (1); end"
        )
    assert count_of_writes(file, {"a": ROW, "b": EMPTY}) == 0
    assert count_of_writes(file, {"a": ROW, "b": ROW, "c": ROW}) == 1


def test_a_failed_row_leaves_nothing_of_its_batch(file):
    made(
        file,
        "create table scores (customer_key text primary key, churn real check (churn < 1), "
        "band text, days int)",
    )
    with pytest.raises(BatchRefused, match="CHECK constraint failed"):
        send(file, {"a": ROW, "b": ROW | {"churn": 1.0}, "c": ROW})
    assert held(file) == {}


def test_the_table_is_made_with_types_and_left_alone_when_it_is_there(file):
    options = {"table": "scores", "create": True}
    words = {"band": {"high": "3", "medium": "2", "low": "1"}}
    for _ in range(2):
        send(file, {"a": ROW | {"band": 3}}, options=options, words=words)
    types = {one["name"]: str(one["type"]) for one in sa.inspect(file).get_columns("scores")}
    assert types == {"customer_key": "TEXT", "churn": "DOUBLE", "band": "BIGINT", "days": "BIGINT"}
    assert held(file) == {"a": ROW | {"band": 3}}


GOOD = "create table scores (customer_key text primary key, churn real, band text, days bigint)"


@pytest.mark.parametrize(
    ("table", "what", "mend"),
    [
        ("create table other (x int)", "table scores is missing", "did you mean `scores"),
        (GOOD.replace("days", "dayz"), "it has no column days", "did you mean `dayz`"),
        (GOOD.replace(" primary key", ""), "customer_key is not unique", "primary key"),
        (
            GOOD.replace("primary key", "unique").replace("band text", "band int"),
            "column band is INTEGER, which holds no text",
            "change the type",
        ),
        (GOOD.replace("churn real", "churn int"), "holds no numbers with decimals", "change"),
        (GOOD.replace("band text", "band boolean"), "BOOLEAN, which holds no text", "change"),
        (GOOD.replace("band text", "band blob"), "BLOB, which holds no text", "change"),
        (GOOD.replace("band text", "band date"), "DATE, which holds no text", "change"),
        (GOOD.replace("band text", "band text not null"), "band may not be empty", "clear.band"),
        (
            GOOD.replace("days bigint", "days bigint, at text not null"),
            "column at may not be empty and is not filled",
            "default",
        ),
    ],
)
def test_a_table_that_can_take_no_row_is_one_mistake(file, table, what, mend):
    made(file, table.replace("table other", "table scores_"))
    with pytest.raises(Misconfigured, match=what) as found:
        send(file, {"a": ROW})
    assert mend in found.value.mend or "scores_" in table


def test_a_table_with_further_columns_that_fill_themselves_is_taken(file):
    made(file, GOOD.replace("days bigint", "days bigint, at text not null default 'now', x int"))
    send(file, {"a": ROW})
    assert held(file) == {"a": ROW}


@pytest.mark.parametrize("moment", ["before_cursor_execute", "commit"])
def test_a_connection_that_is_lost_leaves_the_outcome_unknown_and_again_is_once(file, moment):
    made(file)
    opened = sql.opened(a_spec(text_of(file.url)), tools())
    engine = opened.engine

    def lose(*_):
        raise engine.dialect.loaded_dbapi.InterfaceError

    event.listen(engine, moment, lose)
    with pytest.raises((OutcomeUnknown, Busy)):
        opened.send(a_batch({"a": ROW}), Notes())
    event.remove(engine, moment, lose)
    assert opened.send(a_batch({"a": ROW}), Notes()) == {"a": Acknowledged()}
    opened.close()
    assert held(file) == {"a": ROW}


def test_a_locked_database_is_busy_and_holds_nothing_of_it(file, monkeypatch):
    made(file)
    monkeypatch.setattr(sql, "CONNECT_SECONDS", 0.01)
    with file.connect() as other:
        other.exec_driver_sql("begin immediate")
        with pytest.raises(Busy, match="database is locked"):
            send(file, {"a": ROW})
    assert held(file) == {}


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://x/y", "nosuch+driver://x/y"])
def test_an_address_that_is_none_is_told_without_being_shown(url):
    with pytest.raises(Misconfigured) as refused:
        sql.opened(a_spec(url), tools()).calls(a_batch({"a": ROW}))
    assert not url or url not in str(refused.value)


def test_the_calls_are_shown_without_the_password(tmp_path):
    url = "postgresql+psycopg://jejak:canary@db.example/crm?sslmode=require"
    told = sql.opened(a_spec(url), tools()).calls(a_batch({"a": ROW}))
    assert told[1] == (
        "db.example/crm, one transaction of 1 rows: COPY pg_temp.jejak_staging "
        '("customer_key", "churn", "band", "days") FROM STDIN'
    )
    assert "canary" not in "".join(told)
    told = sql.opened(a_spec("sqlite:///crm.db"), tools(tmp_path)).calls(a_batch({"a": ROW}))
    where = f"sqlite/{tmp_path}/crm.db, one transaction of 1 rows: "
    assert told == [f"{where}upsert into scores (customer_key, churn, band, days) by customer_key"]


names = st.one_of(
    st.text(max_size=70), st.sampled_from(['"', "a;--", "%", "a" * 64, "\0", "a.b", "É"])
)


@given(name=names)
def test_no_name_reaches_a_statement_that_is_not_plain(name):
    is_plain = name.isascii() and name.isidentifier() and len(name) <= 63
    spec = a_spec(fields={name or " ": "risk_band"}, options={"table": "scores"})
    found = {one.key for one in sql.mistakes(spec)}
    assert (found == set()) == is_plain
    tables = {one.key for one in sql.mistakes(a_spec(options={"table": name}))}
    parts = name.split(".")
    plain = [one.isascii() and one.isidentifier() and len(one) <= 63 for one in parts]
    assert (tables == set()) == (all(plain) and len(parts) <= 2)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"options": {"table": "scores", "creat": True}}, "options.creat: is not a known key"),
        ({"options": {"table": "scores", "create": "yes"}}, "options.create: is neither"),
        ({"options": {"table": "scores", "rows_a_batch": 0}}, "options.rows_a_batch: is 0"),
        ({"options": {"table": "a.jejak_staging"}}, "options.table: a.jejak_staging is the name"),
        ({"options": {}}, "options.table: '' is no name of a table"),
        ({"secrets": {}}, 'secrets.url: is not said; write url = "env:NAME"'),
        ({"fields": {"Churn": "risk_band", "churn": "tier"}}, "fields.Churn: differs from another"),
    ],
)
def test_each_mistake_names_its_key(changed, told):
    assert told in "".join(f"{one}\n" for one in sql.mistakes(a_spec(**changed)))
