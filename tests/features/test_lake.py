"""The lake: equal rows give equal bytes, and a reader always sees one whole snapshot."""

import errno
import os
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import readings
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import durable, lake
from features.contracts import CUSTOMERS, EVENTS, INPUTS, QUARANTINE, check
from features.errors import DataRefused
from features.lake import Intake
from features.sources import SourceSpec, read

AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
VISITS = SourceSpec(
    name="visits",
    kind="csv",
    path="visits.csv",
    columns={"customer_id": "who", "occurred_at": "at", "channel": "'web'", "step": "what"},
)
PEOPLE = SourceSpec(
    name="people",
    kind="csv",
    path="people.csv",
    table="customers",
    columns={"customer_id": "who", "valid_from": "'2026-01-01'"},
    attributes=("plan",),
)


def visits(*days):
    return [
        {"who": name, "at": f"2026-03-{day:02}", "what": f"step {day % 3}"}
        for day in days
        for name in ("ana", "budi", "citra", "dewi")
    ]


def prepared(folder: Path, rows: list[dict[str, str]], partitions: int = 16):
    """These visits on their way into a lake."""
    pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)).write_csv(folder / "visits.csv")
    (folder / "people.csv").write_text("who,plan\nana,gold\nbudi,basic\n")
    intake = Intake(partitions=partitions)
    told = {"as_of": AS_OF, "zone": UTC_ZONE, "max_quarantine_share": 1}
    return intake, read([VISITS, PEOPLE], folder, intake, **told)


def write(root: Path, rows: list[dict[str, str]], *, partitions: int = 16, **options):
    """One night: these visits in the lake under `root`."""
    return lake.write(root, *prepared(root.parent, rows, partitions), **options)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.parquet")}


ROWS = [*visits(1, 2, 3), {"who": "", "at": "2026-03-01", "what": "x"}]


rows_of_file = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["ana", "budi", "citra", " ana", "é", ""]),
            "at": st.sampled_from(["2026-03-01", "2026-03-02T10:00Z", "2026-03-02", "x"]),
            "what": st.sampled_from(["visit", "call", " "]),
            "value": st.sampled_from(["1", "2.5", "", "many"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25)
@given(rows=rows_of_file, shuffle=st.randoms())
def test_order_of_rows_and_columns_changes_no_byte(rows, shuffle, tmp_path_factory):
    names = shuffle.sample(list(rows[0]), 4)
    other = [{name: row[name] for name in names} for row in shuffle.sample(rows, len(rows))]
    written = []
    for table in (rows, other):
        folder = tmp_path_factory.mktemp("lake")
        write(folder / "lake", table, partitions=3)
        written.append(files(folder / "lake"))
    first, second = (
        {name: content for name, content in one.items() if not name.startswith("quarantine")}
        for one in written
    )
    assert first == second


def test_writing_twice_is_writing_once(tmp_path):
    root = tmp_path / "lake"
    first = write(root, ROWS)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.*")}
    again = write(root, ROWS)
    assert again.snapshot.manifest.hash == first.snapshot.manifest.hash
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.*")} == before
    assert (first.new, first.corrected, again.new, again.corrected) == (14, 0, 0, 0)


def test_what_is_written_is_read(tmp_path):
    write(tmp_path / "lake", ROWS, currency="IDR")
    snapshot = lake.open_lake(tmp_path / "lake")
    told = readings.read(
        [VISITS, PEOPLE], tmp_path, as_of=AS_OF, zone=UTC_ZONE, max_quarantine_share=1
    )
    order = ["customer_id", "occurred_at", "source", "source_key"]
    assert_frame_equal(snapshot.events().sort(order), told.events.sort(order))
    assert_frame_equal(snapshot.customers(), told.customers, check_row_order=False)
    assert_frame_equal(snapshot.quarantine(), told.quarantine)
    for table, frame in (
        (EVENTS, snapshot.events()),
        (CUSTOMERS, snapshot.customers()),
        (QUARANTINE, snapshot.quarantine()),
    ):
        check(table, frame)
    assert (snapshot.as_of, snapshot.watermark) == (AS_OF, AS_OF)
    assert snapshot.manifest.currency == "IDR"
    assert [source["rows_read"] for source in snapshot.manifest.sources] == [13, 2]


def test_a_customer_is_whole_in_one_partition_sorted_by_time(tmp_path):
    parts = list(write(tmp_path / "lake", ROWS, partitions=4).snapshot.partitions())
    places = [zlib.crc32(name.encode()) % 4 for name in ("ana", "budi", "citra", "dewi")]
    assert len(parts) == len(set(places))
    assert sum(part["customer_id"].n_unique() for part in parts) == 4
    for part in parts:
        assert_frame_equal(part, part.sort("customer_id", "occurred_at", "source", "source_key"))
        assert {zlib.crc32(name.encode()) % 4 for name in part["customer_id"]} <= set(places)


def test_empty_tables_keep_their_columns(tmp_path):
    snapshot = write(tmp_path / "lake", [{"who": "", "at": "", "what": ""}]).snapshot
    for name, table in INPUTS.items():
        assert check(table, snapshot.table(name)).is_empty() or name == "customers"
    assert list(snapshot.partitions()) == []


def test_a_reader_keeps_its_snapshot_through_one_more_night(tmp_path):
    root = tmp_path / "lake"
    held = write(root, visits(1)).snapshot
    rows = held.events()
    write(root, visits(1, 2))
    assert_frame_equal(held.events(), rows)
    latest = write(root, visits(1, 2, 3)).snapshot
    with pytest.raises(DataRefused, match="missing or damaged"):
        held.events()
    kept = latest.manifest.files
    assert kept < set(files(root))
    write(root, visits(1, 2, 3, 4))
    write(root, visits(1, 2, 3, 4, 5))
    assert not kept & {name for name in files(root) if name.startswith("events")}


def test_a_night_writes_only_the_partitions_that_changed(tmp_path):
    root = tmp_path / "lake"
    write(root, visits(1, 2))
    before = {name for name in files(root) if name.startswith("events")}
    write(root, [*visits(1, 2), {"who": "ana", "at": "2026-03-05", "what": "call"}])
    place = f"events/{zlib.crc32(b'ana') % 16:03d}-"
    after = {name for name in lake.open_lake(root).manifest.files if name.startswith("events")}
    assert before ^ after == {n for n in before | after if n.startswith(place)}


def test_what_an_export_tells_no_more_stays_in_the_lake(tmp_path):
    root = tmp_path / "lake"
    write(root, visits(1, 2))
    again = write(root, visits(2, 3))
    assert again.snapshot.events().height == 12
    assert (again.new, again.corrected) == (4, 0)


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
from test_lake import visits, write
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
