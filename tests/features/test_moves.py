"""The direction of each move, and what was told of a customer at a cutoff."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl
from places import DAY, PARAMS
from polars.testing import assert_frame_equal
from worlds import cutoffs_in

from features.contracts import STAGE_HISTORY
from features.stages.moves import disagreements, spells, stage_at, with_directions

START = cutoffs_in(ZoneInfo("UTC"))[0]


def entries(*rows: tuple[str, str], said_by: str = "rule") -> pl.DataFrame:
    """One move a day, each with its direction."""
    days = [START + timedelta(days=number) for number in range(len(rows))]
    return pl.DataFrame(
        {
            "customer_id": ["a"] * len(rows),
            "stage": [stage for _, stage in rows],
            "entered_at": days,
            "known_at": days,
            "superseded_at": [None] * len(rows),
            "direction": [direction for direction, _ in rows],
            "said_by": [said_by] * len(rows),
        },
        schema=STAGE_HISTORY.schema,
    )


def test_every_move_has_its_direction():
    golden = entries(
        ("enter", "aware"),
        ("advance", "looking"),
        ("stay", "looking"),
        ("regress", "aware"),
        ("skip", "buying"),
        ("exit", "gone"),
        ("reentry", "looking"),
        ("advance", "buying"),
    )
    assert_frame_equal(with_directions(golden.drop("direction"), PARAMS.order), golden)


def test_a_direction_is_seen_from_what_was_known_then():
    told_late = entries(("enter", "aware"), ("enter", "looking"), ("advance", "buying"))
    told_late = told_late.with_columns(
        known_at=pl.Series([START + 9 * DAY, START + DAY, START + 2 * DAY])
    )
    assert_frame_equal(with_directions(told_late.drop("direction"), PARAMS.order), told_late)


def test_a_correction_is_a_move_from_the_stage_before_it_and_not_from_what_it_corrects():
    golden = entries(("enter", "aware"), ("skip", "buying"), ("advance", "looking")).with_columns(
        entered_at=pl.Series([START, START + DAY, START + DAY]),
        superseded_at=pl.Series([None, START + 2 * DAY, None]),
    )
    moved = with_directions(golden.drop("direction"), PARAMS.order)
    assert_frame_equal(moved, golden)
    stages = [stage_at(moved, START + day * DAY)["stage"].item() for day in (1, 2, 3)]
    assert stages == ["aware", "buying", "looking"]


def test_a_stage_that_is_told_again_goes_on():
    again = entries(("enter", "aware"), ("advance", "looking"), ("stay", "looking"))
    found = spells(again, START + 9 * DAY).select("stage", "entered_at", "left_at")
    assert found.rows() == [
        ("aware", START, START + DAY),
        ("looking", START + DAY, None),
    ]


def test_two_voices_keep_their_own_history_and_their_disagreement_is_told():
    both = pl.concat(
        [
            entries(("enter", "aware"), ("advance", "looking")),
            entries(("enter", "aware"), ("skip", "buying"), said_by="crm"),
        ]
    )
    moved = with_directions(both.drop("direction"), PARAMS.order)
    assert_frame_equal(moved, both.sort("customer_id", "said_by", "entered_at"))
    end = both["entered_at"].max()
    assert disagreements(both, end).height == 0  # at the instant of the move it is still unknown
    assert disagreements(both, end + timedelta(days=1)).rows() == [
        ("a", "crm", "buying"),
        ("a", "rule", "looking"),
    ]
