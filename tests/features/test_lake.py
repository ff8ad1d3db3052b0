"""The lake: equal rows give equal bytes, and a reader always sees one whole snapshot."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import readings
from hypothesis import given, settings
from hypothesis import strategies as st
from lakes import AS_OF, PEOPLE, ROWS, UTC_ZONE, VISITS, visits, write
from polars.testing import assert_frame_equal

from features import lake
from features.contracts import CUSTOMERS, EVENTS, INPUTS, QUARANTINE, check
from features.errors import DataRefused
from features.lake import Intake
from features.lake.places import Places
from features.sources import read


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.parquet")}


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


@settings(max_examples=10)
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
    places = Places(4).of(pl.Series(["ana", "budi", "citra", "dewi"]))
    assert len(parts) == len(set(places))
    assert sum(part["customer_id"].n_unique() for part in parts) == 4
    for part in parts:
        assert_frame_equal(part, part.sort("customer_id", "occurred_at", "source", "source_key"))
        assert set(Places(4).of(part["customer_id"])) <= set(places)


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
    place = f"events/{Places().of(pl.Series(['ana']))[0]:03d}-"
    after = {name for name in lake.open_lake(root).manifest.files if name.startswith("events")}
    assert before ^ after == {n for n in before | after if n.startswith(place)}


def test_what_an_export_tells_no_more_stays_in_the_lake(tmp_path):
    root = tmp_path / "lake"
    write(root, visits(1, 2))
    again = write(root, visits(2, 3))
    assert again.snapshot.events().height == 12
    assert (again.new, again.corrected) == (4, 0)


def test_what_an_optional_source_told_stays_when_it_was_away_for_a_night(tmp_path):
    optional = replace(VISITS, required=False)
    for number, name in enumerate(["ana", None, None, "budi"]):
        (tmp_path / "people.csv").write_text("who,plan\nana,gold\n")
        (tmp_path / "visits.csv").unlink(missing_ok=True)
        if name:
            (tmp_path / "visits.csv").write_text(f"who,at,what\n{name},2026-03-01,x\n")
        intake = Intake()
        told = {"as_of": AS_OF + timedelta(days=number), "zone": UTC_ZONE}
        reading = read([optional, PEOPLE], tmp_path, intake, **told)
        written = lake.write(tmp_path / "lake", intake, reading)
        assert [source.name for source in reading.sources] == ["visits"] * bool(name) + ["people"]
        assert {source["name"] for source in written.snapshot.manifest.sources} == {
            "people",
            "visits",
        }
    assert (written.anew, written.gone) == ((), ())
    assert written.snapshot.events()["customer_id"].sort().to_list() == ["ana", "budi"]


names = st.text(max_size=20)


@given(st.lists(names, min_size=1, max_size=30), st.integers(1, 40))
def test_the_place_of_a_customer_is_its_own(customers, count):
    together = Places(count).of(pl.Series(customers, dtype=pl.String)).to_list()
    alone = [Places(count).of(pl.Series([name], dtype=pl.String))[0] for name in customers]
    assert together == alone
    assert all(0 <= place < count for place in together)


def test_places_are_the_same_on_every_machine_and_even():
    known = ["ana", "budi", "", "a name of more than sixteen bytes", "日本日本日本"]
    assert Places().of(pl.Series(known)).to_list() == [5, 1, 0, 9, 8]
    sizes = Places().of(pl.Series([f"c{number}" for number in range(16_000)])).value_counts()
    assert sizes["count"].min() > 800
