"""A whole journey through the real flows: a shop is read, learned, scored and handed over."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from running import jejak, told
from shops import CUSTOMERS, orders, write_orders

from features.lake import open_lake
from models.rows.panel import scoring_panel, training_cutoffs, training_panel
from pipelines.data.ingest import ingest_sources
from pipelines.environment import user
from pipelines.flows.stopped import RunStopped
from pipelines.night.gating import Accepting
from pipelines.night.score import score_customers
from pipelines.timing import HERE
from pipelines.workspace import open_workspace
from serving.registry import Registry
from serving.store import Store
from serving.suppression import suppress

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def night(trained, tmp_path_factory):
    """The trained shop after a night in which one row could not be read, and what it said."""
    root = trained.copy(tmp_path_factory.mktemp("night") / "shop")
    write_orders(root / "sources" / "orders.csv", [*orders(), orders()[0] | {"ordered_at": "soon"}])
    return root, jejak(root, "nightly")[0]


@pytest.fixture
def next_day(night, tmp_path):
    """That shop in a folder of its own."""
    return Path(shutil.copytree(night[0], tmp_path / "moved"))


def published(root):
    store = Store(f"sqlite:///{root / 'jejak.db'}")
    try:
        return store.published()
    finally:
        store.close()


def test_retraining_measures_beside_baselines_and_promotes(trained):
    facts, said = trained.facts, trained.said
    assert facts["promoted"] is True
    assert facts["grade"] in {"A", "B", "C"}
    aucs = {row["predictor"]: row for row in facts["metrics"] if row["metric"] == "auc"}
    assert set(aucs) >= {"churn", "recency_rule", "rfm_regression"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in aucs.values())
    assert "Training churn: " in said
    assert "Traceback" not in said


def test_a_night_publishes_what_its_files_say(night):
    root, facts = night
    run, scores, *_ = published(root)
    written = pd.read_parquet(root / "out" / "scores.parquet")
    assert run.run_id == facts["run_id"]
    assert facts["is_new"] is True
    assert facts["customers"] == len(scores) == len(written) > 50
    assert written["customer_id"].tolist() == scores["customer_id"].tolist()
    assert written["churn_probability"].tolist() == scores["churn_probability"].tolist()
    assert written["churn_probability"].is_monotonic_decreasing
    explained = scores["reasons"].map(len) > 0
    assert explained.tolist() == scores["risk_band"].isin(["high", "medium"]).tolist()
    read_again = pd.read_csv(root / "out" / "scores.csv")
    assert read_again["customer_id"].tolist() == written["customer_id"].tolist()


def test_rows_that_could_not_be_read_are_counted_in_the_published_run(night):
    root, facts = night
    assert facts["rows_quarantined"] == 1
    assert published(root).summary["rows_quarantined"] == 1
    assert published(root).summary["customers"] == facts["customers"]


def test_the_same_night_again_changes_nothing(night, next_day):
    _, first = night
    files = {path.name: path.read_bytes() for path in (next_day / "out").iterdir()}
    again, _ = told(next_day, "score")
    assert again["is_new"] is False
    same = again.keys() - {"seconds", "is_new", "gates", "files"}
    assert {name: again[name] for name in same} == {name: first[name] for name in same}
    assert all(gate["passed"] for gate in again["gates"])
    assert {path.name: path.read_bytes() for path in (next_day / "out").iterdir()} == files


def test_a_night_at_the_last_training_cutoff_sees_the_training_rows_to_the_bit(shop):
    workspace = open_workspace(shop)
    champion, _ = Registry(shop).champion()
    model = champion.with_own(workspace.own_features)
    last = workspace.cutoff(date.fromisoformat(model.trained_through))
    parts, settings = open_lake(workspace.lake).told(), workspace.settings
    watermark, zone = workspace.cutoff(None), settings.workspace.zone
    cutoffs = training_cutoffs(parts, watermark, model.target, settings.panel, zone)
    assert cutoffs[-1] == last
    learned = training_panel(
        parts, cutoffs, model.needed(), model.target, watermark=watermark, zone=zone
    ).at(last)
    scored = scoring_panel(parts, [last], model.needed(), model.target, zone=zone)
    names = list(scored.features)
    assert scored.rows["customer_id"].tolist() == learned.rows["customer_id"].tolist()
    assert scored.rows[names].to_numpy().tobytes() == learned.rows[names].to_numpy().tobytes()
    told(shop, "score", "--as-of", model.trained_through)
    published_then = published(shop).scores.set_index("customer_id")["churn_probability"]
    expected = pd.Series(model.probabilities(learned.rows), learned.rows["customer_id"])
    pd.testing.assert_series_equal(
        published_then.sort_index(), expected.sort_index(), check_exact=True, check_names=False
    )


def test_a_refused_night_leaves_the_published_run(next_day, prefect):
    before, files = published(next_day), (next_day / "out" / "scores.csv").read_bytes()
    write_orders(next_day / "sources" / "orders.csv", [])
    refused, said = told(next_day, "nightly", code=3)
    assert "no rows" in refused["what"]
    assert "Traceback" not in said
    write_orders(next_day / "sources" / "orders.csv", orders())
    stale, _ = told(next_day, "nightly", "--as-of", "2026-03-20", code=3)
    assert "newest" in stale["what"]
    after = published(next_day)
    assert after.run == before.run
    assert after.scores.equals(before.scores)
    assert (next_day / "out" / "scores.csv").read_bytes() == files


def test_an_older_night_is_refused_after_a_newer(next_day):
    refused, _ = told(next_day, "score", "--as-of", "2026-02-20", code=5)
    assert "newer" in refused["what"]
    assert f"{published(next_day).run.as_of:%Y-%m-%d}" == "2026-03-01"


def test_a_model_that_earns_nothing_is_kept_out_and_the_flow_still_ends_well(shop, prefect):
    path = shop / "jejak.toml"
    path.write_text(path.read_text().replace("rounds = 60", "rounds = 1"))
    facts, _ = told(shop, "retrain")
    assert facts["promoted"] is False
    assert facts["obstacles"]
    assert told(shop, "score")[0]["model_version"] == 1
    with get_client(sync_client=True) as client:
        (last,) = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)
    assert (last.state.type, last.state.name) == ("COMPLETED", "Kept the champion")


def test_no_customer_reaches_prefect_or_mlflow(night):
    root, _ = night
    kept = [
        path
        for folder in (".prefect", "mlflow-artifacts", "mlflow.db")
        for path in [root / folder, *(root / folder).rglob("*")]
        if path.is_file()
    ]
    assert [path for path in kept if CUSTOMERS.encode() in path.read_bytes()] == []
    with closing(sqlite3.connect(root / ".prefect" / "prefect.db")) as database:
        ends = database.execute("SELECT state_type, state_name FROM flow_run").fetchall()
    assert ends == [("COMPLETED", "Completed"), ("COMPLETED", "Completed")]


def test_a_gate_stops_a_night_until_a_person_accepts_it_by_name(shop):
    scored(shop)
    before = published(shop)
    few = [row for row in orders() if int(row["customer"].removeprefix(CUSTOMERS)) % 4 == 0]
    write_orders(shop / "sources" / "orders.csv", few)
    ingest_sources(shop, None, anew=True)
    with pytest.raises(RunStopped, match=r"G01: .* rows, -7") as stopped:
        scored(shop)
    assert stopped.value.exit_code == 9
    assert f"run {before.run.run_id} is published" in stopped.value.holds
    assert published(shop).run == before.run
    codes = tuple(mistake.key for mistake in stopped.value.mistakes)
    score_customers(shop, None, Accepting(codes=(*codes, "G05"), why="we sold three shops"))
    run = published(shop).run
    assert run != before.run
    with closing(Store(f"sqlite:///{shop / 'jejak.db'}")) as store:
        kept = store.overrides(run.run_id)
    assert tuple(one.code for one in kept) == codes
    assert {(one.accepted_by, one.why) for one in kept} == {(user(), "we sold three shops")}


PLAYBOOK = """
[[plays]]
name = "ask"
action = "Ask what is missing"
channel = "call"
when = ["silence", "frequency", "contact", "activity"]
bands = ["high", "medium"]
capacity_per_day = 5
cooldown_days = 7

