"""Searches kept in a workspace: broken off, gone on with, begun anew, used again."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, buying
from shops import make_shop

from features.catalog import FeatureParams
from features.errors import WorkspaceInvalid
from features.known.told import Told
from models.learning.training import prepare
from pipelines.training import tuning
from pipelines.training.tuning import Kept, read, said, tuned, write
from pipelines.workspace import open_workspace

pytestmark = pytest.mark.slow

QUICK = replace(
    PARAMS,
    features=FeatureParams(windows_days=(7, 28), families=("recency", "frequency")),
    boosting=replace(PARAMS.boosting, rounds=4, seeds=1),
)
FOUND = {
    "on": "2026-11-22",
    "target": PARAMS.target.as_json(),
    "params": {"learning_rate": 0.02, "rows_per_leaf": 50},
    "log_loss": 0.2,
}


@cache
def prepared():
    return prepare([Told(events=buying())], VOCABULARY, QUICK, watermark=WATERMARK, zone=ZONE)


@pytest.fixture
def shop(tmp_path):
    return open_workspace(make_shop(tmp_path / "shop", rows=[]))


def kept_in(workspace) -> Path:
    return workspace.root / "tuning" / "churn.json"


class Killed(BaseException):
    """What no code inside may catch."""


def searched(workspace, trials):
    return tuned(workspace, prepared(), trials=trials)


def killed(workspace, trials, killed_at, monkeypatch):
    """A search that ends when it has written so often."""
    written = []

    def write_or_die(path, kept):
        if len(written) == killed_at:
            raise Killed
        written.append(kept)
        write(path, kept)

    monkeypatch.setattr(tuning, "write", write_or_die)
    with pytest.raises(Killed):
        searched(workspace, trials)
    monkeypatch.undo()


def undated(kept: Kept) -> Kept:
    return replace(kept, found=kept.found and {**kept.found, "on": ""})


def test_a_search_that_is_killed_goes_on_where_it_was(shop, tmp_path, monkeypatch):
    at_once = open_workspace(make_shop(tmp_path / "other", rows=[]))
    whole = searched(at_once, 2)
    for writes in (0, 2):
        shop.root.joinpath("tuning").mkdir(exist_ok=True)
        kept_in(shop).unlink(missing_ok=True)
        killed(shop, 2, writes, monkeypatch)
        assert len(read(kept_in(shop)).trials) == (writes + 1 if writes else 0)
        again = searched(shop, 2)
        assert again.params == whole.params
        assert undated(read(kept_in(shop))) == undated(read(kept_in(at_once)))


def test_a_further_search_adds_trials_and_a_changed_question_begins_anew(shop, capsys):
    searched(shop, 1)
    first = read(kept_in(shop)).trials
    searched(shop, 2)
    both = read(kept_in(shop))
    assert (both.trials[: len(first)], len(both.trials)) == (first, 4)
    panel = prepared().panel
    turned = panel.rows["label"].where(panel.rows.index > 0, 1 - panel.rows["label"])
    corrected = panel.rows.assign(label=turned)
    tuned(shop, replace(prepared(), panel=replace(panel, rows=corrected)), trials=1)
    anew = read(kept_in(shop))
    assert anew.question != both.question
    assert len(anew.trials) == 2
    told = capsys.readouterr().err
    assert "1 trials are there already; going on to 3." in told
    assert "it is anew" in told


def test_what_was_found_is_used_again_but_for_what_the_workspace_says(shop, capsys):
    assert said(shop.root) == {"rounds", "seeds", "rows_per_leaf"}
    write(kept_in(shop), Kept(found=FOUND))
    boosting = tuned(shop, prepared()).params.boosting
    assert boosting == replace(QUICK.boosting, learning_rate=0.02)
    assert "Reusing parameters tuned on 2026-11-22 with log loss 0.2000." in capsys.readouterr().err


def test_nothing_is_used_of_another_question_or_of_none(shop, capsys):
    assert tuned(shop, prepared()) == prepared()
    write(kept_in(shop), Kept(found={**FOUND, "target": {**FOUND["target"], "horizon_days": 3}}))
    assert tuned(shop, prepared()) == prepared()
    write(kept_in(shop), Kept(found={**FOUND, "params": {}}))
    assert tuned(shop, prepared()) == prepared()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", ["", "[]", '{"trials": [{}]}', '{"trials": [], "more": 1}'])
def test_a_file_that_cannot_be_read_is_refused(shop, text):
    kept_in(shop).parent.mkdir()
    kept_in(shop).write_text(text)
    with pytest.raises(WorkspaceInvalid, match="delete the file"):
        tuned(shop, prepared())


def test_a_parameter_that_cannot_be_is_refused(shop):
    write(kept_in(shop), Kept(found={**FOUND, "params": {"learning_rate": -1}}))
    with pytest.raises(WorkspaceInvalid, match="delete the file"):
        tuned(shop, prepared())


def test_no_customer_is_kept(shop):
    searched(shop, 1)
    text = kept_in(shop).read_text()
    assert "buyer0" not in text
    assert json.loads(text)["found"]["on"] == f"{datetime.now(UTC):%Y-%m-%d}"


LONG = """
import sys
from pathlib import Path
from pipelines.workspace import open_workspace
from pipelines.training.tuning import tuned
from test_tuning import prepared
tuned(open_workspace(Path(sys.argv[1])), prepared(), trials=5)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_instant_loses_no_trial(shop, tmp_path):
    at_once = open_workspace(make_shop(tmp_path / "other", rows=[]))
    searched(at_once, 5)
    here = Path(__file__).resolve()
    path = os.pathsep.join(map(str, (here.parents[2], here.parents[1], here.parent)))
    seen = 0
    for trials in (1, 3):
        process = subprocess.Popen(
            [sys.executable, "-c", LONG, str(shop.root)],
            env={**os.environ, "PYTHONPATH": path},
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and len(read(kept_in(shop)).trials) <= trials:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(read(kept_in(shop)).trials) >= max(seen, trials)
        seen = len(read(kept_in(shop)).trials)
    searched(shop, 5)
    assert undated(read(kept_in(shop))) == undated(read(kept_in(at_once)))
