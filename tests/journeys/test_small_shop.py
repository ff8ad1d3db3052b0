"""A shop with few customers: not refused, not lied to, but scored by rules."""

import re
import shutil

import pandas as pd
import pytest
from running import jejak, told
from shops import CUSTOMERS, make_shop, orders

from features.lake import open_lake
from models.answers.rules import BANDS, RulesModel
from serving.registry import Registry

pytestmark = pytest.mark.slow


def test_rules_score_a_shop_in_which_too_few_have_left(tmp_path, mlflow_template):
    root = make_shop(tmp_path / "shop", orders(30))
    shutil.copy(mlflow_template, root / "mlflow.db")
    told(root, "ingest")
    facts, said = jejak(root, "retrain")
    assert (facts["tier"], facts["grade"], facts["promoted"]) == ("rules", "none", True)
    assert "too few for a probability" in facts["why"][0]
    assert "Traceback" not in said
    champion, _ = Registry(root).champion()
    assert isinstance(champion, RulesModel)
    night, _ = told(root, "score")
    assert night["value_at_risk"] in (None, 0.0)
    written = pd.read_parquet(root / "out" / "scores.parquet")
    assert written["churn_probability"].isna().all()
    assert set(written["risk_band"]) <= set(BANDS)
    explained = written["reasons"].map(len).gt(0)
    assert explained.tolist() == written["risk_band"].ne("low").tolist(), "why, where it is needed"
    erased = written["customer_id"].iloc[0]
    assert erased in named(root)
    told(root, "erase", erased, "--yes")
    assert erased not in named(root)
    assert named(root), "the others stay"


def named(root):
    """Every customer whom a file names that jejak keeps: models, Prefect's database and all."""
    files = [path for path in root.rglob("*") if path.is_file() and "sources" not in path.parts]
    assert any(path.name == "mlflow.db" for path in files)
    said = b"".join(path.read_bytes() for path in files)
    said += repr(open_lake(root / "lake").events().to_dict(as_series=False)).encode()
    said += repr(pd.read_parquet(root / "out" / "scores.parquet").to_dict()).encode()
    return {f"{CUSTOMERS}{digits.decode()}" for digits in re.findall(rb"shopper-(\d+)", said)}
