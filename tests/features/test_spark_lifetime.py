"""Spark's coming and going: what it leaves behind, and what is said when it cannot come."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sparked import HERE, ON_TWO, PACKAGES, squares

from features.engine.partitions import ComputeParams
from features.engine.shipping import exchange
from features.engine.spark import on_spark
from features.errors import WorkspaceInvalid

pytestmark = pytest.mark.slow


def test_spark_leaves_this_process_as_it_was(tmp_path):
    before = [*sys.path], signal.getsignal(signal.SIGINT)
    with on_spark(ON_TWO, tmp_path / "spark", PACKAGES):
        pass
    with on_spark(ON_TWO, tmp_path / "spark", PACKAGES) as again:
        assert sum(table.num_rows for table in again.map(squares, [1, 2])) == 3
    assert (sys.path, signal.getsignal(signal.SIGINT)) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("master", "why"),
    [("lokal", "Master must either be yarn or start with"), ("local[x]", "Could not parse Master")],
)
def test_an_address_that_is_none_is_refused(tmp_path, master, why):
    params = ComputeParams(engine="spark", master=master)
    with pytest.raises(WorkspaceInvalid, match=why), on_spark(params, tmp_path, PACKAGES):
        pass


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("", "No such file"),
        ("Error: A JNI error\njava.lang.UnsupportedClassVersionError: too new", "too new"),
    ],
)
def test_without_a_fitting_java_it_is_named(tmp_path, monkeypatch, says, why):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if says:
        (tmp_path / "bin").mkdir()
        java = tmp_path / "bin" / "java"
        java.write_text(f"#!/bin/sh\nprintf '%s\\n' '{says}' >&2\nexit 1\n")
        java.chmod(0o755)
    with (
        pytest.raises(WorkspaceInvalid, match=rf"{why}.*install Java 17 or later"),
        on_spark(ON_TWO, tmp_path / "spark", PACKAGES),
    ):
        pass


KILLED = """
import sys
from functools import partial
from pathlib import Path
from features.engine.partitions import ComputeParams
from features.engine.spark import on_spark
from sparked import WITH_TESTS, asleep

params = ComputeParams(engine="spark", master="local[2]", spark=WITH_TESTS)
with on_spark(params, Path("spark"), ("features",)) as engine:
    list(engine.map(partial(asleep, mark=Path("mark").resolve()), [0, 1]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_kill_leaves_no_process(tmp_path, how):
    house = str(Path(HERE).parent)
    paths = os.pathsep.join([house, HERE])
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
        stderr=subprocess.DEVNULL,
    )
    try:
        marks = [tmp_path / f"mark.{place}" for place in (0, 1)]
        _wait(lambda: all(mark.exists() and mark.read_text() for mark in marks))
        ours = {run.pid, *_descendants(run.pid), *(int(mark.read_text()) for mark in marks)}
        assert len(ours) >= 4
        run.send_signal(how)
        run.wait(60)
        _wait(lambda: not any(_alive(pid) for pid in ours))
    finally:
        run.kill()
        run.wait()
    with exchange(tmp_path / "spark"):
        pass
    assert not (tmp_path / "spark").exists(), "who comes next clears away"


def _wait(until) -> None:
    end = time.monotonic() + 100
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


def _descendants(pid: int) -> set[int]:
    listed = subprocess.check_output(["ps", "-eo", "pid=,ppid="], text=True)  # noqa: S607
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found = {pid}
    for _ in range(5):
        found |= {child for child, parent in parents if parent in found}
    return found


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
