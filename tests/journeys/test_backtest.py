"""Months of a shop lived again: what a run of that day would have said, to the bit."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from running import HOUSE, told
from shops import CUSTOMERS, make_shop, orders

from serving.registry import Registry

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]

DAY = "2026-01-10"
WORDS = ("backtest", "--every", "28", "--from", "2026-01-05")
QUICK = {
    "rounds = 60": "rounds = 20",
    "seeds = 2": "seeds = 1",
    "history_days = 84": "history_days = 84\norigins = 3",
    "windows_days = [14, 28, 56]": 'windows_days = [14, 28]\nfamilies = ["recency", "rhythm"]',
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop with many customers and little to learn of each."""
    root = make_shop(tmp_path_factory.mktemp("backtest") / "shop", orders(customers=600))
    settings = (root / "jejak.toml").read_text(encoding="utf-8")
    for slow, quick in QUICK.items():
        assert slow in settings
        settings = settings.replace(slow, quick)
    (root / "jejak.toml").write_text(settings, encoding="utf-8")
    told(root, "ingest")
    return root


@pytest.fixture(scope="module")
def lived(shop, prefect):
    """The shop with its months lived again, and what was said of them."""
    return told(shop, *WORDS)


def test_it_tells_every_month_and_writes_nothing_but_its_own_files(shop, lived):
    facts, said = lived
    assert [day["day"] for day in facts["days"]] == ["2026-01-10", "2026-02-07"]
    pooled = {row["predictor"] for row in facts["pooled"] if row["origin"] == "pooled"}
    assert pooled >= {"churn", "recency_rule", "rfm_regression"}
    assert sum(day["rows"] for day in facts["days"]) > 200
    assert "2026-02-07 (2 of 2)" in said
    assert not (shop / "mlflow.db").exists()
    assert not (shop / "jejak.db").exists()
    assert not (shop / "out").exists()


def number(customer):
    return int.from_bytes(hashlib.sha256(customer.encode()).digest()[:8], signed=True)


def test_a_month_says_what_a_run_of_that_day_would_have_said(
    shop, lived, tmp_path, mlflow_template
):
    facts, _ = lived
    then = Path(shutil.copytree(shop, tmp_path / "then"))
    shutil.copy(mlflow_template, then / "mlflow.db")
    trained, _ = told(then, "retrain", "--as-of", DAY)
    Registry(then).promote(trained["model_version"])
    told(then, "score", "--as-of", DAY)
    scores = pd.read_parquet(then / "out" / "scores.parquet")
    said = dict(zip(map(number, scores["customer_id"]), scores["churn_probability"], strict=True))
    rows = pd.read_parquet(Path(facts["folder"]) / f"{DAY}.parquet")
    assert len(rows) > 50
    assert dict(zip(rows["customer"], rows["churn"], strict=True)) == said
    (day,) = [one for one in facts["days"] if one["day"] == DAY]
    assert day["model"]["grade"] == trained["grade"]


def test_no_customer_is_named_in_what_is_kept(prefect, lived):
    kept = [path for path in Path(lived[0]["folder"]).iterdir() if path.is_file()]
    assert len(kept) == 5
    text = (prefect.home / "prefect.db").read_bytes()
    assert not any(CUSTOMERS.encode() in one for one in (text, *(p.read_bytes() for p in kept)))


def test_killed_at_any_instant_it_goes_on_where_it_was(shop, lived, tmp_path):
    again = Path(shutil.copytree(shop, tmp_path / "again"))
    shutil.rmtree(again / "backtest")
    words = ["-m", "pipelines.cli", *WORDS, "-w", str(again)]
    for done in (0, 1):
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=HOUSE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and len(finished(again)) < done:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = finished(again)
        assert len(before) >= done
    facts, said = told(again, *WORDS)
    assert f"({len(before)} of 2)" not in said
    assert facts["days"] == lived[0]["days"]
    assert facts["pooled"] == lived[0]["pooled"]


def finished(root):
    return [path for path in (root / "backtest").glob("*/*.json") if json.loads(path.read_text())]


def test_a_month_without_a_history_is_refused_by_name(shop):
    refused, _ = told(shop, "backtest", "--from", "2026-02", "--to", "2026-01", code=3)
    assert "no such day" in refused["what"]
