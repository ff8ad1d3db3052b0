"""Stages and steps ahead, against the definition written out plainly."""

from datetime import timedelta

import numpy as np
import pytest
from definitions import everyone, known, labels, true
from hypothesis import given, settings
from hypothesis import strategies as st
from wholes import EXITS, STAGES, wholes
from worlds import cutoffs_in

from features.clock import shift
from features.known.told import Told
from models.targets.next_step import LAST, NONE, NextStep
from models.targets.progression import MOVES, PRESENT, STATE_AT_END, Progression

MOVING = Progression(order=STAGES, exits=EXITS, embargo_days=1, horizon_days=20)
STANDING = Progression(order=STAGES, exits=EXITS, horizon_days=20, meaning=STATE_AT_END)
TOUCHING = NextStep(steps=("purchase", "visit"), active_within_days=30, horizon_days=9)


def voice(rows: list[dict]) -> list[dict]:
    """Entries into stages, in order, by whom they are told; who is stated drowns the rules."""
    stated = [row for row in rows if row["said_by"] != "rule"]
    order = ("entered_at", "known_at", "said_by", "stage")
    return sorted(stated or rows, key=lambda row: tuple(row[name] for name in order))


def stages_plainly(told: Told, target: Progression, cutoffs, zone) -> dict:
    found = {}
    for cutoff in cutoffs:
        start, end = (shift(cutoff, days, zone) for days in target.span_days)
        for who in everyone(told):
            own = told.stage_history.filter(told.stage_history["customer_id"] == who)
            seen = voice(known(own, "entered_at", cutoff))
            if not seen or seen[-1]["stage"] not in target.order:
                continue
            told_by_end = voice([row for row in true(own) if row["entered_at"] < end])
            moves = [
                now
                for before, now in zip([None, *told_by_end], told_by_end, strict=False)
                if before is None or before["stage"] != now["stage"]
            ]
            early = [one for one in voice_moves(own, start) if cutoff <= one["entered_at"]]
            if early:
                continue
            if target.meaning == STATE_AT_END:
                if told_by_end:
                    found[who, cutoff] = target.classes.index(told_by_end[-1]["stage"])
                continue
            inside = [one for one in moves if start <= one["entered_at"]]
            found[who, cutoff] = target.classes.index(inside[0]["stage"]) if inside else 0
    return found


def voice_moves(own, end) -> list[dict]:
    """Moves before an instant, as the voice told them that counts until then."""
    rows = voice([row for row in true(own) if row["entered_at"] < end])
    return [
        now
        for before, now in zip([None, *rows], rows, strict=False)
        if before is None or before["stage"] != now["stage"]
    ]


@pytest.mark.parametrize("target", [MOVING, STANDING], ids=["first move", "state at the end"])
@given(world=wholes())
@settings(deadline=None)
def test_stages_are_left_as_the_definition_says(target, world):
    told, zone = world
    cutoffs = cutoffs_in(zone)
    assert labels(told, target, cutoffs, zone) == stages_plainly(told, target, cutoffs, zone)


def steps_plainly(told: Told, target: NextStep, cutoffs, zone) -> dict:
    found = {}
    for cutoff in cutoffs:
        start, end = (shift(cutoff, days, zone) for days in target.span_days)
        active = cutoff - timedelta(days=target.active_within_days)
        for who in everyone(told):
            own = told.events.filter(told.events["customer_id"] == who)
            if not any(active <= one["occurred_at"] for one in known(own, "occurred_at", cutoff)):
                continue
            inside = sorted(
                (
                    one
                    for one in true(own)
                    if one["step"] in target.steps and start <= one["occurred_at"] < end
                ),
                key=lambda one: (one["occurred_at"], one["source"], one["source_key"], one["step"]),
            )
            found[who, cutoff] = target.classes.index(inside[0]["step"]) if inside else 0
    return found


@given(wholes())
@settings(deadline=None)
def test_the_first_step_comes_next(world):
    told, zone = world
    cutoffs = cutoffs_in(zone)
    assert TOUCHING.classes[0] == NONE
    assert labels(told, TOUCHING, cutoffs, zone) == steps_plainly(told, TOUCHING, cutoffs, zone)


present = st.integers(0, len(STAGES) - 1)


@given(st.data(), st.sampled_from([MOVING, STANDING]))
def test_moves_and_destinations_share_out_the_same_certainty(data, target):
    rows = data.draw(st.integers(1, 5))
    here = np.array(data.draw(st.lists(present, min_size=rows, max_size=rows)))
    raw = np.random.default_rng(data.draw(st.integers(0, 99))).random((rows, len(target.classes)))
    p = raw / raw.sum(axis=1, keepdims=True)
    to, moves = target.destinations(p, here), target.moves(p, here)
    np.testing.assert_allclose(to.sum(axis=1), 1)
    np.testing.assert_allclose(moves.sum(axis=1), 1)
    for row, place in enumerate(here):
        ranks = dict(enumerate(target.stages))
        ahead = sum(to[row, n] for n in ranks if place < n < len(STAGES))
        back = sum(to[row, n] for n in ranks if n < place)
        out = sum(to[row, n] for n in ranks if n >= len(STAGES))
        np.testing.assert_allclose(moves[row], [ahead, to[row, place], back, out])
    assert MOVES == ("advance", "stay", "regress", "exit")


def test_what_cannot_be_is_masked():
    target = Progression(order=STAGES, exits=EXITS, never=("aware > buying", "looking > lost"))
    possible = target.possible(np.array([0, 1, 2]))
    names = np.array(target.classes)
    assert list(names[~possible[0]]) == ["aware", "buying"]
    assert list(names[~possible[1]]) == ["looking", "lost"]
    assert list(names[~possible[2]]) == ["buying"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"never": ("aware > nowhere",)}, "never names 'nowhere'"),
        ({"never": ("aware",)}, 'never names no move; write each as "from > to"'),
        ({"settled": ("byuing",)}, "settled names 'byuing'; did you mean `buying`"),
    ],
)
def test_stages_that_are_none_are_told(wrong, told):
    with pytest.raises(ValueError, match=told):
        Progression(order=STAGES, exits=EXITS, **wrong)


def test_the_last_steps_are_told_newest_first():
    target = NextStep().among(("purchase", "visit"))
    assert target.classes == (NONE, "purchase", "visit")
    assert [one.name for one in target.telling() if one.name in LAST] == list(LAST)
    assert PRESENT in {one.name for one in MOVING.telling()}
