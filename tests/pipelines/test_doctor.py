"""`jejak doctor`: what it prints, how it ends, and that every code is in the guide."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from shops import CUSTOMERS, make_shop, orders, write_orders

from features.health.finding import SEVERITIES
from pipelines.checkup import STOPPED
from pipelines.cli import main
from pipelines.outcome import EXIT_CODES

HOUSE = Path(__file__).resolve().parent.parent.parent
ROOMS = ("features/health", "models", "pipelines")
CODE = r"\b[SCTLEI]0\d\b"


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
    assert fired(facts) == {"S05": "note", "E05": "note"}
    assert facts["exit_code"] == 0
    (target,) = facts["targets"]
    assert (target["target"], target["tier"]) == ("churn", "logistic")
    assert target["missing"]


def test_before_ingest_the_files_are_looked_at(shop):
    facts = told(shop)
    assert fired(facts) == {"S02": "note"}
    assert not (shop / "lake").exists()
    (shop / "sources" / "orders.csv").unlink()
    facts = told(shop)
    assert fired(facts) == {"S01": "stop", "S02": "note"}
    assert facts["exit_code"] == STOPPED


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
    assert "1 of these stop training" in text


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


def test_every_code_is_in_the_guide_and_no_other():
    sources = [path for room in ROOMS for path in (HOUSE / room).glob("*.py")]
    used = {code for path in sources for code in re.findall(f'"({CODE})"', path.read_text())}
    guide = (HOUSE / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert set(re.findall(rf"(?m)^\| ({CODE}) \|", guide)) == used


def test_its_exit_code_is_documented():
    assert STOPPED in EXIT_CODES
    assert f"| {STOPPED} |" in (HOUSE / "docs" / "exit-codes.md").read_text(encoding="utf-8")
