"""`jejak doctor`: what it prints, how it ends, and that every code is in the guide."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from shops import CUSTOMERS, make_shop, orders, write_orders

from features.health.finding import SEVERITIES, Finding
from features.identity.report import Cluster, HubCount, MatchReport, SourceMatch
from models.learning.readiness import Readiness
from pipelines.cli import main
from pipelines.data.checkup import STOPPED, Checkup
from pipelines.terminal.outcome import EXIT_CODES

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).resolve().parent.parent.parent
ROOMS = ("features/health", "models/judging", "models/learning", "pipelines/data")
CODE = r"\b[SCTLEFIJP]0\d\b"

MENDS = ("one", "two", "three")
HANDLES = """\
[sources.handles]
email = "customer || '@example.com'"

[[sources]]
name = "crm"
kind = "csv"
path = "sources/crm.csv"
table = "customers"

[sources.columns]
valid_from = "since"

[sources.handles]
email = "mail"
"id:crm" = "id"

"""
SCREEN = """
churn: logistic (experimental: a logistic regression, LightGBM only where it
beats that); 2,512 rows of 250 customers at 12 cutoffs, 407 churned, measured at
5. For the next tier: 93 more rows of the rarer kind (407 of 500)

stop S03   source till till till till till till till till till till till till
           till till till till till till till till
stop S03   source site
           - one
           - two
           - three
note S05   till: no latency
ok   T02   events tell the time of the day

40 records are 30 customers  records  matched  across  alone  without handle
crm                               40       20       0     20               1
rolled up to 7 accounts; hubs: 1; moved with an account: 3; merged: 2,
split: 0; biggest: c-1 (4)

customers by stage, as told by    crm  rule
awareness                           0     7
retention                       1,200    22

customers by persona  customers
big                          12
other                         3

Training stops at what is marked stop; mend that first.
Done in 3 s.
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("COLUMNS", "100")
    return make_shop(tmp_path / "shop")


