"""Rows of the store as frames: as they would be row by row, in either database."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from serving.scores import INSTANT
from serving.store import Store
from serving.store.frames import ROWS_AT_ONCE, frame, gathered
from serving.store.given import ACTED, acted, given
from serving.store.tables import actions, runs

NIGHT = datetime(2026, 11, 20, 17, tzinfo=UTC)


def an_action(customer, run="r1", night=0, action="call"):
    told = {"run_id": run, "customer_id": customer, "action": action, "channel": "by phone"}
    return told | {"as_of": NIGHT + timedelta(days=night, microseconds=night)}


@pytest.fixture
def store(store_url):
    """A store with actions of three runs; a customer's name has whatever a name may have."""
    some = [an_action('a"]\n,é'), an_action("b", "r2", 1), an_action("b", "r3", 1, "mail")]
    opened = Store(store_url)
    opened.write(lambda connection: connection.execute(sa.insert(actions), [*some, an_action("b")]))
    yield opened
    opened.close()


def rows_of(found: pd.DataFrame) -> list[tuple]:
    return sorted(found.itertuples(index=False, name=None))


def test_rows_as_a_frame_and_gathered_are_the_rows(store):
    told = sa.select(*(actions.c[name] for name in ACTED))
    rows = sorted(map(tuple, store.read(lambda connection: connection.execute(told).all())))
    as_frame = store.read(lambda connection: frame(connection, told, ACTED))
    together = store.read(acted)
    assert rows_of(as_frame) == rows_of(together) == rows
    for found in (as_frame, together):
        assert {name: str(kind) for name, kind in found.dtypes.items()} == ACTED


def test_nothing_is_an_empty_frame_of_the_types(store):
    nobody = actions.c.customer_id == "nobody"
    told = sa.select(actions.c.customer_id, actions.c.as_of).where(nobody)
    types = {"customer_id": "str", "at": INSTANT}
    of = actions.c.customer_id, {"at": actions.c.as_of}
    found = [
        store.read(lambda connection: frame(connection, told, types)),
        store.read(lambda connection: gathered(connection, *of, types, nobody)),
    ]
    for one in found:
        assert one.empty
        assert {name: str(kind) for name, kind in one.dtypes.items()} == types


def test_what_is_missing_is_missing_and_order_stays(store):
    told = sa.select(actions.c.customer_id, actions.c.as_of, runs.c.published_at, runs.c.rows)
    told = told.outerjoin(runs, runs.c.run_id == actions.c.run_id)
    ordered = told.order_by(actions.c.customer_id.desc(), actions.c.run_id)
    types = {"customer_id": "str", "at": INSTANT, "published_at": INSTANT, "rows": "float64"}
    found = store.read(lambda connection: frame(connection, ordered, types))
    assert found["customer_id"].tolist()[:3] == ["b", "b", "b"]
    assert found[["published_at", "rows"]].isna().all(axis=None)


def test_more_rows_than_are_read_at_once_are_all_there(store, monkeypatch):
    monkeypatch.setattr("serving.store.frames.ROWS_AT_ONCE", 2)
    assert ROWS_AT_ONCE > 2
    told = sa.select(actions.c.customer_id, actions.c.as_of)
    types = {"customer_id": "str", "at": INSTANT}
    found = store.read(lambda connection: frame(connection, told, types))
    assert sorted(found["customer_id"]) == ['a"]\n,é', "b", "b", "b"]


def test_who_was_given_two_actions_in_a_night_was_given_something_once(store):
    found = store.read(given)
    assert found["customer_id"].tolist() == ['a"]\n,é', "b", "b"]
    assert (found["assigned_at"] - pd.Timestamp(NIGHT)).dt.days.tolist() == [0, 0, 1]
