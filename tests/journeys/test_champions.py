"""Champions of a shop: one kept, one forced, rolled back and back again, and another question."""

import shutil
from pathlib import Path

import pytest
from running import told

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect")]


@pytest.fixture(scope="module")
def rivalled(trained, prefect, tmp_path_factory):
    """The shop after a good model and a bad one, and what was said of the bad one."""
    assert trained.facts["promoted"] is True
    assert trained.facts["checks"]
    root = trained.copy(tmp_path_factory.mktemp("champions") / "shop")
    settings = root / "jejak.toml"
    settings.write_text(settings.read_text().replace("rounds = 60", "rounds = 1"))
    return root, told(root, "retrain")[0]


@pytest.fixture
def shop(rivalled, tmp_path):
    return Path(shutil.copytree(rivalled[0], tmp_path / "moved"))


def versions(root):
    models = told(root, "models")[0]["models"]
    return {one["version"]: one for one in models if one["question"] == "churn"}


def test_a_worse_recipe_is_measured_beside_the_champions_and_kept(rivalled):
    root, facts = rivalled
    assert facts["promoted"] is False
    found = {check["code"]: check for check in facts["checks"]}
    assert found["M02"]["passed"] is True
    assert found["M03"]["passed"] is False
    assert "beside the champion" in found["M03"]["sentence"]
    assert "M04" in found
    kept = versions(root)
    assert kept[1]["aliases"] == ["champion"]
    assert kept[2]["aliases"] == ["challenger"]
    assert tuple(kept[2]["obstacles"]) == tuple(facts["obstacles"])


def test_what_is_forced_is_named_scores_and_is_rolled_back(shop):
    told(shop, "retrain", "--promote", "force", code=2)
    facts, _ = told(shop, "retrain", "--promote", "force", "--why", "a test of force")
    assert (facts["promoted"], facts["forced_why"]) == (True, "a test of force")
    forced = versions(shop)[3]
    assert forced["aliases"] == ["champion"]
    assert (forced["forced_by"], forced["forced_why"]) == (facts["forced_by"], "a test of force")
    assert told(shop, "score")[0]["model_version"] == 3
    assert told(shop, "rollback")[0] | {"seconds": 0} == {
        "status": "done",
        "exit_code": 0,
        "question": "churn",
        "champion": 1,
        "previous": 3,
        "seconds": 0,
    }
    back, _ = told(shop, "score", "--accept", "G07", "--why", "the one before the forced one")
    assert (back["model_version"], back["accepted"]) == (1, ["G07"])
    assert told(shop, "rollback")[0]["champion"] == 3


def test_without_one_before_there_is_nothing_to_roll_back(shop):
    refused, said = told(shop, "rollback", code=4)
    assert "no champion of churn came before" in refused["what"]
    assert "Traceback" not in said


def test_another_definition_is_another_question(shop):
    settings = shop / "jejak.toml"
    settings.write_text(settings.read_text().replace("horizon_days = 21", "horizon_days = 28"))
    facts, _ = told(shop, "retrain", "--promote", "never")
    assert facts["promoted"] is False
    assert facts["obstacles"][0] == "promotion was not asked for"
    assert any("horizon_days 21, now 28" in obstacle for obstacle in facts["obstacles"])
