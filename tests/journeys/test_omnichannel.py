"""The made-up company from its files to its scores, held against what is true of it."""

import csv
import shutil
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from running import told

from features.contracts import INPUTS
from features.identity.marks import mark
from features.lake import open_lake
from features.lake.merging import RECORD
from features.stages.moves import stage_at
from pipelines.settings.config import read_settings
from pipelines.starting.start import begin

pytestmark = pytest.mark.slow

SECOND_NIGHT = "2026-06-02"
LESS = {"every_days = 14": "every_days = 14\ncutoffs = 16", "seeds = 3": "seeds = 1\nrounds = 60"}
"""Its settings, and what a quick look takes in their place: all features, fewer trees."""


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def truth(root, name):
    return rows_of(root / "truth" / f"{name}.csv")


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The workspace after its first night, and what the ingest said."""
    root = tmp_path_factory.mktemp("omnichannel") / "rapibuku"
    begin(root, example="omnichannel", file=None)
    return root, told(root, "ingest")[0]


@pytest.fixture(scope="module")
def second(first, tmp_path_factory):
    """A copy of it after the second night's files came."""
    root = Path(shutil.copytree(first[0], tmp_path_factory.mktemp("second") / "rapibuku"))
    shutil.copytree(root / "second-night" / "sources", root / "sources", dirs_exist_ok=True)
    return root, told(root, "ingest", "--as-of", SECOND_NIGHT)[0]


def begins() -> pl.Expr:
    """What a row's key begins with, by which the truth knows it."""
    return pl.col("source_key").str.extract("^([^/:|]*)")


def rows_with_owners(root):
    """Rows of all sources that name them: who they are in the lake, and who in truth."""
    lake, owners = open_lake(root / "lake"), truth(root, "identity")
    parts = [
        lake.rows(stored).select("source", "source_key", RECORD, account="customer_id")
        for table in ("events", "contracts", "stages", "suppressions", "outreach")
        for stored in lake.manifest.tables[table]
    ]
    standing = lake.standing()
    assert standing is not None
    people = standing.identity.assignments.select("source", "customer_id", **{RECORD: "key"})
    found = pl.concat(parts).with_columns(row=begins()).join(people, on=["source", RECORD])
    true = pl.DataFrame(owners).select("source", "row", "person", "company")
    joined = found.join(true, on=["source", "row"], how="left")
    assert joined.filter(pl.col("person").is_null()).is_empty()
    whole = pl.when(pl.col("company") == "").then("person").otherwise("company")
    return joined.with_columns(company=whole)


