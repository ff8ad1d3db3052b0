"""One transaction: readers see the previous run or the new one, never a mixture."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from nights import REASON, a_night, a_ruled_night, a_run
from sqlalchemy import event

from features.errors import RunRefused
from serving.store import Store
from serving.store import store as store_module

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
STATEMENTS_OF_A_PUBLISH = 8
"""The beginning, the pointer, the look for the run, the run, and four portions of scores."""


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "ROWS_A_STATEMENT", 3)
    return f"sqlite:///{tmp_path / 'jejak.db'}"


@pytest.fixture
def store(url):
    opened = Store(url)
    yield opened
    opened.close()


def publish(store, run, customers=10):
    return store.publish(run, a_night(run, customers), published_at=NOW, summary={"scored": 10})


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


def test_publishing_twice_is_publishing_once(store, url):
    assert publish(store, a_run())
    assert not publish(store, a_run())
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        counts = [
            connection.scalar(sa.text(f"select count(*) from {t}")) for t in ("runs", "scores")
        ]
    engine.dispose()
    assert counts == [1, 10]


def test_earlier_runs_are_kept(store, url):
    publish(store, a_run(0))
    publish(store, a_run(1))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        kept = connection.execute(sa.text("select run_id, count(*) from scores group by 1")).all()
    engine.dispose()
    assert sorted(kept) == sorted([(a_run(0).run_id, 10), (a_run(1).run_id, 10)])


nights = st.tuples(st.integers(0, 3), st.integers(1, 2))


@settings(max_examples=15)
@given(published=st.lists(nights, max_size=8))
def test_the_pointer_only_moves_forward(published, tmp_path_factory):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'jejak.db'}")
    newest = None
    for night, version in published:
        run = a_run(night, version)
        if newest and run.as_of < newest.as_of:
            with pytest.raises(RunRefused, match="newer than"):
                publish(store, run)
        else:
            publish(store, run)
            newest = run
    found = store.published()
    store.close()
    assert (found and found.run) == newest


def test_the_failures_below_try_every_statement(store):
    statements = []
    event.listen(store.engine, "before_cursor_execute", lambda *all_: statements.append(all_[2]))
    publish(store, a_run())
    assert len(statements) == STATEMENTS_OF_A_PUBLISH


@pytest.mark.parametrize("nth", range(1, STATEMENTS_OF_A_PUBLISH + 1))
def test_a_failure_at_any_statement_leaves_the_previous_run(store, nth):
    publish(store, a_run(0))
    left = iter(range(nth, 0, -1))

    def fail(*_):
        if next(left, 0) == 1:
            raise ConnectionError

    event.listen(store.engine, "before_cursor_execute", fail)
    with pytest.raises(ConnectionError):
        publish(store, a_run(1))
    event.remove(store.engine, "before_cursor_execute", fail)
    pd.testing.assert_frame_equal(store.published().scores, a_night(a_run(0), 10))
    assert publish(store, a_run(1))
    assert store.published().run == a_run(1)


DYING = """
import os, sys
from datetime import UTC, datetime
from sqlalchemy import event
from nights import a_night, a_ruled_night, a_run
from serving.store import store as store_module

url, moment, nth = sys.argv[1], sys.argv[2], int(sys.argv[3])
store_module.ROWS_A_STATEMENT = 3
store = store_module.Store(url)
left = iter(range(nth, 0, -1))

def die(*_):
    if next(left, 0) == 1:
        os._exit(9)

event.listen(store.engine, moment, die)
store.publish(a_run(1), a_night(a_run(1), 10), published_at=datetime(2026, 11, 22, tzinfo=UTC))
"""


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "nth"),
    [("after_cursor_execute", nth + 1) for nth in range(STATEMENTS_OF_A_PUBLISH)] + [("commit", 1)],
)
def test_a_kill_at_any_statement_leaves_the_previous_run(store, url, moment, nth):
    publish(store, a_run(0))
    store.close()
    here = Path(__file__).parents[2]
    path = os.pathsep.join([str(here), str(here / "tests")])
    died = subprocess.run(
        [sys.executable, "-c", DYING, url, moment, str(nth)],
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert died.returncode == 9
    again = Store(url)
    pd.testing.assert_frame_equal(again.published().scores, a_night(a_run(0), 10))
    assert publish(again, a_run(1))
    assert again.published().run == a_run(1)
    again.close()


@pytest.mark.slow
def test_a_reader_never_sees_a_mixture(store, url):
    expected = {a_run(night).run_id: a_night(a_run(night), 10 + night % 7) for night in range(51)}
    publish(store, a_run(0))
    seen, done = [], threading.Event()

    def read():
        reader = Store(url)
        while not done.is_set():
            seen.append(reader.published())
        reader.close()

    thread = threading.Thread(target=read)
    thread.start()
    for night in range(1, 51):
        publish(store, a_run(night), 10 + night % 7)
    done.set()
    thread.join()
    assert len({found.run.run_id for found in seen}) > 1
    for found in seen:
        pd.testing.assert_frame_equal(found.scores, expected[found.run.run_id])


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
    threads = [threading.Thread(target=work, args=(range(start, 24, 4),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = Store(url)
    assert last.published().run == a_run(23)
    last.close()
    assert 23 not in refused


def test_a_store_opens_and_reads_while_another_publishes(store, url):
    publish(store, a_run())
    with store.engine.begin() as connection:
        connection.execute(sa.text("update published set as_of = null"))
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


def test_a_store_of_another_version_is_left_alone(store, url):
    publish(store, a_run())
    with store.engine.begin() as connection:
        connection.execute(sa.text("update schema_version set version = 99"))
    with pytest.raises(RunRefused, match="version 99"):
        Store(url)


def test_a_store_that_fails_says_so_without_naming_a_customer(store):
    publish(store, a_run(0))
    with store.engine.begin() as connection:
        connection.execute(sa.text("drop table scores"))
    with pytest.raises(RunRefused, match="the store does not work: no such table") as refused:
        publish(store, a_run(1))
    assert "c1" not in str(refused.value)
    assert "c1" not in str(refused.value.__cause__)


def test_a_place_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(RunRefused, match="unable to open database file"):
        Store(f"sqlite:///{tmp_path / 'nowhere' / 'jejak.db'}")
