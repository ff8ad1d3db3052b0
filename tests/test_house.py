"""The house itself: what a linter cannot hold."""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

HOUSE = Path(__file__).resolve().parent.parent
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
ROOMS = ("features", "models", "serving", "pipelines")


def tracked(*patterns: str) -> list[Path]:
    """The files that git keeps and that are still there."""
    listed = subprocess.check_output(
        ["git", "-C", str(HOUSE), "ls-files", "-z", "--", *patterns],  # noqa: S607
        text=True,
    )
    return [path for name in listed.split("\0") if name and (path := HOUSE / name).is_file()]


TEXTS = [path for path in tracked() if path.suffix != ".png"]
SOURCES = [path for path in tracked("*.py") if path.relative_to(HOUSE).parts[0] in ROOMS]


FLOWS = [
    f"{'.'.join(path.relative_to(HOUSE).with_suffix('').parts)}.{name}"
    for path in sorted((HOUSE / "pipelines").rglob("*.py"))
    for name in re.findall(r"(?m)^@flow\b.*\ndef (\w+)", path.read_text(encoding="utf-8"))
]


def named(path: Path) -> str:
    """A file's name inside the house."""
    return path.relative_to(HOUSE).as_posix()


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    """Where a pattern stands, as file:line."""
    sought = re.compile(pattern)
    return [
        f"{named(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if sought.search(line)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_packages_load_from_this_tree(room):
    assert Path(import_module(room).__file__).parent == HOUSE / room


@pytest.mark.parametrize("entrypoint", FLOWS)
def test_a_flow_loads_as_the_scheduler_loads_it(entrypoint):
    from prefect.flows import load_flow_from_entrypoint  # noqa: PLC0415  takes two seconds

    flow = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
    assert flow.name == entrypoint.rpartition(".")[2]


def test_both_flows_are_found():
    assert {"pipelines.night.nightly.nightly", "pipelines.training.retrain.retrain"} <= set(FLOWS)


def test_layers_and_one_library_a_room(monkeypatch, capsys):
    monkeypatch.chdir(HOUSE)
    broken = lint_imports(no_cache=True, no_logo=True)
    assert not broken, capsys.readouterr().out


def test_nothing_is_unpickled_or_evaluated():
    libraries = r"^\s*(import|from) (pickle|cloudpickle|joblib|dill|marshal|shelve)\b"
    calls = r"torch\.load|\bread_pickle|(?<![.\w])eval\(|(?<![.\w])exec\(|yaml\.load\("
    assert lines_with(f"{libraries}|{calls}", SOURCES) == []


def test_every_silenced_check_says_which():
    assert lines_with(r"#\s*(type|pyright):\s*ignore(?!\[)", SOURCES) == []
    assert lines_with(r"#\s*noqa(?!:)", SOURCES) == []


def test_everything_public_is_described():
    silent = [
        f"{named(path)}: {name}"
        for path in SOURCES
        for name, node in public(ast.parse(path.read_text(encoding="utf-8")))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def public(scope: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """Functions, classes and methods that others may use; what stands inside a function is not."""
    for node in scope.body:
        if isinstance(node, FUNCTIONS | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def test_a_file_holds_one_idea():
    long = {named(p): n for p in tracked("*.py") if (n := len(p.read_text().splitlines())) > 300}
    assert long == {}


def test_no_place_of_one_machine_stands_in_the_tree():
    text = [path for path in TEXTS if path.suffix != ".svg"]
    assert lines_with(r"(?<![\w.*$}>-])/(root|home|work|tmp|Users|opt)/\w", text) == []


def test_no_registry_is_named():
    others = [path for path in TEXTS if path.name != "test_house.py"]
    hosts = r"--(extra-)?index-url|--find-links|registry = .http|pypi\.org|pythonhosted"
    assert lines_with(hosts, others) == []


def test_no_data_in_the_tree():
    assert tracked("*.parquet", "*.csv", "*.db", "*.xlsx", "*.feather", "*.jsonl") == []
