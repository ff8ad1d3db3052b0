"""Odd input has a defined answer, in every feature of the catalog."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from wholes import EVERYBODY, PARAMS, UNSEEN, VOCABULARY, wholes

from features.build import build
from features.catalog import FeatureParams
from features.contracts import EVENTS
from features.families import FAMILIES, catalog
from features.known.told import Told
from features.own.laws import LAWS, World

pytestmark = pytest.mark.slow

UTC_ZONE, JAKARTA = ZoneInfo("UTC"), ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUTOFF = datetime(2026, 3, 15, tzinfo=UTC)
ALL = replace(PARAMS, families=tuple(FAMILIES))
FEATURES = catalog(ALL, VOCABULARY).features
FLOATS = [one.name for one in FEATURES if not one.whole]


def events(*rows: dict[str, object]) -> Told:
    """Events of one customer, mostly the same one."""
    usual = {
        "customer_id": "a",
        "occurred_at": NOON,
        "channel": "store",
        "step": "purchase",
        "value": 120_000,
        "sentiment": None,
        "superseded_at": None,
        "source": "tills",
        "discount": None,
        "item": "pen",
    }
    keyed = [
        {**usual, "known_at": row.get("occurred_at", NOON), "source_key": str(at), **row}
        for at, row in enumerate(rows)
    ]
    schema = {**EVENTS.schema, "discount": pl.Float64, "item": pl.String}
    return Told(events=pl.DataFrame(keyed, schema=schema, orient="row"))


def panel(told: Told, *cutoffs: datetime, zone: ZoneInfo = UTC_ZONE, features=FEATURES):
    world = World(told=told, customers=EVERYBODY, cutoffs=cutoffs or (CUTOFF,), zone=zone)
    return world.panel(features)


def row(told: Told, zone: ZoneInfo = UTC_ZONE, features=FEATURES) -> dict[str, object]:
    """What is told of the customer at the cutoff."""
    return panel(told, zone=zone, features=features).row(0, named=True)


def infinite(table: pl.DataFrame) -> list[str]:
    return [name for name in FLOATS if table[name].is_infinite().any()]


@settings(max_examples=5)
@given(whole=wholes())
def test_nothing_is_infinite_and_nothing_whole_is_empty(whole):
    told, zone = whole
    table = panel(told, *(CUTOFF - timedelta(days=days) for days in (60, 0)), zone=zone)
    assert infinite(table) == []
    assert [one.name for one in FEATURES if one.whole and table[one.name].null_count()] == []


@settings(max_examples=5)
@given(whole=wholes())
def test_a_cutoff_before_everything_is_as_if_nothing_were_told(whole):
    told, zone = whole
    early = datetime(2020, 1, 1, tzinfo=UTC)
    nothing = told.map(lambda rows: rows.head(0))
    assert panel(told, early, zone=zone).equals(panel(nothing, early, zone=zone))


def test_one_event_is_the_first_and_the_last_and_has_no_beat():
    told = row(events({}))
    assert told["events_168d"] == told["active_days_168d"] == 1
    assert told["days_since_last"] == told["days_since_first"] == 13.5
    assert told["value_168d"] == 12.0
    rhythm = [one.name for one in FEATURES if one.family == "rhythm"]
    assert {told[name] for name in rhythm} == {None}
    assert infinite(panel(events({}))) == []


def test_all_events_at_one_instant_count_each_on_one_day():
    crowd = events(*({"step": step} for step in ["purchase", "visit", "refund"] * 20))
    told = row(crowd)
    assert (told["events_168d"], told["active_days_168d"]) == (60, 1)
    assert told["gap_days_mean"] is None
    world = World(told=crowd, customers=EVERYBODY, cutoffs=[CUTOFF], zone=UTC_ZONE)
    assert LAWS["order"](world, FEATURES) == {}
    assert infinite(world.panel(FEATURES)) == []


def test_a_channel_never_seen_counts_in_everything_and_in_no_slice():
    ((channel, step),) = UNSEEN
    told = row(events({"channel": channel, "step": step}))
    assert told["events_168d"] == 1
    sliced = [f.name for f in FEATURES if f.family == "frequency" and "where" in f.arguments]
    assert sum(told[name] for name in sliced if "_channel_" in name or "_step_" in name) == 0


def test_a_window_longer_than_history_tells_what_there_is():
    params = FeatureParams(windows_days=(7, 36_500), families=tuple(FAMILIES))
    features = catalog(params, VOCABULARY).features
    told = row(events({}, {"occurred_at": NOON - timedelta(days=400)}), features=features)
    assert (told["events_36500d"], told["value_36500d"]) == (2, 24.0)


@pytest.mark.parametrize("discount", [float("nan"), float("inf"), -float("inf"), 1e300, -5.0])
def test_attributes_that_are_no_sound_number_poison_nothing(discount):
    odd, sound = events({"discount": discount}, {}), events({"discount": None}, {})
    assert infinite(panel(odd)) == []
    if not np.isfinite(discount) or abs(discount) > 1e200:
        assert panel(odd).equals(panel(sound))


def test_negative_money_is_subtracted():
    told = row(events({}, {"value": -500_000, "step": "refund"}))
    assert told["value_168d"] == -38.0
    assert infinite(panel(events({"value": -1}, {"value": 1}))) == []


def test_two_zones_part_the_days_differently():
    evening = [{"occurred_at": NOON + timedelta(hours=hours)} for hours in (4, 6)]
    assert row(events(*evening), UTC_ZONE)["active_days_168d"] == 1
    assert row(events(*evening), JAKARTA)["active_days_168d"] == 2
    assert row(events(*evening), JAKARTA)["gap_days_mean"] == 1.0


def test_a_leap_day_is_a_day():
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    told = events({"occurred_at": leap}, {"occurred_at": leap + timedelta(days=1)})
    first = panel(told, datetime(2028, 3, 7, tzinfo=UTC)).row(0, named=True)
    assert (first["events_7d"], first["active_days_7d"]) == (2, 2)
    assert (first["gap_days_mean"], first["days_since_first"]) == (1.0, 6.5)
    later = panel(told, datetime(2028, 3, 8, tzinfo=UTC)).row(0, named=True)
    assert later["events_7d"] == 1


@pytest.mark.slow
def test_a_million_events_of_one_customer_are_one_customer():
    number = 1_000_000
    at = pl.Series(np.arange(number)) * 12_345_678 % (150 * 86_400_000_000)
    busy = events({}).events.select(
        pl.exclude("occurred_at", "known_at", "source_key").repeat_by(number).explode()
    )
    start = pl.lit(CUTOFF - timedelta(days=160)).cast(pl.Datetime("us", "UTC"))
    busy = busy.with_columns(
        occurred_at=start + at.cast(pl.Duration("us")), source_key=at.cast(pl.String)
    ).with_columns(known_at="occurred_at")
    others = events(*({"customer_id": other} for other in ("b", "c"))).events
    lonely = [one for one in FEATURES if not one.needs.peers]
    everyone = Told(events=pl.concat([busy.select(others.columns), others]))
    together, alone = panel(everyone), panel(Told(events=others), features=lonely)
    assert together.row(0, named=True)["events_168d"] == number
    assert infinite(together) == []
    assert together[1:].select(alone.columns).equals(alone[1:])


def test_who_is_not_asked_for_does_not_stand_in_the_way():
    everyone = events({"customer_id": "a"}, {"customer_id": "b"}, {"customer_id": "c"})
    asked, kept = pl.Series(["a", "c", "d"]), FEATURES[:40]
    panels = [
        build(replace(everyone, ordered=ordered), asked, [CUTOFF], kept, UTC_ZONE)
        for ordered in (True, False)
    ]
    assert panels[0].equals(panels[1])
    assert panels[0]["customer_id"].to_list() == ["a", "c", "d"]
