"""Checks of a workspace's health: each fires on the fault it is for, and on nothing else."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from touches import (
    DAYS,
    ORDERS,
    SPECS,
    UNTIL,
    ZONE,
    attributes,
    fired,
    looked_at,
    moved,
    only,
    touches,
)
from worlds import worlds

from features.health.finding import SEVERITIES
from features.health.tables import check_tables

HOUR = pl.duration(hours=1)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_nothing_fires_on_clean_touches(seed):
    assert fired(looked_at(touches(60, seed))) == set()


@given(world=worlds())
def test_what_fires_has_a_number_and_three_mends_and_names_no_customer(world):
    events, zone = world
    named = events.with_columns(pl.col("customer_id").replace({"a": "Adi-1", "b": "Budi-2"}))
    for finding in looked_at(named, zone=zone):
        assert finding.severity in SEVERITIES
        assert "Adi-1" not in finding.sentence
        assert "Budi-2" not in finding.sentence
        if finding.severity != "ok":
            assert len(list(filter(None, finding.mends))) == 3
            assert finding.measured is not None
            assert finding.needed is not None


@given(seed=st.randoms(use_true_random=False))
@settings(max_examples=5)
def test_the_order_of_rows_is_free(seed):
    events = moved("occurred_at", -7 * HOUR).sample(
        fraction=1, shuffle=True, seed=seed.getrandbits(32)
    )
    assert sorted(looked_at(events), key=repr) == sorted(
        looked_at(moved("occurred_at", -7 * HOUR)), key=repr
    )


def test_every_check_says_that_it_looked():
    codes = [finding.code for finding in looked_at()]
    assert codes == [
        *("T04", "S04", "S05", "S06", "T01", "T02", "T03", "C01", "C02", "C03", "C04", "C05"),
        "L01",
    ]


def test_people_who_are_awake_at_night_are_of_another_zone():
    found = looked_at(zone=ZoneInfo("America/New_York"))
    assert fired(found) == {"T01"}
    assert {one.severity for one in found if one.code == "T01"} == {"warn"}


def test_a_quiet_afternoon_is_noted():
    found = looked_at(moved("occurred_at", 6 * HOUR))
    assert (
        "its quietest hours are" in only([f for f in found if "till" in f.sentence], "T01").sentence
    )


def test_whole_days_are_noted():
    whole = pl.col("occurred_at").dt.convert_time_zone(ZONE.key).dt.truncate("1d")
    days = touches().with_columns(
        pl.when(ORDERS).then(whole.dt.convert_time_zone("UTC")).otherwise("occurred_at")
    )
    assert only([f for f in looked_at(days) if f.severity != "ok"], "T02").severity == "note"


def test_whole_days_of_another_zone_are_at_an_odd_hour():
    days = touches().with_columns(
        pl.when(ORDERS).then(pl.col("occurred_at").dt.truncate("1d")).otherwise("occurred_at")
    )
    found = [f for f in looked_at(days) if f.code == "T02"]
    assert [f.severity for f in found] == ["warn"]
    assert "at 07:00 exactly" in found[0].sentence


def test_some_rows_that_lost_their_time_are_told():
    whole = pl.col("occurred_at").dt.convert_time_zone(ZONE.key).dt.truncate("1d")
    lost = ORDERS & (pl.col("source_key").cast(pl.Int64) % 3 == 0)
    days = touches().with_columns(
        pl.when(lost).then(whole.dt.convert_time_zone("UTC")).otherwise("occurred_at")
    )
    assert (
        "have lost their time"
        in only([f for f in looked_at(days) if f.severity == "warn"], "T02").sentence
    )


@pytest.mark.parametrize("hours", [-7, 3, 7])
def test_a_clock_that_was_changed_is_found_to_the_week_and_hour(hours):
    since = UNTIL - timedelta(days=90)
    late = ORDERS & (pl.col("occurred_at") >= since)
    events = touches(400).with_columns(
        pl.when(late).then(pl.col("occurred_at") + hours * HOUR).otherwise("occurred_at")
    )
    jump = only([f for f in looked_at(events) if f.severity == "warn"], "T03")
    assert jump.measured == hours
    week = datetime.strptime(jump.sentence.split("week of ")[1][:10], "%Y-%m-%d").replace(
        tzinfo=UTC
    )
    assert abs(week - since) <= timedelta(days=7)


def test_a_zone_without_daylight_saving_jumps_by_an_hour():
    """Berlin in UTC does everything an hour earlier from the last Sunday of March on."""
    berlin = touches(1500, days=120).with_columns(
        occurred_at=(pl.col("occurred_at") + pl.duration(days=75))
        .dt.convert_time_zone(ZONE.key)
        .dt.replace_time_zone(None)
        .dt.replace_time_zone("Europe/Berlin", ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )
    told = berlin.drop_nulls("occurred_at").with_columns(known_at="occurred_at")
    later = UNTIL + timedelta(days=75)

    def jumps(zone):
        found = check_tables(told, told.head(0), SPECS, until=later, now=later, zone=ZoneInfo(zone))
        jumped = [f.sentence for f in found if f.code == "T03" and f.severity == "warn"]
        return sorted(sentence.partition(" happens")[0] for sentence in jumped)

    assert jumps("Europe/Berlin") == []
    assert jumps("UTC") == [
        f"source {name}: from the week of 2026-03-30 on everything" for name in ("site", "till")
    ]


def test_events_of_the_future_are_told():
    some = pl.col("source_key").cast(pl.Int64) % 40 == 0
    found = looked_at(moved("occurred_at", pl.duration(days=365), some & ORDERS))
    assert only([f for f in found if f.severity == "warn"], "T04").measured > 0.01
    assert "T04" not in fired(
        looked_at(
            moved("occurred_at", pl.duration(days=365), some & ORDERS),
            now=UNTIL + timedelta(days=400),
        )
    )


def test_a_source_that_stopped_is_silent():
    stopped = touches().filter(~ORDERS | (pl.col("occurred_at") < UNTIL - timedelta(days=9)))
    found = only([f for f in looked_at(stopped) if f.severity == "warn"], "S04")
    assert "till" in found.sentence
    assert found.measured >= 9


def test_a_source_that_pauses_by_nature_is_not_silent():
    """Every third week only: a week of silence is its rhythm."""
    week = (pl.col("occurred_at") - UNTIL).dt.total_days() // 7
    rare = touches().filter(~ORDERS | (week % 3 == 0))
    assert "S04" not in fired(looked_at(rare))


def test_a_source_without_a_time_of_knowing_is_noted():
    specs = tuple(type(spec)(name=spec.name, kind="csv", path=spec.path) for spec in SPECS)
    at_once = touches().with_columns(known_at="occurred_at")
    assert only(looked_at(at_once, specs=specs), "S05").severity == "note"
    assert fired(looked_at(at_once)) == set()


def test_rows_that_come_late_are_told_with_the_latency_to_declare():
    late = ORDERS & (pl.col("source_key").cast(pl.Int64) % 5 == 0)
    found = only(
        [
            f
            for f in looked_at(moved("known_at", pl.duration(hours=72), late))
            if f.severity == "warn"
        ],
        "S06",
    )
    assert "till" in found.sentence
    assert found.mends[0].startswith("declare `latency_hours = 73`")


def test_attributes_of_today_are_told():
    customers = attributes(versions=1, segment="retail")
    assert only(looked_at(customers=customers), "L01").severity == "note"
    today = customers.with_columns(valid_from=pl.lit(UNTIL - timedelta(days=2)))
    assert only(looked_at(customers=today), "L01").severity == "warn"


def test_the_world_is_long_enough_to_be_looked_at():
    assert touches()["occurred_at"].min() < UNTIL - timedelta(days=DAYS - 10)
