"""The shop's journey with Spark as its engine: the same models, scores and files."""

import shutil

import pytest
from prepared import OWN
from running import jejak, told
from shops import make_shop
from sparked import SOON_UP

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SPARK = f"""
[compute]
engine = "spark"
master = "local[2]"

[compute.spark]
"spark.driver.extraJavaOptions" = "{SOON_UP}"
"""
CHANGING = ("seconds", "files", "report")
SAID = ("Scoring", "Checking the scores")


@pytest.fixture(scope="module")
def shops(trained, mlflow_template, tmp_path_factory):
    """The trained shop, and one that has its lake, knows no model and works with Spark."""
    here = trained.copy(tmp_path_factory.mktemp("journey") / "here")
    there = make_shop(here.with_name("there"))
    (there / "jejak_features.py").write_text(OWN, encoding="utf-8")
    shutil.copy(mlflow_template, there / "mlflow.db")
    shutil.copytree(here / "lake", there / "lake")
    with (there / "jejak.toml").open("a", encoding="utf-8") as settings:
        settings.write(SPARK)
    return here, there


def lasting(facts):
    """What a command says, but for what is never twice the same."""
    return {name: value for name, value in facts.items() if name not in CHANGING}


def test_spark_learns_and_scores_what_this_machine_does(shops, trained, prefect):
    here, there = shops
    assert lasting(told(there, "retrain")[0]) == lasting(trained.facts)
    told(here, "score")
    scored, said = jejak(there, "score")
    assert scored["customers"] > 50
    assert {path.name: path.read_bytes() for path in (there / "out").iterdir()} == {
        path.name: path.read_bytes() for path in (here / "out").iterdir()
    }
    assert said.splitlines() == [line for line in said.splitlines() if line.startswith(SAID)]
    assert not (there / ".spark").exists()


def test_without_java_the_night_ends_with_its_reason(shops, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    facts, _ = told(shops[1], "score", code=2)
    assert "install Java 17 or later" in str(facts)
