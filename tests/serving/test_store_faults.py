"""What a database may do to a run: the run before stays, and the next try works."""

import resource
import signal
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from kills import reading
from nights import a_night, a_run
from postgres import running
from sqlalchemy import event

from features.errors import RunRefused
from serving.store import Store, database, engine, rows
from serving.store.database import PASSING, TRIES, DatabaseFailed
from serving.store.outbox_tables import outbox
from serving.store.retention import forget_scores
from serving.store.tables import published_table

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


@pytest.fixture
def store(store_url):
    opened = Store(store_url)
    yield opened
    opened.close()


def publish(store, run, customers=3, **more):
    return store.publish(run, a_night(run, customers), published_at=NOW, **more)


@pytest.mark.slow
def test_readers_see_one_whole_run(store_url):
    told = reading.run(store_url, publishes=10, reads=80)
    assert (told["reads"], told["mixed_reads"]) == (80, 0)
    assert told["runs_seen"] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("code", PASSING)
def test_a_transaction_that_lost_a_race_is_tried_again_as_a_whole(store, code):
    tries = []

    def lose(connection):
        tries.append(connection)
        if len(tries) < 3:
            raise_there(connection, code)

    assert publish(store, a_run(0), also=[lose])
    assert len(tries) == 3
    assert len(store.published().scores) == 3


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("code", "tries"), [("40001", TRIES), ("57P01", 1)])
def test_what_never_passes_ends_as_a_refusal(store, code, tries):
    publish(store, a_run(0))
    tried = []

    def lose(connection):
        tried.append(1)
        raise_there(connection, code)

    with pytest.raises(RunRefused, match="the store does not work: lost"):
        publish(store, a_run(1), also=[lose])
    assert len(tried) == tries
    assert store.published().run == a_run(0)


def raise_there(connection, code):
    said = f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}'; END $$"
    connection.execute(sa.text(said))


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_who_is_paused_within_a_transaction_loses_it_and_its_locks(store_url, monkeypatch):
    monkeypatch.setattr(engine, "IDLE_SECONDS", 1)
    paused, other = Store(store_url), Store(store_url)

    def sleep(connection):
        time.sleep(1.3)
        connection.execute(sa.text("select 1"))

    with pytest.raises(DatabaseFailed):
        publish(paused, a_run(1), also=[sleep])
    assert other.published() is None
    assert publish(other, a_run(0))
    paused.close()
    other.close()


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_lock_that_is_never_given_is_not_waited_for_without_end(store_url, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 1)
    monkeypatch.setattr(database, "TRIES", 2)
    holder, waits = Store(store_url), Store(store_url)

    def hold(connection):
        connection.execute(sa.select(published_table).with_for_update())
        with pytest.raises(DatabaseFailed, match="lock timeout"):
            publish(waits, a_run(0))

    holder.write(hold)
    assert publish(waits, a_run(0))
    holder.close()
    waits.close()


@pytest.fixture(scope="module")
def server():
    """A server that may be stopped at any time."""
    with running() as started:
        yield started


@pytest.mark.slow
def test_a_server_that_vanishes_leaves_the_run_before(server, monkeypatch):
    """In the middle of a COPY, at the commit, before anything; each time the next try works."""
    monkeypatch.setattr(rows, "ROWS_A_COPY", 3)
    store = Store(server.url.render_as_string(hide_password=False))
    publish(store, a_run(0))
    for night, stopping in enumerate((in_a_copy, at_the_commit, at_once), 1):
        with stopping(server, store), pytest.raises(DatabaseFailed, match="does not work"):
            publish(store, a_run(night), customers=10)
        begun = time.monotonic()
        with pytest.raises(DatabaseFailed):
            store.published()
        assert time.monotonic() - begun < 5
        server.start()
        assert store.published().run == a_run(night - 1)
        assert publish(store, a_run(night), customers=10)
        pd.testing.assert_frame_equal(store.published().scores, a_night(a_run(night), 10))
    store.close()


@contextmanager
def in_a_copy(server, _store):
    portions, as_csv = [], rows.as_csv

    def portion(scores):
        portions.append(scores)
        if len(portions) == 3:
            server.stop(signal.SIGQUIT)
        return as_csv(scores)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rows, "as_csv", portion)
        yield


@contextmanager
def at_the_commit(server, store):
    def stop(_):
        server.stop(signal.SIGQUIT)

    event.listen(store.engine, "commit", stop)
    yield
    event.remove(store.engine, "commit", stop)


@contextmanager
def at_once(server, _store):
    server.stop(signal.SIGQUIT)
    yield


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_leaves_the_run_before(store, tmp_path):
    publish(store, a_run(0))
    with no_file_longer_than(256 * 1024), pytest.raises(RunRefused, match=r"disk .*has room"):
        publish(store, a_run(1), customers=2_000)
    assert store.published().run == a_run(0)
    assert publish(store, a_run(1))


@contextmanager
def no_file_longer_than(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_old_scores_go_unless_they_are_published_or_still_to_be_delivered(store):
    for night in range(4):
        publish(store, a_run(night))
    plan(store, a_run(0), "planned")
    plan(store, a_run(1), "acknowledged")
    later = a_run(3).as_of + timedelta(days=1)
    assert forget_scores(store, before=a_run(0).as_of) == 0
    assert forget_scores(store, before=a_run(2).as_of) == 3
    assert left(store) == {a_run(night).run_id for night in (0, 2, 3)}
    assert forget_scores(store, before=later) == 3
    assert left(store) == {a_run(0).run_id, a_run(3).run_id}
    store.write(lambda one: one.execute(sa.update(outbox).values(state="rejected")))
    assert forget_scores(store, before=later) == 3
    assert store.published().run == a_run(3)
    assert [one.rows for one in store.runs()] == [3] * 4


def plan(store, run, state):
    row = dict.fromkeys(("destination", "customer_id", "key", "op", "payload", "hash"), "x")
    row |= {"run_id": run.run_id, "state": state, "attempts": 0, "planned_at": NOW}
    store.write(lambda connection: connection.execute(sa.insert(outbox), row))


def left(store):
    named = sa.text("select distinct run_id from scores")
    return set(store.read(lambda connection: connection.scalars(named).all()))
