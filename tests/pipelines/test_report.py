"""The report of a real workspace: two equal files, the same again, and nobody named."""

from datetime import timedelta

import pytest
from running import told

from features.errors import DataRefused
from pipelines.data.ingest import snapshot_until
from pipelines.loop.report import mapped
from pipelines.workspace import open_workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reported(trained, tmp_path_factory):
    """A shop with its report, and what the command said of it."""
    root = trained.copy(tmp_path_factory.mktemp("report") / "shop")
    facts, _ = told(root, "report", "--language", "id")
    return root, facts


def test_it_is_kept_under_its_day_and_as_the_newest(reported):
    root, facts = reported
    day = open_workspace(root).cutoff(None).date().isoformat()
    newest = root / "reports" / "journey.html"
    assert facts["file"] == str(root / "reports" / f"journey-{day}.html")
    assert newest.read_bytes() == (root / "reports" / f"journey-{day}.html").read_bytes()
    assert len(newest.read_bytes()) == facts["bytes"]
    assert '<html lang="id">' in newest.read_text(encoding="utf-8")


def test_no_customer_is_named(reported):
    root, facts = reported
    workspace = open_workspace(root)
    snapshot = snapshot_until(workspace, workspace.cutoff(None))
    names = set(snapshot.events()["customer_id"].unique())
    html = (root / "reports" / "journey.html").read_text(encoding="utf-8")
    assert [name for name in names if f'"{name}"' in html or f">{name}<" in html] == []
    assert [name for name in names if name in str(facts["summary"])] == []


def test_the_same_day_told_again_is_the_same_page(reported):
    root, _ = reported
    before = (root / "reports" / "journey.html").read_bytes()
    told(root, "report", "--language", "id")
    assert (root / "reports" / "journey.html").read_bytes() == before


def test_an_earlier_day_is_not_the_newest(reported):
    root, facts = reported
    before = (root / "reports" / "journey.html").read_bytes()
    day = open_workspace(root).cutoff(None).date() - timedelta(days=30)
    earlier, _ = told(root, "report", "--as-of", day.isoformat(), "--language", "id")
    assert earlier["file"] == str(root / "reports" / f"journey-{day}.html")
    assert earlier["newest"] == facts["newest"]
    assert (root / "reports" / "journey.html").read_bytes() == before


def test_why_nobody_looked_for_pains_is_told(reported, monkeypatch):
    def refuse(*_, **__):
        raise DataRefused("there are 302 different steps")

    monkeypatch.setattr("pipelines.loop.report.question_of", refuse)
    root, _ = reported
    facts, _ = told(root, "report", "--language", "en")
    assert "302 different steps" in facts["summary"][0]
    assert "302 different steps" in (root / "reports" / "journey.html").read_text("utf-8")


def test_an_earlier_day_knows_less(reported):
    root, _ = reported
    workspace = open_workspace(root)
    now = workspace.cutoff(None)
    snapshot = snapshot_until(workspace, now)
    today, earlier = (
        mapped(workspace, snapshot, cutoff).touches["events"].sum()
        for cutoff in (now, now - timedelta(days=30))
    )
    assert 0 < earlier < today
