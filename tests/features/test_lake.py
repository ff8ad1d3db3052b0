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
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import durable, lake
from features.contracts import CUSTOMERS, EVENTS, QUARANTINE, check
from features.errors import DataRefused
from features.sources import Reading, SourceSpec, read

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


def ingested(folder: Path, rows: list[dict[str, str]]) -> Reading:
    pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)).write_csv(folder / "visits.csv")
    (folder / "people.csv").write_text("who,plan\nana,gold\nbudi,basic\n")
    return read([VISITS, PEOPLE], folder, as_of=AS_OF, zone=UTC_ZONE, max_quarantine_share=1)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.parquet")}


@pytest.fixture
def reading(tmp_path):
    return ingested(tmp_path, [*visits(1, 2, 3), {"who": "", "at": "2026-03-01", "what": "x"}])


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
        lake.write(folder / "lake", ingested(folder, table), partitions=3)
        written.append(files(folder / "lake"))
    first, second = (
        {name: content for name, content in one.items() if not name.startswith("quarantine")}
        for one in written
    )
    assert first == second


def test_writing_twice_is_writing_once(reading, tmp_path):
    root = tmp_path / "lake"
    first = lake.write(root, reading)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.*")}
    again = lake.write(root, reading)
    assert again.manifest.hash == first.manifest.hash
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.*")} == before


def test_what_is_written_is_read(reading, tmp_path):
    lake.write(tmp_path / "lake", reading, currency="IDR")
    snapshot = lake.open_lake(tmp_path / "lake")
    order = ["customer_id", "occurred_at", "source", "source_key"]
    assert_frame_equal(snapshot.events().sort(order), reading.events.sort(order))
    assert_frame_equal(snapshot.customers(), reading.customers, check_row_order=False)
    assert_frame_equal(snapshot.quarantine(), reading.quarantine)
    for table, frame in (
        (EVENTS, snapshot.events()),
        (CUSTOMERS, snapshot.customers()),
        (QUARANTINE, snapshot.quarantine()),
    ):
        check(table, frame)
    assert (snapshot.as_of, snapshot.watermark) == (AS_OF, AS_OF)
    assert snapshot.manifest.currency == "IDR"
    assert [source["rows_read"] for source in snapshot.manifest.sources] == [13, 2]


def test_a_customer_is_whole_in_one_partition_sorted_by_time(reading, tmp_path):
    snapshot = lake.write(tmp_path / "lake", reading, partitions=4)
    parts = list(snapshot.partitions())
    places = [zlib.crc32(name.encode()) % 4 for name in ("ana", "budi", "citra", "dewi")]
    assert len(parts) == len(set(places))
    assert sum(part["customer_id"].n_unique() for part in parts) == 4
    for part in parts:
        assert_frame_equal(part, part.sort("customer_id", "occurred_at", "source", "source_key"))
        assert {zlib.crc32(name.encode()) % 4 for name in part["customer_id"]} <= set(places)


def test_empty_tables_keep_their_columns(reading, tmp_path):
    nothing = Reading(
        events=reading.events.clear(),
        customers=reading.customers.clear(),
        quarantine=reading.quarantine.clear(),
        sources=(),
        as_of=AS_OF,
        watermark=AS_OF,
    )
    snapshot = lake.write(tmp_path / "lake", nothing)
    check(EVENTS, snapshot.events())
    check(CUSTOMERS, snapshot.customers())
    check(QUARANTINE, snapshot.quarantine())
    assert list(snapshot.partitions()) == []