def pairs(*labels) -> int:
    """How many pairs agree in all of these labels."""
    return sum(n * (n - 1) // 2 for n in Counter(zip(*labels, strict=True)).values())


def precision_and_recall(found, true):
    both = pairs(found, true)
    return both / pairs(found), both / pairs(true)


def test_every_row_is_read_or_counted(first):
    counts = {one["name"]: one for one in first[1]["sources"]}
    settings = read_settings(first[0] / "jejak.toml")
    assert set(counts) == {spec.name for spec in settings.sources}
    for one in counts.values():
        assert one["rows_read"] == one["rows_kept"] + one["rows_quarantined"] > 0
    aside = {name: one["reasons"] for name, one in counts.items() if one["rows_quarantined"]}
    assert set(aside) == {"meetings"}
    assert set(aside["meetings"]) == {"no_customer"}
    assert {table.name for table in INPUTS.values()} == {spec.table for spec in settings.sources}


@pytest.mark.parametrize("night", ["first", "second"])
def test_people_and_companies_are_told_apart(night, request):
    rows = rows_with_owners(request.getfixturevalue(night)[0])
    of_people = rows.filter(pl.col("person") != "")
    for some in (
        of_people.unique(["source", RECORD, "person"]),
        of_people.unique(["source", "row", RECORD]),
    ):
        precision, recall = precision_and_recall(some["customer_id"], some["person"])
        assert precision >= 0.99
        assert recall >= 0.99
    companies = rows.unique(["source", RECORD, "company"])
    precision, recall = precision_and_recall(companies["account"], companies["company"])
    assert precision >= 0.99
    assert recall >= 0.99


def submitted(root):
    """The rows of all forms."""
    for path in sorted((root / "sources" / "forms").glob("*.csv")):
        yield from rows_of(path)


def international(office):
    """An office's number, (021) 5550-0001, as it is dialled from abroad."""
    return "+62" + "".join(filter(str.isdigit, office)).removeprefix("0")


def test_what_many_share_is_a_hub_and_what_few_share_is_not(first):
    root = first[0]
    key = bytes.fromhex((root / "identity.key").read_text(encoding="ascii"))
    standing = open_lake(root / "lake").standing()
    assert standing is not None
    hubs = {*standing.identity.hubs["handle"]}
    contacts = rows_of(root / "sources" / "hubspot" / "contacts.csv")
    offices = Counter(one["Phone Number"] for one in contacts if one["Phone Number"])
    shared = [international(number) for number, people in offices.items() if people > 3]
    assert len(shared) > 100
    assert {mark("phone", number, key) for number in shared} <= hubs
    assert mark("phone", "+6281234567890", key) in hubs
    assert mark("device:ga", "1700000000.1731900000", key) in hubs
    signed = {(one["Email"], one["Phone"]) for one in submitted(root)}
    mailboxes = Counter(mail for mail, _ in signed if mail.startswith("info@"))
    busy = [mail for mail, numbers in mailboxes.items() if numbers > 3]
    assert len(busy) > 100
    assert {mark("email", mail, key) for mail in busy} <= hubs
    assert len(hubs) <= len(offices) + len(mailboxes) + 2


def test_stages_are_exactly_as_the_crm_told_them(first):
    root, _ = first
    lake = open_lake(root / "lake")
    meanings = read_settings(root / "jejak.toml").stages.meanings
    local = pl.col("entered_at").dt.convert_time_zone("Asia/Jakarta")
    stated = lake.table("stages").select(
        begins(),
        pl.col("stage").replace_strict(meanings),
        local.dt.strftime("%Y-%m-%d %H:%M"),
    )
    entries = [
        (one["row"], one["stage"], one["entered_at"])
        for one in truth(root, "stages")
        if one["entered_at"] < "2026-06-01"
    ]
    assert sorted(stated.rows()) == sorted(entries)
    history = lake.stage_history()
    assert history.filter(said_by="deal-stages").height == len(entries)
    assert set(history["said_by"]) == {"deal-stages", "rule"}


def test_the_rules_call_churned_who_is_silent_or_without_a_contract(first):
    """Read from the files again; what lies near a limit, or within the dwell, may be either."""
    root, _ = first
    night = datetime.fromisoformat("2026-06-01")
    seen, ends = {}, {}
    for path in sorted((root / "sources" / "app").glob("*.csv")):
        for row in rows_of(path):
            if row["event"] == "login":
                seen[row["account"]] = max(row["happened_at"], seen.get(row["account"], ""))
    for row in rows_of(root / "sources" / "contracts.csv"):
        ends[row["account"]] = datetime.strptime(row["ends_on"], "%d/%m/%Y")  # noqa: DTZ007
    silent = {one: (night - datetime.fromisoformat(at)).days for one, at in seen.items()}
    over = {one: (night - ends[one]).days for one in seen}
    gone = {one for one in seen if silent[one] > 50 or over[one] > 5}
    here = {one for one in seen if silent[one] < 40 and over[one] < 0}
    owners = rows_with_owners(root).select(customer_id="account", company="company").unique()
    accounts = {row["company"]: row["account"] for row in truth(root, "companies")}
    named = stage_at(open_lake(root / "lake").stage_history(), open_lake(root / "lake").as_of)
    churned = named.filter(said_by="rule", stage="churned").join(owners, on="customer_id")
    called = {accounts[company] for company in churned["company"] if company in accounts}
    assert len(gone) > 150
    assert len(here) > 150
    assert gone <= called
    assert not here & called


def test_dollars_are_rupiah_at_the_rate_of_their_day(first):
    root, _ = first
    rates = {row["day"]: Decimal(row["rate"]) for row in rows_of(root / "sources" / "rates.csv")}
    bills = rows_of(root / "sources" / "invoices.csv")
    paid = {row["invoice_no"]: row for row in bills if row["paid_at"]}
    assert {row["currency"] for row in paid.values()} == {"IDR", "USD"}
    expected = {
        key: Decimal(row["amount"])
        * (rates[row["paid_at"][:10]] if row["currency"] == "USD" else 1)
        for key, row in paid.items()
    }
    events = open_lake(root / "lake").events().filter(source="payments")
    assert dict(events.select("source_key", pl.col("value") / 10_000).rows()) == {
        key: float(amount) for key, amount in expected.items()
    }


def test_a_second_night_corrects_what_it_should_and_doubles_nothing(first, second):
    (root, _), (later, facts) = first, second
    before, after = (open_lake(place / "lake").events() for place in (root, later))
    corrected = [row for row in truth(root, "corrections") if row["source"] == "payments"]
    assert facts["rows_corrected"] >= len(corrected) > 10
    old = after.filter(pl.col("superseded_at").is_not_null())
    assert sorted(old["source_key"]) == sorted(row["row"] for row in corrected)
    instant = datetime.fromisoformat(f"{corrected[0]['known_at']}+07:00")
    assert set(old["superseded_at"]) == {instant}
    current = after.filter(pl.col("superseded_at").is_null())
    assert current.select("source", "source_key").is_unique().all()
    key = ["source", "source_key", "occurred_at", "step", "value"]
    lost = before.join(after, on=key, how="anti", nulls_equal=True)
    assert lost.is_empty()
    new = current.join(before, on=["source", "source_key"], how="anti")
    assert 0 < new.height < 500
    assert facts["sources_read_anew"] == facts["sources_gone"] == []


def test_the_same_night_again_adds_nothing(second):
    again, _ = told(second[0], "ingest", "--as-of", SECOND_NIGHT)
    assert (again["rows_new"], again["rows_corrected"]) == (0, 0)


def test_who_leaves_is_learned_better_than_by_baselines_and_the_truth_agrees(
    first, prefect, mlflow_template
):
    root, _ = first
    settings = (root / "jejak.toml").read_text(encoding="utf-8")
    for long, short in LESS.items():
        assert long in settings
        settings = settings.replace(long, short)
    (root / "jejak.toml").write_text(settings, encoding="utf-8")
    shutil.copy(mlflow_template, root / "mlflow.db")
    facts, _ = told(root, "retrain")
    assert facts["promoted"] is True
    assert facts["grade"] in {"A", "B", "C"}
    for metric, is_better in (("auc", float.__gt__), ("log_loss", float.__lt__)):
        measured = {row["predictor"]: row for row in facts["metrics"] if row["metric"] == metric}
        ours = measured.pop("churn")["value"]
        assert is_better(ours, measured["recency_rule"]["value"])
    assert told(root, "score")[0]["customers"] > 150
    scores = pl.read_parquet(root / "out" / "scores.parquet")
    owners = rows_with_owners(root).select(customer_id="account", company="company").unique()
    weeks = pl.DataFrame(truth(root, "drivers")).filter(pl.col("week_from") < "2026-06-01")
    true = weeks.sort("week_from").group_by("company").agg(pl.col("probability").cast(float).last())
    named = scores.join(owners, on="customer_id").join(true, on="company")
    assert named.height == scores.height
    ranked = named.sort("churn_probability", descending=True)["probability"]
    fifth = len(ranked) // 5
    assert ranked.head(fifth).mean() > 3 * ranked.tail(-fifth).mean()
