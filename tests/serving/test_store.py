"""One transaction: readers see the previous run or the new one, never a mixture."""

import functools
import itertools
import shutil
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from calls import CANARY
from hypothesis import given, settings
from hypothesis import strategies as st
from nights import REASON, a_night, a_ruled_night, a_run
from sqlalchemy import event

from features.errors import RunRefused
from serving.store import Store, rows
from serving.store.tables import actions, overrides

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


@pytest.fixture
def url(store_url, monkeypatch):
    monkeypatch.setattr(rows, "ROWS_A_STATEMENT", 3)
    monkeypatch.setattr(rows, "ROWS_A_COPY", 3)
    return store_url


@pytest.fixture
def store(url):
    opened = Store(url)
    yield opened
    opened.close()


a_cached_night = functools.cache(a_night)


def publish(store, run, customers=10):
    night = a_cached_night(run, customers)
    return store.publish(run, night, published_at=NOW, summary={"scored": 10})


def told(store, query):
    return store.read(lambda connection: connection.execute(sa.text(query)).all())


def test_before_the_first_night_nothing_is_published(store):
    assert store.published() is None


def test_what_is_published_is_read_back_whole(store):
    run = a_run()
    assert publish(store, run)
    found = store.published()
    assert (found.run, found.published_at, found.summary) == (run, NOW, {"scored": 10})
    pd.testing.assert_frame_equal(found.scores, a_night(run, 10))


def test_a_night_of_rules_is_read_back_whole(store):
    night, run = a_ruled_night(["high", "low"]), replace(a_run(), tier="rules", grade="none")
    assert store.publish(run, night, published_at=NOW)
    pd.testing.assert_frame_equal(store.published().scores, night)


def test_publishing_twice_is_publishing_once(store):
    assert publish(store, a_run())
    assert not publish(store, a_run())
    assert [told(store, f"select count(*) from {t}") for t in ("runs", "scores")] == [
        [(1,)],
        [(10,)],
    ]


def test_earlier_runs_are_kept(store):
    publish(store, a_run(0))
    publish(store, a_run(1))
    kept = told(store, "select run_id, count(*) from scores group by 1")
    assert sorted(kept) == sorted([(a_run(0).run_id, 10), (a_run(1).run_id, 10)])


nights = st.tuples(st.integers(0, 2), st.integers(1, 3))


@settings(max_examples=10)
@given(published=st.lists(nights, max_size=8))
def test_the_pointer_only_moves_forward(published, empty_store, tmp_path_factory):
    """To a later cutoff, or to a run of the same cutoff that was never published before."""
    file = shutil.copy(empty_store, tmp_path_factory.mktemp("store"))
    store = Store(f"sqlite:///{file}")
    newest, ever = None, set()
    for night, version in published:
        run = a_run(night, version)
        is_new = run.run_id not in ever and (newest is None or run.as_of >= newest.as_of)
        if is_new or run == newest:
            assert publish(store, run, customers=1) == is_new
            newest = run
            ever.add(run.run_id)
        else:
            with pytest.raises(RunRefused, match=r"newer than|took their place"):
                publish(store, run, customers=1)
    found, kept = store.published(), store.runs()
    store.close()
    assert (found and found.run) == newest
    assert {one.run.run_id for one in kept} == ever


def test_a_run_is_found_by_its_name(store):
    publish(store, a_run(0))
    publish(store, a_run(1), customers=4)
    found = store.run(a_run(1).run_id)
    assert found == (a_run(1), 4, NOW, {"scored": 10})
    assert store.runs() == [found, store.run(a_run(0).run_id)]
    assert store.run("none") is None


def test_what_is_done_also_is_done_with_the_run_or_not_at_all(store):
    def accept(connection):
        connection.execute(sa.insert(overrides), dict(zip(names, accepted, strict=True)))

    names = ("run_id", "code", "sentence", "accepted_by", "why", "accepted_at")
    accepted = (a_run(0).run_id, "G02", "half the rows of yesterday", "Ayu", "a holiday", NOW)

    def fail(connection):
        accept(connection)
        raise ConnectionError

    def publish_and(work):
        night = a_night(a_run(0), 3)
        return store.publish(a_run(0), night, published_at=NOW, also=[work])

    with pytest.raises(ConnectionError):
        publish_and(fail)
    assert (store.published(), store.overrides(a_run(0).run_id)) == (None, [])
    assert publish_and(accept)
    assert not publish_and(fail)
    assert store.overrides(a_run(0).run_id) == [accepted[1:]]


MOMENTS = {"sqlite": 9, "postgresql": 8}
"""The beginning (of SQLite), two looks, the pointer, the run, and four portions of scores."""