def test_a_reader_keeps_its_snapshot_through_one_more_night(tmp_path):
    root = tmp_path / "lake"
    held = lake.write(root, ingested(tmp_path, visits(1)))
    rows = held.events()
    lake.write(root, ingested(tmp_path, visits(1, 2)))
    assert_frame_equal(held.events(), rows)
    latest = lake.write(root, ingested(tmp_path, visits(1, 2, 3)))
    with pytest.raises(DataRefused, match="missing or damaged"):
        held.events()
    kept = latest.manifest.files
    assert kept < set(files(root))
    lake.write(root, ingested(tmp_path, visits(1, 2, 3, 4)))
    lake.write(root, ingested(tmp_path, visits(1, 2, 3, 4, 5)))
    assert not kept & {name for name in files(root) if name.startswith("events")}


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
    old, new = ingested(tmp_path, visits(1)), ingested(tmp_path, visits(1, 2))
    fail_at, refused, calls = 0, 0, 0
    while fail_at <= calls:
        fail_at += 1
        root = tmp_path / f"lake{fail_at}"
        former = lake.write(root, old)
        rows = former.events()
        with pytest.MonkeyPatch.context() as patch:
            failing = _Failing(patch, fail_at)
            try:
                lake.write(root, new)
            except DataRefused:
                refused += 1
            calls = failing.calls
        seen = lake.open_lake(root)
        assert seen.events().height in {old.events.height, new.events.height}
        assert_frame_equal(former.events(), rows)
        assert lake.write(root, new).events().height == new.events.height
        assert [path.name for path in root.rglob(".*")] == [".lock"]
    assert refused > 10


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from features import lake
from features.sources import Reading
import polars as pl
root, fail_at, calls = Path(sys.argv[2]), int(sys.argv[3]), 0
def counted(call):
    def tried(*args, **options):
        global calls
        calls += 1
        if calls == fail_at:
            os._exit(9)
        return call(*args, **options)
    return tried
os.fsync, Path.replace, Path.unlink = map(counted, (os.fsync, Path.replace, Path.unlink))
old = lake.open_lake(root)
events = pl.concat([old.events(), old.events().with_columns(source_key=pl.lit("k"))])
now = old.as_of
lake.write(root, Reading(events=events, customers=old.customers(), quarantine=old.quarantine(),
    sources=(), as_of=now, watermark=now))
"""


@pytest.mark.slow
def test_killing_the_writer_leaves_a_whole_snapshot(tmp_path):
    reading = ingested(tmp_path, visits(1, 2))
    tree = Path(lake.__file__).parents[1]
    outcomes = []
    for fail_at in range(1, 40):
        root = tmp_path / f"lake{fail_at}"
        lake.write(root, reading, partitions=2)
        command = [sys.executable, "-c", KILLED, str(tree), str(root), str(fail_at)]
        ended = subprocess.run(command, check=False, env={"POLARS_MAX_THREADS": "1"})
        seen = lake.open_lake(root)
        outcomes.append((ended.returncode, seen.events().height // reading.events.height))
        assert lake.write(root, reading).events().height == reading.events.height
        if ended.returncode == 0:
            break
    assert outcomes[0] == (9, 1)
    assert outcomes[-1] == (0, 2)
    assert sorted(outcomes, key=lambda outcome: outcome[1]) == outcomes


def test_what_a_killed_writer_left_unfinished_is_gone_after_the_next(tmp_path):
    lake.write(tmp_path / "lake", ingested(tmp_path, visits(1)))
    for litter in (".manifest.json.a1b2", "events/.000-abc.parquet.a1b2"):
        (tmp_path / "lake" / litter).write_bytes(b"half")
    lake.write(tmp_path / "lake", ingested(tmp_path, visits(1, 2)))
    assert [path.name for path in (tmp_path / "lake").rglob(".*")] == [".lock"]


def test_a_second_writer_is_refused(reading, tmp_path):
    root = tmp_path / "lake"
    lake.write(root, reading)
    with durable.only_writer(root), pytest.raises(DataRefused, match="another run is writing"):
        lake.write(root, reading)
    lake.write(root, reading)


def test_a_lake_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataRefused, match="nothing has been ingested yet"):
        lake.open_lake(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": 2}', '{"format": 1}'])
def test_a_damaged_manifest_is_refused_and_replaced(text, reading, tmp_path):
    root = tmp_path / "lake"
    lake.write(root, reading)
    (root / "manifest.json").write_text(text)
    with pytest.raises(DataRefused, match="manifest of the lake cannot be read"):
        lake.open_lake(root)
    lake.write(root, reading)
    assert lake.open_lake(root).events().height == reading.events.height


def test_a_flipped_bit_is_refused_and_mended_by_writing_again(reading, tmp_path):
    root = tmp_path / "lake"
    snapshot = lake.write(root, reading)
    victim = root / snapshot.manifest.tables["events"][0].file
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    with pytest.raises(DataRefused, match="missing or damaged"):
        snapshot.events()
    lake.write(root, reading)
    assert snapshot.events().height == reading.events.height
