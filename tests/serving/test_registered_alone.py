"""A registered model answers where this project is not: plain MLflow, another process."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from trials import a_model, a_trial, an_outcome_model, rows, staged_rows

from features.errors import ModelRefused
from serving.registry import Registry

pytestmark = [
    pytest.mark.slow,
    # MLflow 3.17 on its own type hints, when its loader is first imported
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

PREDICTS_ALONE = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("features", "models", "serving", "pipelines"):
            raise ImportError(f"{name} is this project's")

sys.meta_path.insert(0, Blocker())
import mlflow
import pandas as pd

mlflow.set_tracking_uri(sys.argv[1])
frame = pd.read_csv(sys.argv[2])
answers = mlflow.pyfunc.load_model(sys.argv[4]).predict(frame[frame.columns[::-1]])
pd.DataFrame(answers).to_csv(sys.argv[3], index=False, header=False)
"""


@pytest.fixture
def workspace(mlflow_template, tmp_path):
    """A workspace with a name that has to be written otherwise, and nothing recorded."""
    root = tmp_path / "café di & sudut"
    root.mkdir()
    shutil.copy(mlflow_template, root / "mlflow.db")
    return root


def test_a_moved_workspace_finds_its_champion_in_a_process_without_jejak(workspace, tmp_path):
    """Reads back through plain MLflow what the booster says, and only what it says."""
    registry = Registry(workspace)
    registry.promote(registry.record(a_trial()))
    moved = workspace.rename(tmp_path / "moved")
    Registry(moved).champion()
    found = predicted_alone(moved, "models:/churn@champion", rows(seed=9), tmp_path)
    expected = a_model().probabilities(rows(seed=9))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-12)


def test_several_outcomes_are_predicted_in_a_process_without_jejak(workspace, tmp_path):
    registry = Registry(workspace, "progression")
    registry.promote(registry.record(a_trial(name="progression", model=an_outcome_model())))
    assert registry.champion() == (an_outcome_model(), 1)
    moved = workspace.rename(tmp_path / "moved")
    registry = Registry(moved, "progression")
    assert registry.champion()[1] == 1
    tonight = staged_rows(seed=9)
    found = predicted_alone(moved, "models:/progression@champion", tonight, tmp_path)
    np.testing.assert_allclose(found, an_outcome_model().probabilities(tonight), atol=1e-12)
    (folder,) = [path.parent for path in moved.rglob("MLmodel")]
    assert "loader_module: mlflow.pyfunc.loaders.code_model" in (folder / "MLmodel").read_text()
    assert {path.suffix for path in folder.rglob("*")} & {".pkl", ".pickle", ".joblib"} == set()
    (folder / "artifacts" / "answer" / "booster.txt").write_text("tree")
    with pytest.raises(ModelRefused, match="booster of the model was changed"):
        registry.champion()


def predicted_alone(root, model, frame, scratch):
    """What plain MLflow answers, isolated from the working folder and from PYTHONPATH."""
    asked, answers = scratch / "rows.csv", scratch / "answers.csv"
    frame.to_csv(asked, index=False)
    uri = Registry(root).tracking_uri
    subprocess.run(
        [sys.executable, "-I", "-c", PREDICTS_ALONE, uri, str(asked), str(answers), model],
        env=os.environ,
        cwd=scratch,
        check=True,
    )
    return np.loadtxt(answers, delimiter=",", ndmin=2)