@contextmanager
def interrupted(store, monkeypatch, nth):
    """The nth statement or portion of a COPY is never reached; tells how many there were."""
    count = itertools.count(1)
    as_csv = rows.as_csv

    def pass_by(*_):
        if next(count) == nth:
            raise ConnectionError

    def portion(scores):
        pass_by()
        return as_csv(scores)

    with monkeypatch.context() as patched:
        patched.setattr(rows, "as_csv", portion)
        event.listen(store.engine, "before_cursor_execute", pass_by)
        yield lambda: next(count) - 1
        event.remove(store.engine, "before_cursor_execute", pass_by)


def test_a_failure_at_any_moment_leaves_the_previous_run(store, monkeypatch):
    publish(store, a_run(0))
    nth, failed = 0, True
    while failed:
        nth += 1
        with interrupted(store, monkeypatch, nth) as passed:
            try:
                publish(store, a_run(1))
            except ConnectionError:
                before = a_cached_night(a_run(0), 10)
                pd.testing.assert_frame_equal(store.published().scores, before)
            else:
                failed = False
                assert passed() == MOMENTS[store.engine.dialect.name]
    assert nth == MOMENTS[store.engine.dialect.name] + 1
    assert store.published().run == a_run(1)


def test_the_reasons_of_the_night_before_are_those_of_the_newest_earlier_cutoff(store):
    """Scoring a night again finds the same night before it, and never its own reasons."""
    assert store.reasons_before(a_run(0).as_of) == ("", {})
    for night in (0, 2):
        publish(store, a_run(night), customers=2)
    assert store.reasons_before(a_run(0).as_of) == ("", {})
    first = {"c0": [REASON], "c1": [REASON]}
    for night in (1, 2):
        assert store.reasons_before(a_run(night).as_of) == (a_run(0).run_id, first)
    run = a_run(3)
    store.publish(run, a_night(run, 2, reasons=[[REASON], []]), published_at=NOW)
    assert store.reasons_before(a_run(4).as_of) == (run.run_id, {"c0": [REASON]})


def test_of_many_who_publish_the_newest_night_stays(url):
    def work(nights):
        mine = Store(url)
        for night in nights:
            try:
                publish(mine, a_run(night))
            except RunRefused:
                refused.append(night)
        mine.close()

    refused = []
    threads = [threading.Thread(target=work, args=(range(start, 12, 4),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = Store(url)
    assert last.published().run == a_run(11)
    last.close()
    assert 11 not in refused


def test_a_store_opens_and_reads_while_another_publishes(store, url):
    publish(store, a_run())
    with store.engine.begin() as connection:
        connection.execute(sa.text("update published set purpose = 'churn'"))
        other = Store(url)
        assert other.published().run == a_run()
        other.close()


@pytest.mark.parametrize(
    ("scores", "fault"),
    [
        (a_night(a_run(1)).assign(churn_probability=np.nan), "churn_probability has empty cells"),
        (a_night(a_run(2)), "those of another run"),
    ],
)
def test_scores_that_are_refused_change_nothing(store, scores, fault):
    publish(store, a_run(0))
    with pytest.raises(RunRefused, match=fault):
        store.publish(a_run(1), scores, published_at=NOW)
    assert store.published().run == a_run(0)


def test_a_store_that_fails_says_so_without_naming_a_customer(store):
    publish(store, a_run(0))
    with store.engine.begin() as connection:
        connection.execute(sa.text("drop table scores"))
    scores = a_night(a_run(1), 1).assign(customer_id=CANARY)
    with pytest.raises(RunRefused, match=r"does not work: .*scores") as refused:
        store.publish(a_run(1), scores, published_at=NOW)
    assert CANARY not in str(refused.value)
    assert CANARY not in str(refused.value.__cause__)


def test_a_row_that_is_refused_does_not_stand_in_the_error(store):
    row = {"run_id": "r1", "customer_id": CANARY, "as_of": NOW}
    row |= {"action": "call", "channel": "call"}
    with pytest.raises(RunRefused, match=r"the store does not work: \w+") as refused:
        store.write(lambda connection: connection.execute(sa.insert(actions), [row, row]))
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_file_of_a_store_is_its_owners_alone(tmp_path):
    """Also what SQLite puts beside it, and a file that others could read before."""
    file = tmp_path / "jejak.db"
    file.touch(0o644)
    store = Store(f"sqlite:///{file}")
    publish(store, a_run(0))
    assert {one.name: f"{one.stat().st_mode & 0o777:o}" for one in tmp_path.iterdir()} == {
        "jejak.db": "600",
        "jejak.db-shm": "600",
        "jejak.db-wal": "600",
    }
    store.close()


def test_a_driver_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RunRefused, match=r"psycopg is missing .*the extra postgres") as refused:
        Store("postgresql://me:secret@host/jejak")
    assert "secret" not in str(refused.value)


def test_another_database_is_no_store():
    with pytest.raises(RunRefused, match="not in mysql"):
        Store("mysql://me:secret@host/jejak")


def test_a_place_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(RunRefused, match="unable to open database file"):
        Store(f"sqlite:///{tmp_path / 'nowhere' / 'jejak.db'}")
