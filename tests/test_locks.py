"""The two locks: complete, hashed, in agreement, and naming no registry."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOUSE = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13")


def blocks(lock: str) -> list[str]:
    """One pin each, with its hashes and comments."""
    text = (HOUSE / lock).read_text(encoding="utf-8")
    return re.split(r"\n(?=\S)", re.sub(r"\A(#.*\n)+", "", text).strip())


def pins(lock: str) -> list[Requirement]:
    """What a lock pins; a name may stand twice, for different Pythons."""
    return [Requirement(re.split(r" *\\?\n", block)[0]) for block in blocks(lock)]


def declared() -> list[Requirement]:
    """What pyproject.toml asks for at run time, and for tests."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    examples = project["optional-dependencies"]["examples"]
    named = [line for group in groups.values() for line in group if isinstance(line, str)]
    return [Requirement(line) for line in (*project["dependencies"], *examples, *named)]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock):
    text = (HOUSE / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock):
    assert [block for block in blocks(lock) if "--hash=sha256:" not in block] == []


def to_run(lock):
    """What a lock installs on this machine."""
    return {
        f"{pin.name}{pin.specifier}"
        for pin in pins(lock)
        if not pin.marker or pin.marker.evaluate()
    }


def test_tests_run_on_what_users_run():
    assert to_run(LOCKS[0]) <= to_run(LOCKS[1])


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("wanted", declared(), ids=lambda wanted: wanted.name)
def test_what_the_project_asks_for_is_locked(wanted, python):
    lock = LOCKS[1]
    versions = [
        next(iter(pin.specifier)).version
        for pin in pins(lock)
        if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
        if pin.marker is None or pin.marker.evaluate(here(python))
    ]
    assert len(versions) == 1
    assert wanted.specifier.contains(versions[0])


def here(python: str) -> dict[str, str]:
    """A Linux machine with that Python."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_machine": "x86_64",
    }
