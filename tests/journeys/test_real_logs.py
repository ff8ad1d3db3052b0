"""Real logs load with a workspace file alone, and the lake says what their makers say of them."""

import json

import polars as pl
import pytest
from click.testing import CliRunner
from logs import HELPDESK, LOANS, SALES, make_workspace

from features.lake import open_lake
from pipelines.cli import main

pytestmark = pytest.mark.slow

OFFERS = {"o_sent": 0.38, "o_sent_back": 0.25}
STAGES = {
    "submitted": 1,
    "preaccepted": 0.56,
    "accepted": 0.39,
    "activated": 0.18,
    "declined": 0.59,
    "cancelled": 0.23,
}


def ingested(tmp_path_factory, settings):
    """The lake that `jejak ingest` makes of the logs, and the rows of each source."""
    root = make_workspace(tmp_path_factory.mktemp("logs") / "workspace", settings)
    done = CliRunner().invoke(main, ["ingest", "-w", str(root), "--json"])
    assert done.exit_code == 0, done.output
    counts = {one["name"]: one for one in json.loads(done.stdout)["sources"]}
    for one in counts.values():
        assert one["rows_read"] == one["rows_kept"] + one["rows_quarantined"]
        assert one["rows_quarantined"] == sum(one["reasons"].values())
    return open_lake(root / "lake"), counts


@pytest.fixture(scope="module")
def loans(tmp_path_factory):
    return ingested(tmp_path_factory, LOANS)


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    return ingested(tmp_path_factory, SALES)


def shares(rows: pl.DataFrame, column: str) -> dict[str, float]:
    """The share of all customers of a table that ever have each value of a column."""
    customers = rows["customer_id"].n_unique()
    counted = rows.group_by(column).agg(share=pl.col("customer_id").n_unique() / customers)
    return {name: round(share, 2) for name, share in counted.rows()}


def test_every_row_of_the_loans_is_an_event(loans):
    lake, counts = loans
    assert counts["steps"]["rows_kept"] == 169_783 + 44_597
    assert counts["states"]["rows_kept"] == 39_222 + 9_910
    assert counts["applications"]["rows_kept"] == 8_376 + 2_094
    events = lake.events()
    assert events.height == 169_783 + 44_597
    assert events["customer_id"].n_unique() == 8_376 + 2_094
    assert set(events["channel"]) == {"application", "offer", "work"}
    told = shares(events, "step")
    assert {step: told[step] for step in OFFERS} == OFFERS


def test_the_states_of_the_loans_are_stages(loans):
    lake, _ = loans
    history = lake.stage_history().filter(pl.col("said_by") == "states")
    told = shares(history, "stage")
    assert {stage: told[stage] for stage in STAGES} == STAGES
    first = history.sort("customer_id", "entered_at").unique("customer_id", keep="first")
    assert set(first["stage"]) == {"submitted"}
    out = history.filter(pl.col("stage").is_in(["declined", "cancelled"]))
    assert set(out["direction"]) == {"exit"}
    entered = history.filter((pl.col("stage") == "activated") & (pl.col("direction") != "stay"))
    assert set(entered["direction"]) <= {"advance", "skip"}
    assert entered["customer_id"].is_unique().all()


def test_tickets_of_a_help_desk(tmp_path_factory):
    lake, counts = ingested(tmp_path_factory, HELPDESK)
    assert counts["tickets"]["rows_kept"] == 13_791 + 3_146
    assert lake.events()["customer_id"].n_unique() == 2_931 + 733
    assert "require upgrade" in set(lake.events()["step"])


def test_a_pipeline_with_blank_accounts_is_set_aside_and_the_rest_is_read(sales):
    lake, counts = sales
    blank = {"no_customer": 1_425, "bad_time": 163}
    assert counts["opened"]["rows_read"] == counts["pipeline"]["rows_read"] == 8_800
    assert counts["opened"]["reasons"] == counts["pipeline"]["reasons"] == blank
    assert (counts["closed"]["rows_read"], counts["closed"]["rows_quarantined"]) == (6_711, 0)
    assert counts["accounts"]["rows_kept"] == 85
    steps = dict(lake.events()["step"].value_counts().rows())
    assert (steps["deal_won"], steps["deal_lost"]) == (4_238, 2_473)
    assert lake.quarantine()["file"].unique().to_list() == [
        "sources/crm_maven/sales_pipeline.parquet"
    ]


def test_dirty_names_of_products_meet_their_series(sales):
    lake, _ = sales
    closed = lake.events().filter(pl.col("step").is_in(["deal_won", "deal_lost"]))
    assert closed["series"].null_count() == 0
    dirty = lake.events().filter(pl.col("product") == "GTXPro")["source_key"]
    named = closed.filter(pl.col("source_key").is_in(dirty.implode()))
    assert set(named["series"]) == {"GTX"}
    assert set(named["sales_price"]) == {4_821}


def test_stages_of_the_pipeline_are_those_of_its_deals(sales):
    lake, _ = sales
    deals = {"Engaging": 1_589 - 1_088, "Won": 4_238, "Lost": 2_473}
    assert dict(lake.table("stages")["stage"].value_counts().rows()) == deals
    history = lake.stage_history().filter(pl.col("said_by") == "pipeline")
    named = {"consideration": deals["Engaging"], "retention": deals["Won"], "lost": deals["Lost"]}
    assert dict(history["stage"].value_counts().rows()) == named
