"""What came first after a cutoff: a plain oracle, and the borders by eye."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from worlds import CUSTOMERS, cutoffs_in, instants, worlds

from features.clock import shift
from features.contracts import INSTANT, STAGE_HISTORY
from features.hindsight import first_move_between, first_step_between
from features.stages.moves import with_directions

UTC_ZONE = ZoneInfo("UTC")
ORDER = ("aware", "looking", "buying")
VOICES = ("crm", "sheet", "rule")
START, END = 0, 13
CUTOFF = cutoffs_in(UTC_ZONE)[0]


@st.composite
def histories(draw) -> tuple[pl.DataFrame, ZoneInfo]:
    """Entries into stages by three voices, some of them superseded, and the business's zone."""
    zone = ZoneInfo(draw(st.sampled_from(("UTC", "Asia/Jakarta", "Europe/Berlin"))))
    entry = st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(CUSTOMERS),
            "stage": st.sampled_from((*ORDER, "gone")),
            "entered_at": instants(zone),
            "known_at": instants(zone),
            "superseded_at": st.none() | instants(zone),
            "said_by": st.sampled_from(VOICES),
        }
    )
    rows = draw(st.lists(entry, max_size=25))
    schema = {name: kind for name, kind in STAGE_HISTORY.schema.items() if name != "direction"}
    return with_directions(pl.DataFrame(rows, schema=schema, orient="row"), ORDER), zone


def spans(zone: ZoneInfo) -> list[tuple[datetime, datetime, datetime]]:
    """Each cutoff with the span behind it; the worlds have instants at both of its borders."""
    return [(c, shift(c, START, zone), shift(c, END, zone)) for c in cutoffs_in(zone)]


def table(found: pl.DataFrame) -> dict:
    """What was found, by customer and cutoff."""
    return {(row[0], row[1]): row[2:] for row in found.iter_rows()}


def in_turn(row: dict) -> tuple:
    """What orders entries into stages."""
    return row["entered_at"], row["known_at"], row["said_by"], row["stage"]


@given(worlds())
def test_the_first_step_is_the_first_that_still_holds(world):
    events, zone = world
    expected = {}
    for cutoff, start, end in spans(zone):
        for row in sorted(
            events.to_dicts(), key=lambda row: (row["occurred_at"], row["source_key"])
        ):
            if row["superseded_at"] is None and start <= row["occurred_at"] < end:
                expected.setdefault((row["customer_id"], cutoff), (row["step"],))
    assert table(first_step_between(events, cutoffs_in(zone), START, END, zone)) == expected


@given(histories())
def test_the_first_move_is_of_who_states_it_before_the_rules(history):
    rows, zone = history
    expected = {}
    for cutoff, start, end in spans(zone):
        told = [
            row
            for row in rows.to_dicts()
            if row["superseded_at"] is None and row["entered_at"] < end
        ]
        for customer in CUSTOMERS:
            own = [row for row in told if row["customer_id"] == customer]
            stated = [row for row in own if row["said_by"] != "rule"]
            before = None
            for row in sorted(stated or own, key=in_turn):
                if row["entered_at"] >= start and row["stage"] != before:
                    expected[customer, cutoff] = (row["stage"],)
                    break
                before = row["stage"]
    assert table(first_move_between(rows, cutoffs_in(zone), START, END, zone)) == expected


@given(worlds(), st.randoms())
def test_the_order_of_rows_changes_nothing(world, chance):
    events, zone = world
    mixed = events[chance.sample(range(events.height), events.height)]
    first, again = (
        first_step_between(e, cutoffs_in(zone), START, END, zone) for e in (events, mixed)
    )
    assert first.equals(again)


def test_of_whom_a_source_speaks_the_rules_are_not_asked():
    rows = pl.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "stage": ["looking", "buying", "looking"],
            "entered_at": [CUTOFF, CUTOFF + timedelta(days=3), CUTOFF],
            "known_at": [CUTOFF] * 3,
            "said_by": ["rule", "crm", "rule"],
        }
    ).with_columns(superseded_at=pl.lit(None, INSTANT))
    history = with_directions(rows, ORDER)
    found = first_move_between(history, [CUTOFF], 0, 7, UTC_ZONE)
    assert found.select("customer_id", "stage").rows() == [("a", "buying"), ("b", "looking")]
    before_it_spoke = first_move_between(history, [CUTOFF], 0, 2, UTC_ZONE)
    assert before_it_spoke["stage"].to_list() == ["looking", "looking"]


def test_borders_by_eye():
    start, end = timedelta(days=1), timedelta(days=8)
    instant = timedelta(microseconds=1)
    moves = [
        ("at the start", "aware", start),
        ("just before", "aware", start - instant),
        ("last instant", "aware", end - instant),
        ("at the end", "aware", end),
        ("told again", "aware", -start),
        ("told again", "aware", start),
        ("twice", "looking", start),
        ("twice", "buying", start + instant),
    ]
    rows = pl.DataFrame(
        [
            {"customer_id": who, "stage": stage, "entered_at": CUTOFF + at, "known_at": CUTOFF + at}
            for who, stage, at in moves
        ]
    ).with_columns(superseded_at=pl.lit(None, INSTANT), said_by=pl.lit("rule"))
    history = with_directions(rows, ORDER)
    found = first_move_between(history, [CUTOFF], 1, 8, UTC_ZONE)
    assert {row[0]: row[2] for row in found.iter_rows()} == {
        "at the start": "aware",
        "last instant": "aware",
        "twice": "looking",
    }
