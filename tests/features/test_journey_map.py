"""The journey map: what the counts are, and what must never move them."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapped import ASKED, BOOKED, SlowMap, cells
from wholes import EXITS, PEOPLE, STAGES, wholes, world
from worlds import cutoffs_in

from features.catalog import FeatureParams
from features.contracts import EVENTS, SPEND, STAGE_HISTORY
from features.journey_map import JourneyMap, journey_map
from features.known.beforehand import only, told_by
from features.known.told import Told
from features.known.versions import visible

MONTHS = 4
NO_SPEND = pl.DataFrame(schema=SPEND.schema)
PERSONAS = {"plus": "plan = 'plus'", "gold": "plan = 'gold'"}
WORDS = {
    "flows": 6,
    "standing": 3,
    "dwell": 5,
    "staying": 3,
    "touches": 5,
    "reach": 4,
    "feelings": 5,
    "waits": 6,
    "changes": 3,
    "people": 2,
}
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def mapped(parts, cutoff, zone, spend=NO_SPEND, **options) -> JourneyMap:
    asked = {
        "personas": PERSONAS,
        "months": MONTHS,
        "params": FeatureParams(roles={"refund_asked": ASKED, "by_business": BOOKED}),
        "origins": {"sheet": "text"},
    }
    return journey_map(
        parts,
        spend,
        cutoff=cutoff,
        zone=zone,
        order=STAGES,
        exits=EXITS,
        threads=1,
        **(asked | options),
    )


@given(drawn=wholes(), number=st.integers(0, 2))
def test_counts_are_those_of_a_slow_walk(drawn, number):
    told, zone = drawn
    cutoff = cutoffs_in(zone)[number] + timedelta(days=number)
    slow = SlowMap(told, cutoff, zone, MONTHS)
    found = mapped([told], cutoff, zone)
    assert list(found.months) == slow.months
    steps = set(visible(told.events, "occurred_at", cutoff)["step"])
    ends = {"first_reply": "ticket_replied_agent", "resolution": "ticket_solved"}
    silent = {kind for kind, step in {**ends, "refund": "refund"}.items() if step not in steps}
    for name, words in WORDS.items():
        wanted = slow.tables[name]
        if name == "waits":
            wanted = {k: v for k, v in wanted.items() if k[4].removesuffix("_open") not in silent}
        got = cells(getattr(found, name), words)
        assert got.keys() == wanted.keys(), name
        for cell, numbers in got.items():
            assert numbers == pytest.approx({key: wanted[cell][key] for key in numbers}), name


@given(drawn=wholes(), seed=st.integers(0, 99))
def test_neither_order_nor_parts_nor_the_future_move_a_count(drawn, seed):
    told, zone = drawn
    cutoff = cutoffs_in(zone)[1]
    before = told_by(told, cutoff)
    parts = [only(before, some) for some in (PEOPLE[:1], PEOPLE[1:3], PEOPLE[3:])]
    shuffled = [
        part.map(lambda rows: rows.sample(fraction=1, shuffle=True, seed=seed)) for part in parts
    ]
    whole, found = mapped([told], cutoff, zone), mapped(shuffled, cutoff, zone)
    for name in WORDS:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(whole, name), obj=name)


@given(drawn=wholes())
def test_who_stands_in_a_stage_entered_it_and_has_not_left(drawn):
    told, zone = drawn
    found = mapped([told], cutoffs_in(zone)[-1], zone)
    standing = found.standing.set_index(["month", "persona", "stage"])["customers"]
    entered = found.flows.groupby(["month", "persona", "target"])["moves"].sum()
    left = found.flows.groupby(["month", "persona", "source"])["moves"].sum()
    for before, month in zip(found.months, found.months[1:], strict=False):
        for persona in found.personas:
            for stage in (*STAGES, *EXITS):
                cell = (month, persona, stage)
                change = entered.get(cell, 0) - left.get(cell, 0)
                stood = standing.get((before, persona, stage), 0)
                assert standing.get(cell, 0) == stood + change


def test_no_customer_is_told():
    told = world(random.Random(7), UTC_ZONE, 200)
    named = told.map(lambda rows: rows.with_columns(customer_id="who-" + pl.col("customer_id")))
    found = mapped([named], cutoffs_in(UTC_ZONE)[-1], UTC_ZONE)
    for table in (found.spend, *(getattr(found, name) for name in WORDS)):
        cells = table.astype(str)
        assert not cells.apply(lambda column: column.str.contains("who-")).any(axis=None)


def touch(day: str, channel: str, step: str, **more) -> dict:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    clocks = {"occurred_at": at, "known_at": at, "superseded_at": None}
    row = {"customer_id": "ana", "channel": channel, "step": step, "value": None, "sentiment": None}
    return {**row, **clocks, "source": "made_up", "source_key": day, "topic": None, **more}


def entry(day: str, stage: str, said_by: str = "crm") -> dict:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    clocks = {"entered_at": at, "known_at": at, "superseded_at": None}
    return {"customer_id": "ana", "stage": stage, **clocks, "direction": "", "said_by": said_by}


STORY = Told(
    events=pl.DataFrame(
        [
            touch("2026-04-02", "web", "visit"),
            touch("2026-04-03 09:00", "ticket", "ticket_opened", topic="login"),
            touch("2026-04-03 12:00", "ticket", "ticket_replied_agent"),
            touch("2026-04-04", "whatsapp", "message_in", topic="login"),
            touch("2026-04-05", "ticket", "ticket_solved"),
            touch("2026-04-06", "ticket", "ticket_rated", sentiment=-5_000),
            touch("2026-05-10", "store", "purchase", value=125_000),
        ],
        schema={**EVENTS.schema, "topic": pl.String},
    ),
    stage_history=pl.DataFrame(
        [
            entry("2026-04-01", "aware", "rule"),
            entry("2026-04-04", "looking"),
            entry("2026-04-20", "aware", "rule"),
            entry("2026-05-10", "buying"),
        ],
        schema=STAGE_HISTORY.schema,
    ),
)


def test_a_story_is_told_as_a_person_would_tell_it():
    found = mapped([STORY], JUNE, UTC_ZONE, months=2, personas={})
    rows = {
        name: [tuple(row) for row in getattr(found, name).drop(columns="persona").to_numpy()]
        for name in WORDS
    }
    assert found.months == ("2026-04", "2026-05")
    assert rows["flows"] == [
        ("2026-04", "none", "", "aware", "enter", 1),
        ("2026-04", "ticket", "aware", "looking", "advance", 1),
        ("2026-05", "none", "looking", "buying", "advance", 1),
    ]
    assert rows["standing"] == [("2026-04", "looking", 1), ("2026-05", "buying", 1)]
    assert rows["dwell"] == [
        ("2026-04", "ticket", "aware", 3, 1),
        ("2026-05", "none", "looking", 9, 1),
    ]
    assert rows["staying"] == [("buying", 8, 1)]
    assert rows["feelings"] == [("2026-04", "looking", "ticket", "stated", 1, -0.5, 1, 0)]
    assert rows["waits"] == [
        ("2026-04", "aware", "ticket", "first_reply", 2, 1),
        ("2026-04", "aware", "ticket", "resolution", 6, 1),
    ]
    assert rows["changes"] == [("2026-04", "aware", 1, 1, 0)]
    assert rows["touches"][-1] == ("2026-05", "looking", "store", "purchase", 1, 12.5, 0.0, 0, 1)


def test_borders_are_half_open_and_ties_have_an_order():
    tied = touch("2026-04-30 23:00", "store", "visit", source_key="second")
    events = [
        touch("2026-03-21", "web", "visit"),
        tied,
        tied | {"channel": "email", "source_key": "first"},
        touch("2026-04-30 23:30", "crm", *BOOKED),
        touch("2026-05-05", "ticket", "ticket_rated", sentiment=-3_000, topic="login"),
        touch("2026-05-12", "whatsapp", "message_in", topic="login"),
    ]
    entries = [
        entry("2026-04-20", "aware"),
        entry("2026-04-20", "gone", "rule"),
        entry("2026-05-01", "looking"),
    ]
    told = replace(
        STORY,
        events=pl.DataFrame(events, schema=STORY.events.schema),
        stage_history=pl.DataFrame(entries, schema=STAGE_HISTORY.schema),
    )
    found = mapped([told], JUNE, UTC_ZONE, months=2, personas={})
    assert found.flows[["month", "channel", "target"]].to_numpy().tolist() == [
        ["2026-04", "web", "aware"],
        ["2026-05", "store", "looking"],
    ]
    assert found.standing["stage"].tolist() == ["aware", "looking"]
    assert found.feelings["low"].tolist() == [0]
    assert found.changes[["issues", "switched"]].to_numpy().tolist() == [[1, 1]]


def test_who_returned_goods_waits_for_the_refund_and_for_nothing_where_there_is_none():
    def waits(*events: dict) -> list[list]:
        told = Told(events=pl.DataFrame(events, schema=STORY.events.schema))
        found = mapped([told], JUNE, UTC_ZONE, personas={}, params=FeatureParams())
        return found.waits[["kind", "bin", "waits"]].to_numpy().tolist()

    returned = touch("2026-05-02", "store", "order_returned")
    assert waits(returned, touch("2026-05-04", "store", "refund")) == [["refund", 7, 1]]
    assert waits(returned) == []


def test_the_running_month_ends_at_the_cutoff():
    found = mapped([STORY], datetime(2026, 4, 4, tzinfo=UTC), UTC_ZONE, months=1, personas={})
    assert found.months == ("2026-04",)
    assert found.standing.to_numpy().tolist() == [["2026-04", "other", "aware", 1]]
    assert set(found.waits["kind"]) == {"first_reply"}  # no step has ever solved a ticket


def test_personas_are_the_commonest_and_a_part_may_lack_an_attribute():
    plans = [f"plan{number}" for number in range(10)]
    who = [f"c{number}" for number in range(10)]
    at = datetime(2026, 5, 1, tzinfo=UTC)
    customers = pl.DataFrame(
        {"customer_id": who, "valid_from": at, "known_at": at, "source": "crm", "plan": plans}
    )
    twice = [*who, *(f"again-{name}" for name in who[2:])]
    events = pl.DataFrame(
        [touch("2026-05-02", "web", "visit") | {"customer_id": name} for name in twice],
        schema={**EVENTS.schema, "topic": pl.String},
    )
    again = customers.with_columns(customer_id="again-" + pl.col("customer_id"))
    without = Told(
        events=events[:1].with_columns(customer_id=pl.lit("nobody")),
        customers=customers[:1].drop("plan").with_columns(customer_id=pl.lit("nobody")),
    )
    rules = {f"P{plan}": f"UPPER(plan) = '{plan.upper()}'" for plan in plans}
    parts = [without, Told(events=events, customers=pl.concat([customers, again]))]
    found = mapped(parts, JUNE, UTC_ZONE, personas=rules)
    assert found.personas == (*list(rules)[2:], "other")
    sizes = dict(found.touches[["persona", "customers"]].to_numpy())
    assert sizes == {**dict.fromkeys(list(rules)[2:], 2), "other": 3}


def test_spend_is_what_was_known_of_it():
    day = {"channel": "paid_search", "campaign": None, "source": "ads", "clicks": None}
    rows = [
        (datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC), None, 10_000),
        (datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC), JUNE, 20_000),
        (datetime(2026, 5, 5, tzinfo=UTC), JUNE, None, 40_000),
        (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC), None, 80_000),
    ]
    spend = pl.DataFrame(
        [
            {
                **day,
                "spent_at": spent,
                "known_at": known,
                "superseded_at": end,
                "cost": cost,
                "impressions": 5,
                "source_key": str(spent),
            }
            for spent, known, end, cost in rows
        ],
        schema=SPEND.schema,
    )
    found = mapped([STORY], JUNE, UTC_ZONE, spend=spend, personas={})
    assert found.spend.to_numpy().tolist() == [["2026-05", "paid_search", 3.0, 10, 0]]