[experiment]
name = "first"
control_share = 0.5
"""


def scored(root):
    """A night scored in this process."""
    return score_customers(root, None, Accepting()).facts()


def test_a_night_decides_once_and_leaves_out_who_must_not_be_scored(shop):
    settings = shop / "jejak.toml"
    settings.write_text(settings.read_text() + PLAYBOOK)
    first = scored(shop)
    assert first["actions"] == {"ask": 5}
    assert min(first["arms"].values()) > 0
    assert sum(first["arms"].values()) == first["enrolled_tonight"]
    assert "enrolled" in first["experiment"]["sentence"]
    again = scored(shop)
    assert again["run_id"] == first["run_id"]
    assert again["arms"] == first["arms"]
    before = published(shop).scores.set_index("customer_id")
    acted = before.index[before["action"].notna()]
    with closing(Store(f"sqlite:///{shop / 'jejak.db'}")) as store:
        suppress(store, acted[0], timing=HERE)
    without = scored(shop)
    after = published(shop).scores.set_index("customer_id")
    assert without["suppressed"] == 1
    assert sorted([*after.index, acted[0]]) == sorted(before.index)
    assert (
        after["arm"].dropna().to_dict().items()
        >= {who: arm for who, arm in before["arm"].dropna().items() if who != acted[0]}.items()
    )
    assert after["action"].notna().sum() == 5
