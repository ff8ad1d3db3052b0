"""A workspace's own features through the real commands: learned, scored, missed, mended."""

import pytest
from click.testing import CliRunner
from prepared import OWN
from running import told

from pipelines.cli import main
from serving.registry import Registry

pytestmark = pytest.mark.slow


def test_it_is_learned_scored_and_listed(shop):
    champion, _ = Registry(shop).champion()
    assert "web_share" in champion.features
    assert "web_share" in champion.booster().feature_name()
    assert told(shop, "score")[0]["customers"] > 100
    assert "web_share" in {one["name"] for one in told(shop, "features")[0]["features"]}
    document = CliRunner().invoke(main, ["features", "-w", str(shop), "--markdown"]).stdout
    assert "| `web_share` | share | - | share of the orders on the web, halved;" in document
    assert told(shop, "features", "--check", "--family", "own")[0]["breaches"] == []


def test_words_may_change_and_others_may_come(shop):
    before, _ = told(shop, "score")
    more = OWN.replace("Share of", "Part of") + OWN[OWN.index("@") :].replace("web_", "www_")
    (shop / "jejak_features.py").write_text(more)
    after, _ = told(shop, "score")
    assert (after["run_id"], after["is_new"]) == (before["run_id"], False)


def test_a_model_without_it_is_refused_by_name(shop):
    (shop / "jejak_features.py").unlink()
    refusal, _ = told(shop, "score", code=4)
    assert "missing: web_share" in refusal["what"]
    assert "restore their definitions" in refusal["mend"]


def test_a_changed_helper_changes_it(shop):
    (shop / "jejak_features.py").write_text(OWN.replace("HALF = 2", "HALF = 3"))
    assert "changed: web_share" in told(shop, "score", code=4)[0]["what"]


def test_a_broken_file_is_told_by_whoever_needs_it(shop):
    (shop / "jejak_features.py").write_text(OWN + "this is no Python\n")
    for verb in ("score", "features"):
        assert told(shop, verb, code=2)[0]["where"].endswith("jejak_features.py, line 12")
    assert told(shop, "doctor", code=6)[0]["findings"][0]["code"] == "F01"
