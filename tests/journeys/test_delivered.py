"""A published night brought to a CRM by the command, as whoever runs it sees it."""

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from calls import CANARY, place
from click.testing import CliRunner
from running import HOUSE, jejak

from pipelines.cli import main
from pipelines.night.gating import Accepting
from pipelines.night.score import score_customers
from serving.rehearsal.faults import Fault
from serving.rehearsal.hubspot import HubSpotStub
from serving.rehearsal.hubspot_portal import Property

pytestmark = pytest.mark.slow

KEY = "customer_key"
FIELDS = {
    KEY: Property(unique=True),
    "churn_score": Property(kind="number"),
    "band": Property(),
}
DESTINATION = """
[[destinations]]
name = "crm"
kind = "hubspot"
loopback = true

[destinations.fields]
churn_score = "churn_probability"
band = "risk_band"

[destinations.options]
url = "{url}"

[destinations.secrets]
token = "env:CRM_TOKEN"
"""


@pytest.fixture(scope="module")
def crm():
    """The address of a CRM, whose account each test makes anew."""
    with place() as here:
        yield here


@pytest.fixture(scope="module")
def scored(trained, crm, tmp_path_factory):
    """A shop whose night is published, and which names the CRM."""
    root = trained.copy(tmp_path_factory.mktemp("scored") / "shop")
    settings = root / "jejak.toml"
    settings.write_text(settings.read_text() + DESTINATION.format(url=crm.url))
    score_customers(root, None, Accepting())
    return root


@pytest.fixture
def shop(scored, crm, tmp_path, monkeypatch):
    """The shop, with a CRM that holds nobody; a second delivery need not wait for its window."""
    monkeypatch.setattr("serving.delivery.delivering.FIRST_PACE", (100, 0.1))
    monkeypatch.setenv("CRM_TOKEN", CANARY)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    crm.stub = HubSpotStub(now=lambda: datetime.now(UTC), properties=FIELDS)
    crm.stub.token = CANARY
    yield Path(shutil.copytree(scored, tmp_path / "shop"))
    assert [path for path in tmp_path.rglob("*") if CANARY.encode() in _bytes(path)] == []


def _bytes(path):
    return path.read_bytes() if path.is_file() else b""


def deliver(root, *words, code=0):
    """What the command prints."""
    done = CliRunner().invoke(main, ["deliver", *words, "-w", str(root)])
    assert done.exit_code == code, done.output
    assert CANARY not in done.output
    assert "…" not in done.output
    assert "Traceback" not in done.output
    return done.output


def held(crm):
    """The probabilities that the CRM holds."""
    people = crm.stub.portal.by(KEY)
    return {key: float(one["churn_score"]) for key, one in people.items() if "churn_score" in one}


def published(root):
    """The probabilities of the published night, as they are delivered."""
    scores = pd.read_parquet(root / "out" / "scores.parquet")
    return dict(zip(scores["customer_id"], scores["churn_probability"].round(4), strict=True))


def test_what_is_published_arrives_once_and_a_suppressed_customer_is_cleared(shop, crm):
    told, said = jejak(shop, "deliver")
    (books,) = told["destinations"]
    assert (books["scored"], books["pending"]) == (books["acknowledged"], 0)
    assert held(crm) == pytest.approx(published(shop), abs=1e-4)
    assert CANARY not in said + str(told)
    assert "Traceback" not in said
    calls = len(crm.stub.journal.calls())
    assert "1 of 1 complete" in deliver(shop)
    assert len(crm.stub.journal.calls()) == calls
    objects, *_ = published(shop)
    CliRunner().invoke(main, ["suppress", objects, "-w", str(shop)], catch_exceptions=False)
    deliver(shop)
    assert objects not in held(crm)
    assert objects in crm.stub.portal.by(KEY)
    assert len(held(crm)) == books["scored"] - 1


def test_a_killed_delivery_goes_on(shop, crm):
    crm.stub.faults.on(1, Fault(wait_seconds=1, commits=False))
    killed = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "deliver", "-w", str(shop)],
        cwd=HOUSE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not _are_sent(shop):
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert held(crm) == {}
    assert "1 of 1 complete" in deliver(shop)
    assert held(crm) == pytest.approx(published(shop), abs=1e-4)
    accepted = [row.key for row in crm.stub.journal.rows() if row.accepted]
    assert sorted(accepted) == sorted(published(shop))


def _are_sent(root):
    with closing(sqlite3.connect(root / "jejak.db", timeout=10)) as store:
        return store.execute("SELECT COUNT(*) FROM outbox WHERE state = 'sent'").fetchone()[0]


def test_a_token_that_is_not_accepted_is_told_in_one_sentence(shop, crm):
    crm.stub.token = "another"  # noqa: S105
    said = deliver(shop, code=10)
    assert said.count("does not accept the secret") == 1
    assert "renew the secret" in said
    assert "0 of 1 complete" in said
    assert held(crm) == {}


def test_a_token_that_is_missing_stops_the_delivery_alone(shop, crm, monkeypatch):
    monkeypatch.delenv("CRM_TOKEN")
    assert "environment variable CRM_TOKEN" in deliver(shop, code=2)
    assert "would set" in deliver(shop, "--dry-run")
    assert crm.stub.journal.calls() == []


def test_a_dry_run_shows_rows_and_calls_and_changes_nothing(shop, crm):
    before = (shop / "jejak.db").read_bytes()
    said = deliver(shop, "--dry-run")
    assert f"would set {len(published(shop))} and clear 0" in said
    shown = [line.split(":")[0].split()[1] for line in said.splitlines() if "  set " in line]
    assert shown == sorted(published(shop))[:20]
    assert "POST http://127.0.0.1" in said
    assert "Nothing was sent" in said
    assert crm.stub.journal.calls() == []
    assert (shop / "jejak.db").read_bytes() == before


def test_a_rehearsal_reaches_nobody_and_leaves_nothing(shop, crm, monkeypatch):
    monkeypatch.delenv("CRM_TOKEN")
    before = {path: _bytes(path) for path in shop.rglob("*")}
    said = deliver(shop, "--rehearse")
    assert f"holds {len(published(shop))} customers" in said
    assert "nothing left it" in said
    assert crm.stub.journal.calls() == []
    assert {path: _bytes(path) for path in shop.rglob("*")} == before
    deliver(shop, "--rehearse", "--dry-run", code=2)


def test_mistakes_in_a_destination_are_told_all_at_once(shop):
    path = shop / "jejak.toml"
    good = path.read_text()
    path.write_text(good.replace("churn_probability", "churn_probabilty").replace("url", "ulr"))
    said = deliver(shop, code=2)
    assert "did you mean `churn_probability`" in said
    assert "did you mean `url`" in said
    path.write_text(good.replace("loopback = true\n", ""))
    assert "is an address on this machine" in deliver(shop, code=2)
    path.write_text(good)
    assert "did you mean `crm`" in deliver(shop, "--to", "crn", code=2)
