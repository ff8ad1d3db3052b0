"""What the papers say is there: tasks, files, pictures, decisions."""

import re
import subprocess
from pathlib import Path

import pytest

from pipelines.settings.config import read_settings

HOUSE = Path(__file__).resolve().parent.parent
PAPERS = sorted([*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")])
TASKS = re.findall(r"(?m)^([a-z]+):.*## ", (HOUSE / "Makefile").read_text(encoding="utf-8"))


def test_the_two_commands_come_first():
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^ +make (\w+)", readme)
    assert commands[:2] == ["demo", "test"]
    assert readme.index("make test") < readme.index("docs/pictures/demo.svg")


@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_in_the_readme(task):
    assert f"make {task}" in (HOUSE / "README.md").read_text(encoding="utf-8")


def test_the_workspace_file_in_the_readme_is_valid(tmp_path):
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    file = tmp_path / "jejak.toml"
    file.write_text(re.findall(r"(?s)```toml\n(.*?)```", readme)[0], encoding="utf-8")
    settings = read_settings(file)
    assert settings.workspace.name == "Shop"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.relative_to(HOUSE).as_posix())
def test_every_link_leads_somewhere(paper):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", paper.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (paper.parent / link).exists()] == []


def test_every_decision_is_in_the_index():
    folder = HOUSE / "docs" / "decisions"
    records = {path.name for path in folder.glob("[0-9]*.md")}
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert {name for name in records if f"({name})" not in index} == set()
    assert len({name[:4] for name in records}) == len(records)


def test_a_picture_asks_nobody_for_anything():
    for picture in HOUSE.glob("docs/**/*.svg"):
        text = picture.read_text(encoding="utf-8")
        references = re.findall(r"(?:url\(|href=)[\"']?([^\"')]+)", text)
        assert [place for place in references if not place.startswith("#")] == []


@pytest.mark.parametrize("room", ["features", "models", "serving", "pipelines"])
def test_the_map_of_the_house_names_every_module_and_no_other(room):
    page = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition(f"### {room}/\n")[2].partition("\n### ")[0]
    listed = re.findall(r"(?m)^\| `([\w/]+\.py)` \|", section)
    tracked = subprocess.check_output(
        ["git", "-C", str(HOUSE), "ls-files", "--", f"{room}/*.py"],  # noqa: S607
        text=True,
    )
    here = {name.removeprefix(f"{room}/") for name in tracked.split()}
    assert sorted(listed) == sorted(name for name in here if not name.endswith("__init__.py"))
