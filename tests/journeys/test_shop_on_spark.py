"""The shop's journey with Spark as its engine: the same models, scores and files."""

import shutil
from pathlib import Path

import pytest
from running import jejak
from shops import make_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SPARK = '\n[compute]\nengine = "spark"\nmaster = "local[2]"\n'
CHANGING = ("seconds", "files", "report")


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """Two shops with one lake; the second works with Spark."""
    here = make_shop(tmp_path_factory.mktemp("journey") / "here")
    jejak(here, "ingest")
    there = Path(shutil.copytree(here, here.with_name("there")))
    settings = there / "jejak.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + SPARK, encoding="utf-8")
    return here, there


def told(root, *words):
    facts, said = jejak(root, *words)
    return {name: value for name, value in facts.items() if name not in CHANGING}, said


def test_spark_learns_and_scores_what_this_machine_does(shops):
    here, there = shops
    alone, _ = told(here, "retrain")
    learned, _ = told(there, "retrain")
    assert learned == alone
    told(here, "score")
    scored, said = told(there, "score")
    assert scored["customers"] > 50
    assert {path.name: path.read_bytes() for path in (there / "out").iterdir()} == {
        path.name: path.read_bytes() for path in (here / "out").iterdir()
    }
    assert said.splitlines() == [line for line in said.splitlines() if "Scoring" in line]
    assert not (there / ".spark").exists()


def test_without_java_the_night_ends_with_its_reason(shops, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    facts, _ = jejak(shops[1], "score", code=2)
    assert "install Java 17 or later" in str(facts)
