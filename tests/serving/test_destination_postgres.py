"""The same in a real PostgreSQL: COPY, one merge, and errors as that server tells them."""

import threading

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from postgres import server
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
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown

pytestmark = pytest.mark.slow
EMPTY = dict.fromkeys(ROW)


@pytest.fixture(scope="module")
def postgres():
    with server() as url:
        engine = sa.create_engine(url)
        yield engine
        engine.dispose()


@settings(max_examples=25)
@given(sent=batches)
def test_postgresql_holds_absolute_values(postgres, sent):
    holds_absolute_values(postgres, sent)


def test_postgresql_does_not_write_again_what_is_held(postgres):
    made(postgres)
    send(postgres, {"a": ROW, "b": EMPTY})
    versions = sa.text("select customer_key, xmin::text from scores order by 1")
    with postgres.connect() as connection:
        before = connection.execute(versions).all()
    send(postgres, {"a": ROW, "b": ROW})
    with postgres.connect() as connection:
        after = connection.execute(versions).all()
    assert [mine == other for mine, other in zip(before, after, strict=True)] == [True, False]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"band": "much too long"}, "value too long for type character varying"),
        ({"days": 2**40}, "out of range for type integer"),
        ({"churn": 2.0}, "violates check constraint"),
        ({"band": "a\0b"}, "invalid byte sequence"),
    ],
)
def test_postgresql_refuses_a_batch_for_a_row_and_names_no_other(postgres, row, said):
    made(
        postgres,
        "create table scores (customer_key text primary key, "
        "churn double precision check (churn < 1), band varchar(6), days int)",
    )
    with pytest.raises(BatchRefused, match=said) as refused:
        send(postgres, {"canary": ROW, "b": ROW | row})
    assert "canary" not in str(refused.value)
    assert held(postgres) == {}
    send(postgres, {"canary": ROW})


def test_postgresql_takes_every_type_that_it_makes(postgres):
    with postgres.begin() as connection:
        connection.exec_driver_sql('create schema if not exists "Crm"')
        connection.exec_driver_sql('drop table if exists "Crm"."Order"')
    fields = {
        "select": "as_of",
        "From": "as_of_date",
        "churn": "churn_probability",
        "n": "reason_1",
    }
    row = {"select": "2026-11-20T17:00:00Z", "From": "2026-11-21", "churn": 0.7134, "n": "it's"}
    options = {"table": "Crm.Order", "create": True}
    send(postgres, {"a": row}, fields=fields, options=options, key_field="user")
    with postgres.connect() as connection:
        found = connection.execute(sa.text('select * from "Crm"."Order"')).one()
    assert [str(cell) for cell in found] == [
        "a",
        "2026-11-20 17:00:00+00:00",
        "2026-11-21",
        "0.7134",
        "it's",
    ]


def test_a_server_that_goes_or_refuses_says_what_to_do(postgres):
    made(postgres)
    url = postgres.url
    for wrong in (
        url.set(password="wrong"),  # noqa: S106
        url.set(database="nowhere"),
    ):
        with pytest.raises(Misconfigured) as refused:
            send_to(wrong)
        assert "wrong" not in str(refused.value).replace("wrong password", "")
    with pytest.raises(Busy, match="cannot be reached"):
        send_to(url.set(port=1))
    opened = sql.opened(a_spec(text_of(url)), tools())

    def end_it(*_):
        end_others(postgres)

    event.listen(opened.engine, "commit", end_it)
    with pytest.raises(OutcomeUnknown):
        opened.send(a_batch({"a": ROW}), Notes())
    event.remove(opened.engine, "commit", end_it)
    assert opened.send(a_batch({"a": ROW}), Notes()) == {"a": Acknowledged()}
    opened.close()
    assert held(postgres) == {"a": ROW}


def end_others(postgres):
    """Cut the connection of whoever is in a transaction."""
    with psycopg.connect(text_of(postgres.url.set(drivername="postgresql"))) as one:
        one.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            "and (query like 'COPY%' or state = 'idle in transaction')"
        )


def send_to(url: sa.URL):
    opened = sql.opened(a_spec(text_of(url)), tools())
    try:
        return opened.send(a_batch({"a": ROW}), Notes())
    finally:
        opened.close()


def test_two_who_send_the_same_keys_at_once_both_end(postgres):
    made(postgres)
    keys = [f"k{number}" for number in range(300)]
    ends = []

    def work(order):
        for churn in (0.1, 0.2, 0.3):
            try:
                send(postgres, {key: ROW | {"churn": churn} for key in order})
            except Busy as lost:
                ends.append(lost.code)

    threads = [threading.Thread(target=work, args=(order,)) for order in (keys, keys[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(ends) <= {"40P01", "40001"}
    assert len(held(postgres)) == 300


def test_a_server_that_goes_while_rows_are_copied_leaves_nothing_of_them(postgres, monkeypatch):
    made(postgres)
    opened = sql.opened(a_spec(text_of(postgres.url)), tools())
    blocks = sql_upserts.copy_blocks

    def cut(target, rows):
        yield from blocks(target, rows)
        end_others(postgres)

    with monkeypatch.context() as patch:
        patch.setattr(sql_upserts, "copy_blocks", cut)
        with pytest.raises(OutcomeUnknown):
            opened.send(a_batch({"a": ROW}), Notes())
    assert held(postgres) == {}
    assert opened.send(a_batch({"a": ROW}), Notes()) == {"a": Acknowledged()}
    opened.close()


def test_a_row_that_another_holds_is_not_waited_for_without_end(postgres, monkeypatch):
    made(postgres)
    send(postgres, {"a": ROW})
    monkeypatch.setattr(sql, "SILENT_SECONDS", 1)
    with postgres.connect() as other, other.begin():
        other.exec_driver_sql("select * from scores for update")
        with pytest.raises(Busy) as lost:
            send(postgres, {"a": ROW | {"churn": 0.6}})
    assert lost.value.code == "55P03"
    assert held(postgres) == {"a": ROW}
