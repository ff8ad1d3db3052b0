"""A night that stops: one message, what still holds, and who is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from nights import FIRST, a_night, a_run
from shops import SETTINGS

from features.errors import AnotherAtWork, DataRefused, WorkspaceInvalid
from pipelines.flows import stopped as stopping
from pipelines.flows import watched as watching
from pipelines.flows.artifacts import markdown
from pipelines.flows.stopped import RunStopped, told_what_holds, what_holds
from pipelines.flows.watched import watched
from pipelines.night.gating import Accepting
from pipelines.night.one_night import alone
from pipelines.timing import HERE
from pipelines.workspace import open_workspace
from serving.store import Store
from serving.store.outbox_tables import deliveries


@pytest.fixture
def place(tmp_path):
    (tmp_path / "jejak.toml").write_text(SETTINGS + '\n[alerts]\nurl = "env:NOWHERE"\n')
    return open_workspace(tmp_path)


@pytest.fixture
def published(place):
    """A run that is published, with one destination done and one not."""
    run = a_run()
    store = Store(place.store_url)
    store.publish(run, a_night(run), published_at=run.as_of)
    books = {
        "scored": 3,
        "unchanged": 0,
        "planned": 3,
        "clears": 0,
        "shape": "",
        "planned_at": FIRST,
    }
    ends = {"crm": FIRST + timedelta(hours=1), "table": None}
    rows = [
        {"run_id": run.run_id, "destination": name, "as_of": FIRST, "ended_at": at, **books}
        for name, at in ends.items()
    ]
    store.write(lambda connection: connection.execute(sa.insert(deliveries), rows))
    store.close()
    return run


@pytest.fixture
def left(monkeypatch):
    """What was left in Prefect."""
    kept = []
    monkeypatch.setattr(watching, "leave", lambda *told, note="": kept.append((*told, note)))
    return kept


def test_before_the_first_night_nothing_holds_and_no_store_is_made(place):
    assert what_holds(place) == "nothing has been published yet"
    assert not place.store.exists()


@pytest.mark.parametrize(
    ("day", "valid"), [(27, "valid until 2026-12-18 17:00 UTC"), (29, "it expired at 2026-12-18")]
)
def test_what_is_published_still_holds_and_where_it_arrived(
    place, published, monkeypatch, day, valid
):
    later = replace(HERE, now=lambda: FIRST + timedelta(days=day))
    monkeypatch.setattr(stopping, "timing_in", lambda _workspace: later)
    with pytest.raises(RunStopped) as stopped, told_what_holds(place):
        raise DataRefused("orders has no rows", where="orders.csv", mend="export it again")
    assert stopped.value.exit_code == 3
    what, where, holds, mend = str(stopped.value).splitlines()
    assert what == "stopped: orders has no rows"
    assert (where, mend) == ("where: orders.csv", "mend: export it again")
    assert f"run {published.run_id} is published, as of 2026-11-20 17:00 UTC, {valid}" in holds
    assert holds.endswith("; delivered: crm; not yet delivered: table")


def test_the_words_of_a_dependency_are_nobody_elses(place):
    with pytest.raises(RunStopped) as stopped, told_what_holds(place):
        raise ValueError("could not parse Siti Rahma")
    assert "Siti" not in str(stopped.value)
    assert stopped.value.exit_code == 1


def test_what_stopped_is_left_in_prefect_and_waits_for_the_alerts(place, published, left):
    with pytest.raises(RunStopped), watched(place, "nightly"):
        raise DataRefused("orders has no rows", mend="export it again")
    key, title, _, note = left[0]
    assert (key, title) == ("nightly", "nightly stopped")
    assert f"holds: run {published.run_id}" in note
    queued = list((place.root / "alerts").iterdir())
    assert len(queued) == 1
    assert "orders has no rows" in queued[0].read_text()


def test_a_channel_that_is_down_changes_neither_message_nor_code(place, left, monkeypatch):
    monkeypatch.setenv("NOWHERE", "https://127.0.0.1:1/s3cret")
    with pytest.raises(RunStopped) as stopped, watched(place, "nightly"):
        raise DataRefused("orders has no rows")
    assert stopped.value.exit_code == 3
    assert "s3cret" not in str(stopped.value) + left[0][-1]
    assert len(list((place.root / "alerts").iterdir())) == 1


def test_that_another_is_at_work_is_no_alarm(place, left):
    with alone(place), pytest.raises(RunStopped) as second, watched(place, "nightly"), alone(place):
        pass
    assert second.value.exit_code == AnotherAtWork.exit_code
    assert "another run is at work" in left[0][-1]
    assert not (place.root / "alerts").exists()


def test_what_is_left_to_deliver_is_told_though_the_night_went_well(place, left):
    with watched(place, "nightly") as end_with:
        end_with({"customers": 3}, left="crm: its day's allowance is used up")
    assert left[0][2]["customers"] == 3
    assert left[0][2]["seconds"] >= 0
    assert "allowance" in next((place.root / "alerts").iterdir()).read_text()


def test_a_night_that_went_well_alarms_nobody(place, left):
    with watched(place, "nightly") as end_with:
        end_with({"customers": 3})
    assert left[0][:2] == ("nightly", "nightly")
    assert not (place.root / "alerts").exists()


def test_who_accepts_a_gate_says_which_and_why():
    with pytest.raises(WorkspaceInvalid, match="no gate 'G77'"):
        Accepting(codes=("G77",), why="sale")
    with pytest.raises(WorkspaceInvalid, match="without a reason"):
        Accepting(codes=("G01",))


def test_a_summary_cannot_break_out_of_its_table():
    told = markdown("night", {"a|b": "one\ntwo | three"}, note="```\nx")
    assert "| one two \\| three |" in told
    assert told.count("```") == 2
