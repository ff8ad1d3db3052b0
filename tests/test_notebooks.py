"""The notebooks: bare when they are kept, true when they are run."""

import ast
from importlib import import_module
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from running import told

from pipelines.starting.start import begin

HOUSE = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((HOUSE / "notebooks").glob("*.ipynb"))
ROOMS = ("features", "models", "serving", "pipelines")
EVERY_HOUSEHOLD = 6
"""Of so many households one is shopped by in the tests' demo."""

notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind="code"):
    """The cells of one kind, in order."""
    found = nbformat.read(path, as_version=4).cells
    return [cell for cell in found if cell.cell_type == kind]


def parsed(path):
    """The code of a notebook."""
    return ast.parse("\n".join(cell.source for cell in cells(path)))


def executed(path, folder):
    """A notebook run in a folder; `CellExecutionError` where a cell ends with an error."""
    where = {"metadata": {"path": str(folder)}}
    notebook = nbformat.read(path, as_version=4)
    return NotebookClient(notebook, kernel_name="python3", timeout=180, resources=where).execute()


def test_there_are_five():
    assert [path.stem for path in NOTEBOOKS] == [
        "1-meet-the-events",
        "2-one-customer-at-one-cutoff",
        "3-train-by-hand",
        "4-why-this-score",
        "5-add-a-feature",
    ]


@notebooks
def test_nothing_of_a_run_is_kept(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert [cell.outputs for cell in cells(path) if cell.outputs] == []
    assert {cell.execution_count for cell in cells(path)} == {None}
    kept = [cell.metadata for cell in notebook.cells if cell.metadata]
    assert kept == [{"tags": ["picture"]}]


@notebooks
def test_it_begins_with_what_it_needs_and_ends_with_an_assertion(path):
    first, last = cells(path)[0].source, ast.parse(cells(path)[-1].source).body
    assert "`make demo`" in cells(path, "markdown")[0].source
    assert "make demo" in first
    assert isinstance(last[-1], ast.Assert)


@notebooks
def test_a_cell_fits_a_screen(path):
    long = [cell.id for cell in cells(path, "markdown") if len(cell.source) > 1000]
    high = [cell.id for cell in cells(path) if len(cell.source.splitlines()) > 45]
    wide = [cell.id for cell in cells(path) if max(map(len, cell.source.splitlines())) > 100]
    assert (long, high, wide) == ([], [], [])


@notebooks
def test_what_it_imports_is_there(path):
    wanted = [
        (node.module, alias.name)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in ROOMS
        for alias in node.names
    ]
    assert wanted
    assert [each for each in wanted if not hasattr(import_module(each[0]), each[1])] == []


@notebooks
def test_the_guide_shows_its_picture(path):
    guide = (HOUSE / "docs" / "notebooks.md").read_text(encoding="utf-8")
    picture = HOUSE / "docs" / "pictures" / f"{path.stem}.png"
    assert f"(../notebooks/{path.name})" in guide
    assert f"(pictures/{picture.name})" in guide
    assert picture.stat().st_size < 60_000


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A folder for notebooks beside a small demo: every sixth household, ingested."""
    room = tmp_path_factory.mktemp("classroom")
    begin(room / "demo", example="complete-journey", file=None)
    for source in (room / "demo" / "sources").glob("*.parquet"):
        rows = pl.read_parquet(source)
        if "household_id" in rows.columns:
            some = pl.col("household_id") % EVERY_HOUSEHOLD == 1
            rows.filter(some).write_parquet(source)
    told(room / "demo", "ingest")
    (room / "notebooks").mkdir()
    return room / "notebooks"


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """What kernels write of themselves goes into a folder of its own."""
    for place in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(place, str(tmp_path / place.lower()))


@pytest.mark.slow
@notebooks
def test_it_runs_to_its_assertion(path, classroom, kernels):
    before = sorted(classroom.parent.rglob("*"))
    run = executed(path, classroom)
    assert all(cell.execution_count for cell in run.cells if cell.cell_type == "code")
    assert [cell.id for cell in run.cells if "stderr" in said(cell)] == []
    assert sorted(classroom.parent.rglob("*")) == before


def said(cell):
    """Where the text of a cell went."""
    return {output.get("name") for output in cell.get("outputs", ())}


@pytest.mark.slow
def test_without_a_demo_it_says_how_to_make_one(tmp_path, kernels):
    with pytest.raises(CellExecutionError, match="no demo yet: run `make demo`"):
        executed(NOTEBOOKS[0], tmp_path)
