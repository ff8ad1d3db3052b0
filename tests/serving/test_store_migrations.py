"""From each shape that a store in the field may have to today's, losing nothing."""

import sys
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from nights import a_night, a_run
from postgres import database

from features.errors import RunRefused
from serving import ledger
from serving.decide.columns import DECIDED
from serving.store import Store
from serving.store.database import Database, Instant
from serving.store.loop_tables import metadata, pain_measures
from serving.store.migrating import STEPS, advance, migrate
from serving.store.shape import NEWEST, shape_of
from serving.store.tables import published_table, runs, scores_table

NEW = [column.name for column in DECIDED]
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def empty(request, tmp_path):
    """A database in which nothing is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'jejak.db'}"
        return
    with database(request.getfixturevalue("postgres")) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def old(empty):
    """A store of version 3, with a night in it, as the jejak of then left it."""
    store = Database(empty)
    store.write(lambda connection: advance(connection, "0001"))
    store.write(lambda connection: connection.execute(sa.text("drop table alembic_version")))
    store.write(a_night_of_version_3)
    yield store
    store.close()


def a_night_of_version_3(connection):
    for table in (runs, scores_table):
        then = [one["name"] for one in sa.inspect(connection).get_columns(table.name)]
        night = a_night(a_run(0)).assign(published_at=NOW, rows=3, summary="{}")
        night = night.astype(object).where(night.notna(), None)
        told = night[then].to_dict("records")
        lite = sa.table(table.name, *(sa.column(name, table.c[name].type) for name in then))
        connection.execute(sa.insert(lite), told[:1] if table is runs else told)
    named = {"run_id": a_run(0).run_id, "as_of": a_run(0).as_of}
    connection.execute(sa.update(published_table).values(named))


def differences(store):
    return store.read(
        lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
    )


def test_from_nothing_the_steps_make_what_is_declared(empty):
    store = Store(empty)
    assert differences(store) == []
    assert store.read(shape_of) == NEWEST
    store.close()


def test_the_newest_step_is_the_last():
    assert ScriptDirectory(STEPS, version_locations=[STEPS]).get_heads() == [NEWEST]


def test_a_store_of_version_3_is_adopted_and_keeps_its_night(old, empty):
    store = Store(empty)
    assert differences(store) == []
    found = store.published()
    assert found.run == a_run(0)
    before = a_night(a_run(0))
    assert found.scores["customer_id"].tolist() == before["customer_id"].tolist()
    middle = {"high": 15, "medium": 45, "low": 80}
    assert found.scores["health"].tolist() == [middle[band] for band in before["risk_band"]]
    unchanged = [name for name in before if name not in {"health", *NEW}]
    pd.testing.assert_frame_equal(found.scores[unchanged], before[unchanged])
    assert found.scores[NEW].isna().all(axis=None)
    assert store.publish(a_run(1), a_night(a_run(1)), published_at=NOW)
    store.close()


def test_a_ledger_of_shape_3_keeps_what_its_pains_had_come_to(empty):
    """The first was never changed, the second was measured, the third closed as it was."""
    store = Database(empty)
    store.write(lambda connection: advance(connection, "0003"))
    day = timedelta(days=1)
    words = dict.fromkeys(("kind", "stage", "channel", "persona", "hypothesis", "owner"), "call")
    opening = {**words, "opened_at": NOW, "against": {"by": "channel", "names": ["web"]}}
    since = {"changed_at": None, "closed_at": None, "verdict": None, "why": None}
    changed = {"P002": NOW + day, "P003": NOW - day}
    ended = {"closed_at": NOW + 2 * day, "verdict": "unclear", "why": "who knows"}
    rows = [
        {"pain_id": name, **opening, **since, "changed_at": changed.get(name)}
        | (ended if name == "P003" else {})
        for name in ("P001", "P002", "P003")
    ]
    measure = {"pain_id": "P002", "as_of": NOW, "measured_at": NOW, "facts": {"because": "so"}}
    of_then = sa.table("pains", *(sa.column(one, _type(one)) for one in rows[0]))

    def fill(connection):
        connection.execute(sa.insert(of_then), rows)
        connection.execute(sa.insert(pain_measures).values(measure))

    store.write(fill)
    store.write(migrate)
    found = store.read(ledger.pains)
    assert [one.changed_at for one in found] == [None, NOW + day, NOW - day]
    assert [one.state for one in found] == ["open", "changed", "closed"]
    assert (found[2].closed_at, found[2].verdict, found[2].why) == tuple(ended.values())
    [kept] = store.read(lambda one: ledger.measures(one, found, NOW)).values()
    assert (kept.changed_at, kept.facts) == (NOW + day, {"because": "so"})
    then = store.read(lambda one: ledger.pains(one, NOW))
    assert [one.state for one in then] == ["open", "open", "changed"], "known when it was entered"
    store.close()


def _type(name):
    return {"against": sa.JSON}.get(name, Instant if name.endswith("_at") else sa.Text)


def test_a_step_that_fails_leaves_the_store_as_it_was(old, empty, monkeypatch):
    """At each statement; then it is opened as if nothing had been."""
    was, nth, statements = tables(old), 0, 0
    while True:
        nth += 1
        left = iter(range(nth, 0, -1))

        def fail(*_, left=left):
            if next(left, 0) == 1:
                raise ConnectionError

        sa.event.listen(old.engine, "before_cursor_execute", fail)
        try:
            old.write(migrate)
        except ConnectionError:
            statements += 1
        else:
            break
        finally:
            sa.event.remove(old.engine, "before_cursor_execute", fail)
        assert tables(old) == was
    assert statements > 30
    assert differences(old) == []


def tables(store):
    return store.read(lambda connection: sorted(sa.inspect(connection).get_table_names()))


def test_a_later_store_is_left_alone(store_url):
    store = Store(store_url)
    store.write(lambda one: one.execute(sa.text("update alembic_version set version_num = '9999'")))
    was = tables(store)
    with pytest.raises(RunRefused, match=r"shape 9999.*use the jejak that wrote it"):
        Store(store_url)
    assert tables(store) == was
    store.close()


@pytest.mark.parametrize("taken", ["runs", "alembic_version"])
def test_the_database_of_another_program_is_left_alone(empty, taken):
    """Such as MLflow's, which has both."""
    theirs = Database(empty)
    theirs.write(lambda one: one.execute(sa.text(f"create table {taken} (version_num text)")))
    with pytest.raises(RunRefused, match=f"another program .*: {taken} .*of its own"):
        Store(empty)
    assert tables(theirs) == [taken]
    theirs.close()


def test_a_store_from_before_version_3_is_left_alone(old, empty):
    old.write(lambda one: one.execute(sa.text("update schema_version set version = 2")))
    with pytest.raises(RunRefused, match=r"version 2 of its tables.*nothing was changed"):
        Store(empty)


def test_a_store_that_is_current_is_opened_without_alembic(store_url, monkeypatch):
    """Whose import would take longer than all else."""
    monkeypatch.setitem(sys.modules, "serving.store.migrating", None)
    Store(store_url).close()
