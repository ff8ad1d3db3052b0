"""Watching a shop of several nights, by the functions behind the command."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from nights import a_night, a_ruled_night, a_run
from running import told
from shops import CUSTOMERS, make_shop, orders, write_orders
from trials import a_model

from features.errors import DataRefused
from pipelines.data.ingest import ingest_sources
from pipelines.loop.watch import Look, watch, watch_workspace
from pipelines.loop.watch_told import METRICS, Watched
from pipelines.night import watched_night
from pipelines.night.gating import Accepting
from pipelines.night.score import score_customers
from pipelines.night.watched_night import retrain_if_asked, seen
from pipelines.training.opened import Models, Opened
from pipelines.workspace import open_workspace
from serving.registry import Registry
from serving.store import Store
from serving.watching.pressing import pressing
from serving.watching.records import matured_before, watched_before

NIGHTS = (date(2026, 2, 5), date(2026, 2, 6), date(2026, 2, 7))
AFTER = date(2026, 3, 1)
ACCEPTED = Accepting(codes=("G01", "G06", "G07"), why="made-up nights")


def rows_of(root, read):
    workspace = open_workspace(root)
    with closing(Store(workspace.store_url)) as store:
        return store.read(lambda connection: read(connection, workspace.cutoff(AFTER)))


@pytest.fixture(scope="module")
def nights(trained, tmp_path_factory):
    """A shop that was scored and watched on three nights in a row."""
    root = trained.copy(tmp_path_factory.mktemp("watched") / "shop")
    for night in NIGHTS:
        score_customers(root, night, ACCEPTED)
    watch_workspace(root, NIGHTS[-1])
    return root


@pytest.fixture
def shop_watched(nights, tmp_path):
    return Path(shutil.copytree(nights, tmp_path / "shop"))


def came_true(said):
    """The lines of a text that tell what came true, metric by metric."""
    return said[said.index("what came true") :].splitlines()[: 1 + len(METRICS)]


@pytest.mark.slow
def test_what_came_true_stands_beside_what_was_estimated_and_is_kept_once(shop_watched, capsys):
    found = watch_workspace(shop_watched, AFTER)
    told = found.facts()
    assert [one["as_of"][:10] for one in told["matured"]] == [str(night) for night in NIGHTS]
    last = told["matured"][-1]
    assert last["true"]["auc"]["low"] < last["backtest"]["auc"]["value"]
    inside = last["estimated"]["auc"]
    assert inside["low"] <= last["true"]["auc"]["value"] <= inside["high"]
    assert told["matured"][0]["estimated"] is None
    assert told["advice"]["verdict"] == "nothing"
    assert told["steadiness"]["customers"] > 50
    assert "N02" not in [one["code"] for one in told["notes"]]
    found.text(1.0)
    said = capsys.readouterr().out
    assert "came true" in said
    kept = rows_of(shop_watched, watched_before), rows_of(shop_watched, matured_before)
    again = watch_workspace(shop_watched, AFTER)
    assert again.matured == ()
    again.text(1.0)
    assert came_true(capsys.readouterr().out) == came_true(said)
    assert (rows_of(shop_watched, watched_before), rows_of(shop_watched, matured_before)) == kept
    assert CUSTOMERS not in json.dumps([told, kept], default=str) + said


@pytest.mark.slow
def test_a_shop_whose_customers_behave_otherwise_comes_true_below_and_is_retrained(
    shop_watched, capsys
):
    """After the nights those who were to stay go, and those who were to go come back."""
    with closing(Store(open_workspace(shop_watched).store_url)) as store:
        scores = store.published().scores.set_index("customer_id")["churn_probability"]
    after = f"{NIGHTS[-1]}"
    before = [row for row in orders() if row["ordered_at"][:10] <= after]
    back = scores.index[scores > scores.median()]
    fresh = [
        {**before[0], "order": f"new{number}", "customer": who, "ordered_at": f"{day}T10:00:00Z"}
        for number, (who, day) in enumerate(
            (who, f"2026-02-{day}") for who in back for day in (12, 20, 28)
        )
    ]
    write_orders(shop_watched / "sources" / "orders.csv", [*before, *fresh])
    ingest_sources(shop_watched, None, anew=True)
    path = shop_watched / "jejak.toml"
    path.write_text(path.read_text().replace('name = "Shop"', 'name = "Shop"\nlanguage = "id"'))
    found = watch_workspace(shop_watched, AFTER)
    last = found.facts()["matured"][-1]
    assert last["true"]["auc"]["high"] < last["estimated"]["auc"]["low"]
    reasons = {one["code"] for one in found.facts()["advice"]["reasons"]}
    assert {"R01", "R03"} <= reasons
    found.text(1.0)
    said = capsys.readouterr().out
    assert "Pelatihan ulang disarankan, karena" in said
    assert "AUC terbukti" in said.replace("\n", " ")


@pytest.mark.slow
def test_a_night_that_may_starts_a_retraining_once(shop_watched, monkeypatch):
    path = shop_watched / "jejak.toml"
    path.write_text(path.read_text() + '\n[watch]\nretrain = "start"\n')
    monkeypatch.setattr(Look, "_age_days", lambda *_: 90)
    score_customers(shop_watched, AFTER, ACCEPTED)
    place = open_workspace(shop_watched)
    cutoff = place.cutoff(AFTER)
    told = [watch(place, cutoff, may_start=may).starts for may in (False, True, True)]
    assert told == [False, True, False]
    kept, *_ = rows_of(shop_watched, watched_before)
    assert kept.facts["started"]["reasons"] == ["R05"]


@pytest.fixture(scope="module")
def ingested(tmp_path_factory):
    """A small shop that was ingested and never trained."""
    few = [row for row in orders(customers=30) if row["ordered_at"] > "2026-01"]
    root = make_shop(tmp_path_factory.mktemp("ingested") / "shop", few)
    ingest_sources(root, None)
    return root


@pytest.fixture
def published(ingested, tmp_path):
    """That shop, of which somebody published some runs."""

    def publish(*runs):
        root = Path(shutil.copytree(ingested, tmp_path / "shop"))
        with closing(Store(open_workspace(root).store_url)) as store:
            for place, (run, scores) in enumerate(runs):
                store.publish(run, scores, published_at=run.as_of + timedelta(hours=place))
        return root

    return publish


def codes(found):
    return [one["code"] for one in found.facts()["notes"]]


def test_without_a_run_there_is_a_sentence(published, capsys):
    root = published()
    found = watch_workspace(root, AFTER)
    assert codes(found) == ["N01"]
    found.text(0.1)
    assert "no run to watch" in capsys.readouterr().out
    assert not found.starts
    assert not found.urgent()
    facts, _ = told(root, "watch")
    assert facts["notes"][0]["sentence"].startswith("Nothing has been published yet")


def test_a_model_that_kept_no_reference_is_watched_without(published, monkeypatch, capsys):
    opened = Opened(model=a_model(), backtest={}, strayed=(), reference=None)
    monkeypatch.setattr(Models, "at", lambda _self, _version: opened)
    monkeypatch.setattr(Registry, "champion", lambda _self: (opened.model, 1))
    run = replace(a_run(), as_of=a_run(-270).as_of, run_id="early")
    scores = a_night(run, 40, probabilities=np.linspace(0.02, 0.6, 40)).assign(run_id="early")
    found = watch_workspace(published((run, scores)), AFTER)
    assert codes(found) == ["N02", "N05"]
    facts = found.facts()
    assert 0.5 < facts["estimate"]["auc"]["value"] < 1
    assert facts["doubt"]["cutoffs"] == 0
    assert [one["code"] for one in facts["advice"]["reasons"]] == ["R06"]
    assert "order" in facts["advice"]["reasons"][0]["sentence"]
    found.text(0.1)
    assert "the interval is too narrow" in " ".join(capsys.readouterr().out.split())


def test_a_run_by_rules_or_by_a_model_that_is_gone_is_a_sentence(published, monkeypatch):
    monkeypatch.setattr(Models, "at", lambda _self, _version: None)
    shift = {"as_of": a_run(-300).as_of, "expires_at": a_run(-270).as_of}
    ruled = replace(a_run(), tier="rules", grade="none", run_id="ruled", **shift)
    lost = replace(a_run(), run_id="lost", **shift | {"as_of": a_run(-301).as_of})
    bands = a_ruled_night(["high", "low"]).assign(run_id="ruled", as_of=ruled.as_of)
    others = a_night(lost).assign(run_id="lost")
    found = watch_workspace(published((lost, others), (ruled, bands)), AFTER)
    assert {one.facts["skipped"] for one in found.matured} == {"gone", "no_probability"}
    assert {"N03", "N04", "N07"} <= set(codes(found))
    assert found.facts()["advice"]["verdict"] == "nothing"


def a_watch(**advice):
    alarm = {"code": "D10", "severity": "act", "about": "source", "name": "orders", "measured": 4.0}
    alarm |= {"needed": 1.0, "told": {"days": 4.0, "expected": 80.0, "since": "2026-02-25"}}
    told = {"verdict": "mend", "reasons": [], "mend_first": ["orders"], "start": False, **advice}
    return Watched(found={"alarms": [alarm], "notes": [], "advice": told}, language="en")


def test_a_look_that_fails_undoes_nothing_and_says_what_to_do(tmp_path):
    place = open_workspace(make_shop(tmp_path))
    cutoff = place.cutoff(None)

    def refused(*_):
        raise DataRefused("a file of the lake is missing", where="lake")

    def broken(*_):
        raise KeyError("Siti Rahma")

    looked = seen(refused, place, cutoff)
    assert looked.left() == "watch: a file of the lake is missing (lake); run jejak watch"
    assert looked.facts() == {"watch": {"failed": "a file of the lake is missing (lake)"}}
    assert "Siti" not in seen(broken, place, cutoff).left()
    assert not looked.urgent()


def test_what_is_to_be_acted_upon_is_told_to_somebody(tmp_path):
    place = open_workspace(make_shop(tmp_path))
    found = seen(lambda *_: a_watch(), place, place.cutoff(None))
    assert found.urgent() == (
        "watch: orders has been silent for 4.0 days, since 2026-02-25; about 80 events were due"
    )
    assert not found.left()
    old = a_watch(reasons=[{"code": "R06", "told": {"names": "kiosk"}}])
    assert [line[:23] for line in old.urgent().splitlines()] == [
        "watch: orders has been ",
        "watch: there are channe",
    ]
    assert not replace(old, found=old.found | {"told_before": pressing(old.found)}).urgent()
    facts = found.facts()
    assert facts["watch"] == {"verdict": "mend", "reasons": []}
    assert [one["code"] for one in facts["alarms"]] == ["D10"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_retraining_begins_after_the_night_and_may_fail(tmp_path, monkeypatch, capsys, fails):
    asked = []

    def retrain(root, *, as_of):
        asked.append((Path(root).name, as_of))
        if fails:
            raise DataRefused("nobody is at risk")

    monkeypatch.setitem(
        __import__("sys").modules, "pipelines.training.retrain", type("m", (), {"retrain": retrain})
    )
    place = open_workspace(make_shop(tmp_path / "shop"))
    for start in (False, True):
        found = watched_night.Seen(watched=a_watch(start=start))
        retrain_if_asked(place, AFTER, found)
    retrain_if_asked(place, AFTER, watched_night.Seen(failed="no"))
    assert asked == [("shop", AFTER)]
    assert ("stopped: nobody is at risk" in capsys.readouterr().err) is fails
