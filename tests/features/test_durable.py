"""Files that are there whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from features import durable


def failing(*_, **__):
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(("owner", "call"), [(os, "fsync"), (Path, "replace"), (Path, "open")])
def test_a_failure_leaves_the_former_file(owner, call, tmp_path, monkeypatch):
    path = tmp_path / "manifest.json"
    durable.write_bytes(path, b"former")
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, failing)
        with pytest.raises(OSError, match="Input/output error"):
            durable.write_bytes(path, b"the new one, which is longer")
    assert path.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_of_the_former_file_keeps_it(tmp_path):
    path = tmp_path / "manifest.json"
    durable.write_bytes(path, b"former")
    with path.open("rb") as held:
        durable.write_bytes(path, b"new")
        assert held.read() == b"former"
    assert path.read_bytes() == b"new"
