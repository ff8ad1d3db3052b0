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


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_bytes(b"old")

    def full_disk(file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "no space left on device")

    with pytest.raises(OSError, match="no space"):
        durable.write_file(path, full_disk)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"scores.csv": b"old"}


def test_a_file_is_for_its_owner_alone(tmp_path):
    durable.write_bytes(tmp_path / "scores.csv", b"personal")
    assert (tmp_path / "scores.csv").stat().st_mode & 0o077 == 0
