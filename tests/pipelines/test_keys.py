"""The key of a workspace: one for all, for its owner alone, and never guessed when it is broken."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from features.errors import WorkspaceInvalid
from pipelines.settings.keys import FILE_NAME, VARIABLE, workspace_key


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


def test_all_who_ask_at_once_are_given_one_key(tmp_path):
    with ThreadPoolExecutor(8) as crowd:
        keys = set(crowd.map(workspace_key, [tmp_path] * 32))
    assert keys == {bytes.fromhex((tmp_path / FILE_NAME).read_text())}
    assert len(keys.pop()) == 32


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path):
    workspace_key(tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_two_workspaces_have_two_keys(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
    assert workspace_key(tmp_path / "a") != workspace_key(tmp_path / "b")


def test_the_environment_goes_first_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "ab" * 32 + "\n")
    assert workspace_key(tmp_path) == b"\xab" * 32
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", ["", "secret", "ab" * 31, "é" * 64])
def test_a_broken_key_is_refused_and_not_shown(tmp_path, broken):
    (tmp_path / FILE_NAME).write_text(broken, encoding="utf-8")
    with pytest.raises(WorkspaceInvalid, match="64 hexadecimal digits") as refused:
        workspace_key(tmp_path)
    assert not broken or broken not in str(refused.value)
