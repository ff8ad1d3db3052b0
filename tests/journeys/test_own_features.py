"""A workspace's own features through the real commands: learned, scored, missed, mended."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from running import jejak
from shops import make_shop

from pipelines.cli import main
from serving.registry import Registry

pytestmark = pytest.mark.slow

OWN = '''\
from features.authoring import feature
from features.catalog import reads
from features.past import Where

WEB = Where(channel="web")
HALF = 2

@feature(unit="share", needs=reads(WEB), sign=-1)
def web_share(past):
    """Share of the orders on the web, halved; empty before the first."""
    return past.count(WEB) / past.count() / HALF
'''


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A fresh shop with a feature of its own, ingested and trained."""
    root = make_shop(tmp_path_factory.mktemp("own") / "shop")
    (root / "jejak_features.py").write_text(OWN, encoding="utf-8")
    jejak(root, "ingest")
    jejak(root, "retrain")
    return root


@pytest.fixture
def shop(trained, tmp_path):
    """The same in a folder of its own."""
    return Path(shutil.copytree(trained, tmp_path / "shop"))


def told(root, *words, code=0):
    """The same in this process, which need not start."""
    done = CliRunner().invoke(main, [*words, "-w", str(root), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_it_is_learned_scored_and_listed(shop):
    champion, _ = Registry(shop).champion()
    assert "web_share" in champion.features
    assert "web_share" in champion.booster().feature_name()
    assert told(shop, "score")["customers"] > 100
    assert "web_share" in {one["name"] for one in told(shop, "features")["features"]}
    document = CliRunner().invoke(main, ["features", "-w", str(shop), "--markdown"]).stdout
    assert "| `web_share` | share | - | share of the orders on the web, halved;" in document
    assert told(shop, "features", "--check", "--family", "own")["breaches"] == []


def test_words_may_change_and_others_may_come(shop):
    before = told(shop, "score")
    more = OWN.replace("Share of", "Part of") + OWN[OWN.index("@") :].replace("web_", "www_")
    (shop / "jejak_features.py").write_text(more)
    after = told(shop, "score")
    assert (after["run_id"], after["is_new"]) == (before["run_id"], False)


def test_a_model_without_it_is_refused_by_name(shop):
    (shop / "jejak_features.py").unlink()
    refusal = told(shop, "score", code=4)
    assert "missing: web_share" in refusal["what"]
    assert "restore their definitions" in refusal["mend"]


def test_a_changed_helper_changes_it(shop):
    (shop / "jejak_features.py").write_text(OWN.replace("HALF = 2", "HALF = 3"))
    assert "changed: web_share" in told(shop, "score", code=4)["what"]


def test_a_broken_file_is_told_by_whoever_needs_it(shop):
    (shop / "jejak_features.py").write_text(OWN + "this is no Python\n")
    for verb in ("score", "features"):
        assert told(shop, verb, code=2)["where"].endswith("jejak_features.py, line 12")
    assert told(shop, "doctor", code=6)["findings"][0]["code"] == "F01"
