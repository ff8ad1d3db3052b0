"""Checks of files, of what the lake counted, and of who was matched with whom."""

from datetime import UTC, datetime

import polars as pl
import pytest

from features.health.matches import RECORDS_MOST, bare_records, check_matches
from features.health.sources import check_files, check_ingested
from features.identity.canonical import Identity
from features.identity.report import Cluster, HubCount, MatchReport, SourceMatch
from features.identity.standing import Standing
from features.identity.tables import ACCOUNTS, ASSIGNMENTS, CHANGES, HUBS, RECORDS
from features.sources.spec import SourceSpec

COLUMNS = {
    "customer_id": "who",
    "occurred_at": "at",
    "channel": "'call'",
    "step": "'call'",
}
ZONED, BARE = "2026-03-01T10:00:00+07:00", "2026-03-01T10:00:00"


def spec(name="calls", **changed):
    return SourceSpec(name=name, kind="csv", path=f"{name}.csv", columns=COLUMNS, **changed)


def written(folder, *times, name="calls"):
    rows = [f"c{number},{time}" for number, time in enumerate(times)]
    (folder / f"{name}.csv").write_text("\n".join(["who,at", *rows]) + "\n", encoding="utf-8")
    return folder


def severities(findings):
    return {finding.code: finding.severity for finding in findings}


def counted(name="calls", aside=0, rows=100):
    reasons = {"bad_time": aside} if aside else {}
    return {"name": name, "rows_read": rows, "rows_quarantined": aside, "reasons": reasons}


def test_files_that_are_as_declared_are_fine(tmp_path):
    found = check_files([spec()], written(tmp_path, ZONED, ZONED))
    assert severities(found) == {"S01": "ok", "T05": "ok"}


def test_a_missing_file_and_a_missing_column_stop_both(tmp_path):
    broken = SourceSpec(
        name="visits", kind="csv", path="visits.csv", columns=COLUMNS | {"step": "stp"}
    )
    found = check_files([spec(), broken], written(tmp_path, BARE, name="visits"))
    stops = [finding for finding in found if finding.severity == "stop"]
    assert [finding.code for finding in stops] == ["S01", "S01"]
    assert "'calls'" in stops[0].sentence
    assert "'stp'" in stops[1].sentence
    assert all(len(finding.mends) == 3 for finding in stops)


@pytest.mark.parametrize(
    ("times", "severity"),
    [
        ((ZONED, BARE), "warn"),
        ((ZONED, "2026-03-01 10:00Z"), "ok"),
        ((BARE, "2026-03-01 10:00"), "ok"),
        ((ZONED, "2026-03-01"), "ok"),
    ],
)
def test_times_with_and_without_an_offset_are_told(tmp_path, times, severity):
    found = check_files([spec()], written(tmp_path, *times))
    assert severities(found)["T05"] == severity


def test_a_source_that_was_never_ingested_is_told():
    found = check_ingested([spec(), spec("visits")], [counted()], 0.05)
    assert [f.sentence for f in found if f.severity == "warn"] == [
        "source visits is in jejak.toml but not in the lake"
    ]
    optional = check_ingested([spec(), spec("visits", required=False)], [counted()], 0.05)
    assert severities(optional)["S02"] == "ok"


@pytest.mark.parametrize(
    ("aside", "severity"), [(0, "ok"), (1, "note"), (4, "warn"), (5, "warn"), (6, "stop")]
)
def test_rows_set_aside_stop_above_the_share(aside, severity):
    found = check_ingested([spec()], [counted(aside=aside)], 0.05)
    assert severities(found)["S03"] == severity
    told = [f for f in found if f.code == "S03" and f.severity != "ok"]
    assert [(f.measured, f.needed) for f in told] == ([(aside / 100, 0.05)] if aside else [])
    assert all(f.mends[0] == "declare `time_format` as the file writes its times" for f in told)


def a_report(**changed):
    source = SourceMatch(
        source="crm", records=100, matched=60, across=50, alone=40, without_handle=3
    )
    given = {
        "sources": (source,),
        "hubs": (),
        "biggest": (Cluster(customer_id="c-1", records=4, sources=2),),
    }
    return MatchReport(records=100, customers=60, merges=0, splits=0, **(given | changed))


def test_a_match_without_oddities_is_fine():
    assert set(severities(check_matches(a_report(), {})).values()) == {"ok"}


def test_hubs_are_noted():
    hubs = (HubCount(kind="email", handles=2, records=70),)
    assert severities(check_matches(a_report(hubs=hubs), {}))["I01"] == "note"


@pytest.mark.parametrize(
    ("records", "severity"), [(RECORDS_MOST, "ok"), (RECORDS_MOST + 1, "warn")]
)
def test_a_customer_of_too_many_records_is_named(records, severity):
    biggest = (Cluster(customer_id="c-big", records=records, sources=2),)
    found = [f for f in check_matches(a_report(biggest=biggest), {}) if f.code == "I02"]
    assert [f.severity for f in found] == [severity]
    assert ("c-big" in found[0].sentence) == (severity == "warn")


@pytest.mark.parametrize(("bare", "severity"), [(20, "ok"), (21, "note")])
def test_records_that_nothing_can_join_are_noted(bare, severity):
    assert severities(check_matches(a_report(), {"crm": bare}))["I03"] == severity


def test_a_record_is_bare_without_a_joining_handle_and_an_account():
    """Of the three records of one source only the last has neither."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    handles = (("one", "email", "m1"), ("two", "account:crm", "a1"), ("three", None, None))
    records = pl.DataFrame(
        [("crm", key, at, kind, mark) for key, kind, mark in handles],
        schema=dict(RECORDS.schema),
        orient="row",
    )
    assignments = pl.DataFrame(
        [("crm", key, at, f"c-{key}", f"c-{key}") for key, *_ in handles],
        schema=dict(ASSIGNMENTS.schema),
        orient="row",
    )
    rolled = pl.DataFrame(
        [("c-one", "c-one", None), ("c-two", "a-1", "account:crm"), ("c-three", "c-three", None)],
        schema=dict(ACCOUNTS.schema),
        orient="row",
    )
    nothing = [pl.DataFrame(schema=table.schema) for table in (CHANGES, HUBS)]
    known = Identity(at, assignments, *nothing)
    told = Standing(identity=known, records=records, accounts=rolled)
    assert bare_records(told) == {"crm": 1}
    alone = Standing(identity=known, records=records, accounts=rolled.clear())
    assert bare_records(alone) == {"crm": 2}
