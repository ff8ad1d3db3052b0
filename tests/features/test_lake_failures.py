"""The lake when something fails: a reader always sees one whole snapshot."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lakes import ROWS, prepared, visits, write
from polars.testing import assert_frame_equal

from features import durable, lake
from features.errors import DataRefused


class _Failing:
    """Calls of the operating system, of which the n-th fails."""

    def __init__(self, patch, fail_at: int) -> None:
        self.calls, self.fail_at = 0, fail_at
        patch.setattr(os, "fsync", self.counted(os.fsync))
        patch.setattr(Path, "replace", self.counted(Path.replace))
        patch.setattr(Path, "open", self.counted(Path.open))
        patch.setattr(Path, "mkdir", self.counted(Path.mkdir))
        patch.setattr(Path, "unlink", self.counted(Path.unlink))

    def counted(self, call):
        def tried(*args, **options):
            self.calls += 1
            if self.calls == self.fail_at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return call(*args, **options)

        return tried


@pytest.mark.slow
def test_a_failure_at_any_call_leaves_the_former_snapshot_or_the_new_one(tmp_path):
    old, new = visits(1), visits(1, 2)
    fail_at, refused, calls = 0, 0, 0
    while fail_at <= calls:
        fail_at += 1
        root = tmp_path / f"lake{fail_at}"
        former = write(root, old).snapshot
        rows = former.events()
        night = prepared(tmp_path, new)
        with pytest.MonkeyPatch.context() as patch:
            failing = _Failing(patch, fail_at)
            try:
                lake.write(root, *night)
            except DataRefused:
                refused += 1
            calls = failing.calls
        seen = lake.open_lake(root)
        assert seen.events().height in {len(old), len(new)}
        assert_frame_equal(former.events(), rows)
        assert write(root, new).snapshot.events().height == len(new)
        assert [path.name for path in root.rglob(".*")] == [".lock"]
    assert refused > 10


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from lakes import visits, write
root, fail_at, calls = Path(sys.argv[3]), int(sys.argv[4]), 0
def counted(call):
    def tried(*args, **options):
        global calls
        calls += 1
        if calls == fail_at:
            os._exit(9)
        return call(*args, **options)
    return tried
os.fsync, Path.replace, Path.unlink = map(counted, (os.fsync, Path.replace, Path.unlink))
write(root, visits(1, 2, 3), partitions=2)
"""


@pytest.mark.slow
def test_killing_the_writer_leaves_a_whole_snapshot(tmp_path):
    tests = Path(__file__).parent
    outcomes = []
    for fail_at in range(1, 60):
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        root = folder / "lake"
        write(root, visits(1, 2), partitions=2)
        arguments = [str(tests), str(tests.parents[1]), str(root), str(fail_at)]
        command = [sys.executable, "-c", KILLED, *arguments]
        ended = subprocess.run(
            command,
            check=False,
            env={"POLARS_MAX_THREADS": "1", "PYTHONPATH": str(tests.parent)},
        )
        outcomes.append((ended.returncode, lake.open_lake(root).events().height))
        assert write(root, visits(1, 2, 3), partitions=2).snapshot.events().height == 12
        if ended.returncode == 0:
            break
    assert outcomes[0] == (9, 8)
    assert outcomes[-1] == (0, 12)
    assert sorted(outcomes, key=lambda outcome: outcome[1]) == outcomes


def test_what_a_killed_writer_left_unfinished_is_gone_after_the_next(tmp_path):
    write(tmp_path / "lake", visits(1))
    for litter in (".manifest.json.a1b2", "events/.000-abc.parquet.a1b2"):
        (tmp_path / "lake" / litter).write_bytes(b"half")
    write(tmp_path / "lake", visits(1, 2))
    assert [path.name for path in (tmp_path / "lake").rglob(".*")] == [".lock"]


def test_a_second_writer_is_refused(tmp_path):
    root = tmp_path / "lake"
    write(root, ROWS)
    with durable.only_writer(root), pytest.raises(DataRefused, match="another run is writing"):
        write(root, ROWS)
    write(root, ROWS)


def test_a_lake_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataRefused, match="nothing has been ingested yet"):
        lake.open_lake(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": 2}', '{"format": 1}'])
def test_a_damaged_manifest_is_refused_until_the_lake_is_made_anew(text, tmp_path):
    root = tmp_path / "lake"
    write(root, ROWS)
    (root / "manifest.json").write_text(text)
    for attempt in (lambda: lake.open_lake(root), lambda: write(root, ROWS)):
        with pytest.raises(DataRefused, match=r"manifest of the lake cannot be read.*--anew"):
            attempt()
    write(root, ROWS, anew=True)
    assert lake.open_lake(root).events().height == 12


def test_a_flipped_bit_is_refused_until_the_lake_is_made_anew(tmp_path):
    root = tmp_path / "lake"
    snapshot = write(root, ROWS).snapshot
    victim = root / snapshot.manifest.tables["events"][0].file
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    for attempt in (snapshot.events, lambda: write(root, ROWS)):
        with pytest.raises(DataRefused, match=r"missing or damaged.*--anew"):
            attempt()
    write(root, ROWS, anew=True)
    assert snapshot.events().height == 12