def jejak(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def told(shop, *words):
    done = jejak("doctor", "-w", shop, "--json", *words)
    assert len(done.stdout.splitlines()) == 1, done.output
    return json.loads(done.stdout)


def fired(facts):
    return {one["code"]: one["severity"] for one in facts["findings"] if one["severity"] != "ok"}


def test_a_healthy_shop_has_nothing_to_mend(shop):
    jejak("ingest", "-w", shop)
    facts = told(shop)
    assert fired(facts) == {"S05": "note"}
    assert facts["exit_code"] == 0
    (target,) = facts["targets"]
    assert (target["target"], target["tier"]) == ("churn", "LightGBM")
    assert not target["missing"]


def test_before_ingest_the_files_are_looked_at(shop):
    facts = told(shop)
    assert fired(facts) == {"S02": "note"}
    assert not (shop / "lake").exists()
    (shop / "sources" / "orders.csv").unlink()
    facts = told(shop)
    assert fired(facts) == {"S01": "stop", "S02": "note"}
    assert facts["exit_code"] == STOPPED


def test_missing_rates_stop(shop):
    path = shop / "jejak.toml"
    path.write_text(path.read_text() + '\n[money]\nrates = "sources/rates.csv"\n')
    assert fired(told(shop)) == {"S01": "stop", "S02": "note"}


def test_a_wrong_workspace_file_ends_as_everywhere(shop):
    path = shop / "jejak.toml"
    path.write_text(path.read_text().replace("horizon_days", "horizon_day"))
    done = jejak("doctor", "-w", shop)
    assert done.exit_code == 2
    assert "did you mean `horizon_days`?" in done.stderr


def test_what_stops_comes_first_with_its_mends(shop):
    rows = [row for row in orders() if row["ordered_at"] >= "2025-12-01"]
    write_orders(shop / "sources" / "orders.csv", rows)
    jejak("ingest", "-w", shop)
    done = jejak("doctor", "-w", shop)
    assert done.exit_code == STOPPED
    text = done.stdout
    assert text.startswith("churn: rules (")
    assert text.index("stop E02") < text.index("note S05") < text.index("ok   S01")
    assert "- ingest a longer history" in text
    assert "mend that first" in text


def test_a_lake_of_yesterday_stops(shop):
    jejak("ingest", "-w", shop)
    facts = told(shop, "--as-of", "2026-03-02")
    assert fired(facts)["S02"] == "stop"


def test_a_step_that_no_event_has_stops(shop):
    jejak("ingest", "-w", shop)
    path = shop / "jejak.toml"
    path.write_text(path.read_text().replace('steps = ["order"]', 'steps = ["ordre"]'))
    facts = told(shop)
    assert fired(facts)["E01"] == "stop"
    assert facts["targets"][0]["tier"] == "refused"


def test_a_lake_without_a_past_stops(shop):
    jejak("ingest", "-w", shop)
    facts = told(shop, "--as-of", "2020-03-02")
    assert fired(facts)["E01"] == "stop"
    assert facts["exit_code"] == STOPPED


def test_it_writes_nothing(shop):
    jejak("ingest", "-w", shop)
    before = {path: path.stat().st_mtime_ns for path in shop.rglob("*")}
    jejak("doctor", "-w", shop)
    assert {path: path.stat().st_mtime_ns for path in shop.rglob("*")} == before


def test_no_customer_is_told(shop):
    jejak("ingest", "-w", shop)
    assert CUSTOMERS not in jejak("doctor", "-w", shop).output
    assert CUSTOMERS not in json.dumps(told(shop))


def test_every_finding_is_whole(shop):
    jejak("ingest", "-w", shop)
    for one in told(shop)["findings"]:
        assert one["severity"] in SEVERITIES
        assert len(one["mends"]) == (0 if one["severity"] == "ok" else 3)


def test_who_was_matched_is_told(shop):
    """Every second shopper is in the CRM too, under another spelling of the address."""
    in_crm = [f"{n},{CUSTOMERS}{n:03d}@Example.com,2025-01-01" for n in range(0, 250, 2)]
    crowd = [f"x{n},info@example.com,2025-01-01" for n in range(40)]
    lines = "\n".join(["id,mail,since", *in_crm, *crowd])
    (shop / "sources" / "crm.csv").write_text(lines + "\n", encoding="utf-8")
    path = shop / "jejak.toml"
    handles = path.read_text().replace('customer_id = "customer"\n', "", 1)
    path.write_text(handles.replace("[churn]", HANDLES + "[churn]", 1))
    assert jejak("ingest", "-w", shop).exit_code == 0
    facts = told(shop)
    matched = {one["source"]: one["across"] for one in facts["identity"]["sources"]}
    assert matched == {"orders": 125, "crm": 125}
    assert facts["identity"]["customers"] == 250 + 40
    assert fired(facts)["I01"] == "note"
    text = jejak("doctor", "-w", shop).stdout
    assert "415 records are 290 customers" in text
    assert "hubs: 1" in text


def test_a_checkup_reads_well(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    Checkup(
        as_of=datetime(2026, 3, 1, tzinfo=UTC),
        findings=(
            Finding(code="T02", severity="ok", sentence="events tell the time of the day"),
            Finding(code="S05", severity="note", sentence="till: no latency", mends=MENDS),
            Finding(code="S03", severity="stop", sentence=f"source {'till ' * 20}", mends=MENDS),
            Finding(code="S03", severity="stop", sentence="source site", mends=MENDS),
        ),
        targets=(
            Readiness(
                target="churn",
                tier="logistic",
                rows=2512,
                customers=250,
                churned=407,
                cutoffs=12,
                origins=5,
                missing=("93 more rows of the rarer kind (407 of 500)",),
            ),
        ),
        matches=MatchReport(
            records=40,
            customers=30,
            sources=(
                SourceMatch(
                    source="crm", records=40, matched=20, across=0, alone=20, without_handle=1
                ),
            ),
            hubs=(HubCount(kind="email", handles=1, records=9),),
            biggest=(Cluster(customer_id="c-1", records=4, sources=1),),
            merges=2,
            splits=0,
            moves=3,
        ),
        accounts=7,
        stages={
            "crm": {"awareness": 0, "retention": 1200},
            "rule": {"awareness": 7, "retention": 22},
        },
        personas={"big": 12, "other": 3},
    ).text(3.2)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "\n".join(lines).strip() == SCREEN.strip()


def test_every_code_is_in_the_guide_and_no_other():
    sources = [path for room in ROOMS for path in (HOUSE / room).glob("*.py")]
    used = {code for path in sources for code in re.findall(f'"({CODE})"', path.read_text())}
    guide = (HOUSE / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert set(re.findall(rf"(?m)^\| ({CODE}) \|", guide)) == used


def test_its_exit_code_is_documented():
    assert STOPPED in EXIT_CODES
    assert f"| {STOPPED} |" in (HOUSE / "docs" / "exit-codes.md").read_text(encoding="utf-8")
