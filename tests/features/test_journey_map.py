"""The journey map: what the counts are, and what must never move them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapped import ASKED, SlowMap, cells
from wholes import EXITS, PEOPLE, STAGES, wholes
from worlds import cutoffs_in

from features.beforehand import only, told_by
from features.catalog import FeatureParams
from features.contracts import SPEND
from features.journey_map import JourneyMap, journey_map
from features.told import Told
from features.versions import visible

MONTHS = 4
NO_SPEND = pl.DataFrame(schema=SPEND.schema)
PERSONAS = {"plus": "plan = 'plus'", "gold": "plan = 'gold'"}
WORDS = {
    "flows": 6,
    "standing": 3,
    "dwell": 5,
    "staying": 3,
    "touches": 5,
    "feelings": 5,
    "waits": 6,
    "changes": 3,
}
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def mapped(parts: list[Told], cutoff: datetime, zone: ZoneInfo, **options) -> JourneyMap:
    asked = {
        "personas": PERSONAS,
        "months": MONTHS,
        "params": FeatureParams(roles={"refund_asked": ASKED}),
        "origins": {"sheet": "text"},
    }
    return journey_map(
        parts,
        NO_SPEND,
        cutoff=cutoff,
        zone=zone,
        order=STAGES,
        exits=EXITS,
        threads=1,
        **(asked | options),
    )


def assert_same(one: JourneyMap, other: JourneyMap) -> None:
    for name in WORDS:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), obj=name)


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
    whole = mapped([told], cutoff, zone)
    parts = [only(told, PEOPLE[:1]), only(told, PEOPLE[1:3]), only(told, PEOPLE[3:])]
    shuffled = [
        part.map(lambda rows: rows.sample(fraction=1, shuffle=True, seed=seed)) for part in parts
    ]
    assert_same(mapped(shuffled, cutoff, zone), whole)
    assert_same(mapped([told_by(told, cutoff)], cutoff, zone), whole)


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


@given(drawn=wholes())
def test_nothing_is_negative_and_no_customer_is_told(drawn):
    told, zone = drawn
    named = told.map(lambda rows: rows.with_columns("who-" + pl.col("customer_id")))
    found = mapped([named], cutoffs_in(zone)[-1], zone)
    for name, words in WORDS.items():
        table = getattr(found, name)
        assert (
            not table.astype(str).apply(lambda column: column.str.contains("who-")).any(axis=None)
        )
        counts = table.iloc[:, words:].drop(columns=["value", "sentiment"], errors="ignore")
        assert (counts >= 0).all(axis=None)
        assert (counts.iloc[:, 0] > 0).all()
