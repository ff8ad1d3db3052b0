"""Several processes and one store: one wins, the paused are kept out, the killed are replaced."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import stores_together
from nights import a_night, a_run
from postgres import database

from serving.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def urls(postgres, tmp_path_factory):
    with database(postgres) as made:
        yield {
            "sqlite": f"sqlite:///{tmp_path_factory.mktemp('together') / 'jejak.db'}",
            "postgresql": made.render_as_string(hide_password=False),
        }


@pytest.fixture(scope="module")
def all_told(urls):
    """What became of the processes, which ran one race after the other."""
    program = Path(stores_together.__file__)
    path = os.pathsep.join([str(program.parents[1]), str(program.parent)])
    ran = subprocess.run(
        [sys.executable, str(program), *urls.values()],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=True,
    )
    return dict(zip(urls, json.loads(ran.stdout), strict=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def told(all_told, kind):
    return all_told[kind]


def test_an_empty_database_is_opened_by_many_at_once(told):
    assert told["opening"] == [0] * 8


def test_of_many_who_want_a_lease_one_has_it(told):
    assert told["competing"] == [0] + [8] * 7


def test_who_was_paused_past_its_lease_publishes_nothing(told):
    assert told["pausing"] == [8, a_run(1).run_id]


def test_a_kill_at_any_moment_leaves_the_previous_run_and_no_lease(told, urls, kind):
    """The last but one died after the last statement, as the transaction was about to end."""
    died, published = told["killing"][:-1], told["killing"][-1]
    assert published == 0
    assert set(died) == {-9}
    assert len(died) > 8
    store = Store(urls[kind])
    pd.testing.assert_frame_equal(store.published().scores, a_night(a_run(3), 10))
    assert len(store.runs()) == 2
    store.close()
