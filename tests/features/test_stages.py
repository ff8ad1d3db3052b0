"""Stages: derived as told, known no sooner than they were, moving both ways."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from worlds import PAIRS, cutoffs_in, event_rows, frame, visible, worlds

from features.catalog import Vocabulary
from features.clock import grid
from features.contracts import STAGE_HISTORY, check
from features.errors import WorkspaceInvalid
from features.stages import StageParams, derive, disagreements, stage_at, with_directions

VOCABULARY = Vocabulary(pairs=PAIRS, steps_with_value=("visit",))
PARAMS = StageParams(
    order=("aware", "looking", "buying"),
    exits=("gone",),
    rules={
        "gone": "days_since_last > 20",
        "buying": "events_step_visit_7d >= 2",
        "looking": "events_28d >= 1",
        "aware": "true",
    },
    dwell_days=2,
)
EVERYBODY = pl.Series("customer_id", ["a", "b", "dé"])


def midnights(zone: ZoneInfo, days: int = 25):
    last = cutoffs_in(zone)[-1]
    return grid(last, last - timedelta(days=days), 1, zone)


def told(events: pl.DataFrame, zone: ZoneInfo, **kwargs) -> pl.DataFrame:
    kwargs.setdefault("midnights", midnights(zone))
    kwargs.setdefault("customers", EVERYBODY)
    return derive(events, params=PARAMS, vocabulary=VOCABULARY, zone=zone, **kwargs)


def slow_stage(rows: list[dict], midnight) -> str:
    ages = [(midnight - row["occurred_at"]) / timedelta(days=1) for row in rows]
    if ages and min(ages) > 20:
        return "gone"
    visits = [
        age for row, age in zip(rows, ages, strict=True) if row["step"] == "visit" and age <= 7
    ]
    if len(visits) >= 2:
        return "buying"
    return "looking" if any(age <= 28 for age in ages) else "aware"


def slow_history(events: pl.DataFrame, customer: str, zone: ZoneInfo) -> list[tuple]:
    """Day by day, in plain Python."""
    won, held, history = [], None, []
    for midnight in midnights(zone):
        known = visible(events, midnight).filter(pl.col("customer_id") == customer)
        won.append(slow_stage(known.to_dicts(), midnight))
        if len(won) >= 2 and won[-1] == won[-2] != held:
            held = won[-1]
            history.append((held, midnight - timedelta(microseconds=1)))
    return history


@given(world=worlds(max_events=12))
def test_the_history_is_as_a_slow_reader_tells_it(world):
    events, zone = world
    history = check(STAGE_HISTORY, told(events, zone))
    for customer in EVERYBODY:
        own = history.filter(pl.col("customer_id") == customer).sort("entered_at")
        assert own.select("stage", "entered_at").rows() == slow_history(events, customer, zone)


@given(world=worlds(max_events=12), data=st.data())
def test_the_future_changes_no_stage(world, data):
    events, zone = world
    cutoff = midnights(zone)[-5]
    rumours = frame(data.draw(st.lists(event_rows(zone), max_size=6)), prefix="rumour")
    unseen = rumours.filter((pl.col("occurred_at") >= cutoff) | (pl.col("known_at") >= cutoff))
    before = stage_at(told(events, zone), cutoff)
    assert_frame_equal(before, stage_at(told(pl.concat([events, unseen]), zone), cutoff))


@given(world=worlds(max_events=12))
def test_one_customer_alone_has_the_same_history(world):
    events, zone = world
    alone = told(events, zone, customers=pl.Series("customer_id", ["b"]))
    assert_frame_equal(told(events, zone).filter(pl.col("customer_id") == "b"), alone)


def entries(*rows: tuple[str, str], said_by: str = "rule") -> pl.DataFrame:
    start = cutoffs_in(ZoneInfo("UTC"))[0]
    return pl.DataFrame(
        {
            "customer_id": ["a"] * len(rows),
            "stage": [stage for _, stage in rows],
            "entered_at": [start + timedelta(days=number) for number in range(len(rows))],
            "known_at": [start + timedelta(days=number) for number in range(len(rows))],
            "direction": [direction for direction, _ in rows],
            "said_by": [said_by] * len(rows),
        },
        schema=STAGE_HISTORY.schema,
    )


def test_every_move_has_its_direction():
    golden = entries(
        ("enter", "aware"),
        ("advance", "looking"),
        ("regress", "aware"),
        ("skip", "buying"),
        ("exit", "gone"),
        ("reentry", "looking"),
        ("advance", "buying"),
    )
    assert_frame_equal(with_directions(golden.drop("direction"), PARAMS), golden)


def test_two_voices_keep_their_own_history_and_their_disagreement_is_told():
    both = pl.concat(
        [
            entries(("enter", "aware"), ("advance", "looking")),
            entries(("enter", "aware"), ("skip", "buying"), said_by="crm"),
        ]
    )
    moved = with_directions(both.drop("direction"), PARAMS)
    assert_frame_equal(moved, both.sort("customer_id", "said_by", "entered_at"))
    end = both["entered_at"].max()
    assert disagreements(both, end).height == 0  # at the instant of the move it is still unknown
    assert disagreements(both, end + timedelta(days=1)).rows() == [
        ("a", "crm", "buying"),
        ("a", "rule", "looking"),
    ]


def test_a_rule_about_no_feature_is_refused_by_name():
    params = StageParams(rules={"awareness": "events_of_the_moon > 1"})
    events, zone = frame([]), ZoneInfo("UTC")
    with pytest.raises(WorkspaceInvalid, match="events_of_the_moon"):
        derive(events, EVERYBODY, midnights(zone), params, VOCABULARY, zone)


@pytest.mark.parametrize(
    ("settings", "told_as"),
    [
        ({"order": ("a", "a")}, "order names a stage twice"),
        ({"rules": {"moon": "true"}}, "rules are about 'moon'"),
        ({"dwell_days": 0}, "dwell_days is 0"),
    ],
)
def test_impossible_settings_are_refused(settings, told_as):
    with pytest.raises(ValueError, match=told_as):
        StageParams(**settings)
