"""`jejak outcomes` on a small shop: draws of the store, draws of the lake, nobody drawn."""

import csv
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa
from running import told
from shops import CUSTOMERS, LAST_DAY, SETTINGS, make_shop

from features.lake import open_lake
from pipelines.loop.outcomes import measure_outcomes, outcomes_of
from pipelines.workspace import open_workspace
from serving.store import Store
from serving.store.tables import enrolments

PARTS = """
[experiment]
name = "offer"
control_share = 0.3
"""
LOG = """
[[sources]]
name = "campaign"
table = "outreach"
kind = "csv"
path = "sources/campaign.csv"
required = false

[sources.columns]
customer_id = "customer"
assigned_at = "at"
arm = "arm"
action = "'voucher'"
channel = "'mail'"
probability = "share"
source_key = "key"
"""
DRAWN_AT = LAST_DAY - timedelta(days=40)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop with a campaign of its own, ingested."""
    root = make_shop(tmp_path_factory.mktemp("outcomes") / "shop")
    (root / "jejak.toml").write_text(SETTINGS + LOG)
    with (root / "sources" / "campaign.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["key", "customer", "at", "arm", "share"])
        for number in range(200):
            arm, share = ("control", 0.4) if number % 5 < 2 else ("treated", 0.6)
            at = DRAWN_AT + timedelta(days=number % 2 * 30, hours=9)
            rows.writerow([number, f"{CUSTOMERS}{number:03d}", at.isoformat(), arm, share])
    told(root, "ingest")
    return root


def test_what_a_log_of_the_lake_tells(shop):
    facts, _ = told(shop, "outcomes")
    counts = facts["counts"]
    assert facts["experiment"] == "campaign"
    assert counts["drawn"] == 200
    assert counts["due"] == sum(facts["due"].values()) == 100
    assert counts["matured"] + counts.get("not_at_risk", 0) == 100
    assert facts["verdict"] in ("unproved", "too_early")
    assert facts["given"] > 0
    assert CUSTOMERS not in str(facts)
    earlier, _ = told(shop, "outcomes", "--as-of", "2026-01-25")
    assert earlier["counts"]["drawn"] == 100
    assert earlier["counts"]["due"] == 100


@pytest.mark.slow
def test_draws_of_the_store_come_first_and_others_by_their_name(shop, capsys):
    (shop / "jejak.toml").write_text(SETTINGS + LOG + PARTS)
    drawn = [
        {
            "experiment": "offer",
            "customer_id": f"{CUSTOMERS}{number:03d}",
            "arm": "control" if number % 3 == 0 else "treated",
            "probability": 0.3 if number % 3 == 0 else 0.7,
            "stratum": "high",
            "run_id": "gone",
            "enrolled_at": DRAWN_AT,
        }
        for number in range(120)
    ]
    with closing(Store(open_workspace(shop).store_url)) as store:
        store.write(lambda connection: connection.execute(sa.insert(enrolments), drawn))
    own, _ = told(shop, "outcomes")
    other, _ = told(shop, "outcomes", "--experiment", "campaign")
    assert (own["experiment"], own["counts"]["drawn"]) == ("offer", 120)
    assert {cell["by"] for cell in own["cells"]} >= {"band"}
    assert other["counts"]["drawn"] == 200
    workspace = open_workspace(shop)
    snapshot = open_lake(workspace.lake)
    found = outcomes_of(workspace, snapshot, workspace.cutoff(None))
    assert found.counts["drawn"] == 120
    measure_outcomes(shop).text(1.0)
    assert capsys.readouterr().out.splitlines()[1] == "Experiment offer, as of 1 March 2026"
    before = datetime(2026, 1, 1, tzinfo=UTC)
    assert outcomes_of(workspace, snapshot, before) is None


@pytest.mark.slow
def test_a_look_at_an_earlier_day_does_not_know_what_was_told_later(shop):
    """Orders and draws of which nobody knew that day change nothing that is said of it."""
    workspace = open_workspace(shop)
    lake, cutoff = open_lake(workspace.lake), workspace.cutoff(None)
    late = pl.lit(cutoff).cast(pl.Datetime("us", "UTC"))

    def retold(rows, clock):
        of_late = pl.col(clock) >= DRAWN_AT
        return rows.with_columns(known_at=pl.when(of_late).then(late).otherwise("known_at"))

    orders = [replace(one, events=retold(one.events, "occurred_at")) for one in lake.told()]
    drawn = retold(lake.table("outreach"), "assigned_at")
    told_late = SimpleNamespace(told=lambda: orders, table=lambda _name: lake.table("outreach"))
    found = outcomes_of(workspace, told_late, cutoff, experiment="campaign")
    assert found.counts["left"] == found.counts["matured"] > 0
    told_late = SimpleNamespace(told=lake.told, table=lambda _name: drawn)
    assert outcomes_of(workspace, told_late, cutoff, experiment="campaign") is None


def test_nobody_drawn_is_refused_with_what_to_do(shop):
    refused, _ = told(shop, "outcomes", "--experiment", "nothing", code=3)
    assert "nobody was drawn for nothing" in refused["what"]
    assert "[experiment]" in refused["mend"]
