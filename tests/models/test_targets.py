"""Every definition of what is predicted, against the definition written out plainly."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wholes import EXITS, STAGES, wholes
from worlds import cutoffs_in

from features.clock import shift
from features.contracts import EVENTS
from features.errors import DataRefused, ModelRefused
from features.told import Told
from models.panel import scoring_panel, training_panel
from models.targets.contractual import LEFT_DAYS, ContractChurn
from models.targets.inactivity import InactivityChurn
from models.targets.kinds import KINDS, from_json
from models.targets.next_step import LAST, NONE, NextStep
from models.targets.progression import MOVES, PRESENT, STATE_AT_END, Progression
from models.targets.target import LEFT_OUT
from models.targets.transactional import TransactionalChurn

CONTRACTS = ContractChurn(embargo_days=2, horizon_days=14, grace_days=5)
BUYERS = TransactionalChurn(
    steps=("purchase", "offer_accepted"),
    orders_least=2,
    usual_gap_days=20,
    quiet_days_least=5,
    quiet_days_most=60,
    embargo_days=1,
    horizon_days=10,
)
MOVING = Progression(order=STAGES, exits=EXITS, embargo_days=1, horizon_days=20)
STANDING = Progression(order=STAGES, exits=EXITS, horizon_days=20, meaning=STATE_AT_END)
TOUCHING = NextStep(steps=("purchase", "visit"), active_within_days=30, horizon_days=9)
NOTHING = pl.DataFrame(schema=EVENTS.schema)
UTC = ZoneInfo("UTC")
EVERY = (CONTRACTS, BUYERS, MOVING, STANDING, TOUCHING, InactivityChurn(steps=("visit",)))


def true(rows) -> list[dict]:
    """What holds as far as it is known today."""
    return [row for row in rows.to_dicts() if row["superseded_at"] is None]


def known(rows, clock, cutoff) -> list[dict]:
    """What had happened and was known before a cutoff."""
    return [
        row
        for row in rows.to_dicts()
        if row[clock] < cutoff
        and row["known_at"] < cutoff
        and (row["superseded_at"] is None or row["superseded_at"] >= cutoff)
    ]


def labels(told: Told, target, cutoffs, zone) -> dict:
    """Label by customer and cutoff, of the rows that are learned from."""
    watermark = target.matured_at(max(cutoffs), zone)
    try:
        panel = training_panel([told], cutoffs, [], target, watermark=watermark, zone=zone)
    except DataRefused:
        return {}
    rows = panel.rows
    return {
        (who, at.to_pydatetime()): label
        for who, at, label in zip(rows["customer_id"], rows["cutoff"], rows["label"], strict=True)
    }


def everyone(told: Told) -> set[str]:
    tables = (told.events, told.contracts, told.stage_history)
    return {who for rows in tables for who in rows["customer_id"]}


def covered_until(terms: list[dict], cutoff, grace: timedelta):
    """The end of unbroken cover at a cutoff; the term that ends it; None where there is none."""
    begun = [one for one in terms if one["starts_at"] < cutoff]
    if not begun:
        return None, None
    ends = {id(one): max(one["ends_at"] or NEVER, one["starts_at"]) for one in terms}
    last = max(begun, key=lambda one: ends[id(one)])
    end = ends[id(last)]
    while True:
        renewing = [
            one
            for one in terms
            if (one["starts_at"] <= end or one["starts_at"] < end + grace) and ends[id(one)] > end
        ]
        if not renewing:
            return end, last
        last = max(renewing, key=lambda one: ends[id(one)])
        end = ends[id(last)]


NEVER = pd.Timestamp("2200-01-01", tz="UTC").to_pydatetime()


def contracts_plainly(told: Told, target: ContractChurn, cutoffs, zone) -> dict:
    found = {}
    grace = timedelta(days=target.grace_days)
    for cutoff in cutoffs:
        start, end = (shift(cutoff, days, zone) for days in target.span_days)
        for who in everyone(told):
            seen = known(
                told.contracts.filter(told.contracts["customer_id"] == who), "starts_at", cutoff
            )
            running = [one for one in seen if (one["ends_at"] or NEVER) >= cutoff]
            if not running:
                continue
            terms = true(told.contracts.filter(told.contracts["customer_id"] == who))
            until, _ = covered_until(terms, cutoff, grace)
            if until is None or until >= end:
                found[who, cutoff] = 0
            elif until >= start:
                found[who, cutoff] = 1
    return found


@given(wholes())
@settings(deadline=None)
def test_contracts_end_as_the_definition_says(world):
    told, zone = world
    target = ContractChurn(embargo_days=2, horizon_days=14, grace_days=5, paid_only=False)
    cutoffs = cutoffs_in(zone)
    assert labels(told, target, cutoffs, zone) == contracts_plainly(told, target, cutoffs, zone)


@given(wholes())
@settings(deadline=None)
def test_each_way_of_ending_is_a_label_of_its_own(world):
    """Voluntary and involuntary leavers are apart, together they are all, and stayers stay."""
    told, zone = world
    cutoffs = cutoffs_in(zone)
    every, wanted, unwanted = (
        labels(told, ContractChurn(horizon_days=14, counts=how), cutoffs, zone)
        for how in ("all", "voluntary", "involuntary")
    )
    leavers = [{key for key, label in one.items() if label} for one in (wanted, unwanted)]
    assert leavers[0] | leavers[1] == {key for key, label in every.items() if label}
    assert not leavers[0] & leavers[1]
    stayers = {key for key, label in every.items() if not label}
    assert {key for key, label in wanted.items() if not label} == stayers
    assert {key for key, label in unwanted.items() if not label} == stayers


@given(wholes())
@settings(deadline=None)
def test_a_term_that_cannot_end_early_is_at_risk_only_at_its_end(world):
    told, zone = world
    cutoffs = cutoffs_in(zone)
    target = ContractChurn(horizon_days=14, may_end_early=False)
    if not labels(told, target, cutoffs, zone):
        return
    panel = scoring_panel([told], cutoffs, [], target, zone=zone)
    assert (panel.rows[LEFT_DAYS] < 15).all()


def buyers_plainly(told: Told, target: TransactionalChurn, cutoffs, zone) -> dict:
    found = {}
    for cutoff in cutoffs:
        start, end = (shift(cutoff, days, zone) for days in target.span_days)
        for who in everyone(told):
            own = told.events.filter(
                (told.events["customer_id"] == who) & told.events["step"].is_in(target.steps)
            )
            orders = known(own, "occurred_at", cutoff)
            days = {}
            for step in target.steps:
                at = {
                    one["occurred_at"].astimezone(zone).date()
                    for one in orders
                    if one["step"] == step
                }
                days[step] = len(at)
            if sum(days.values()) < target.orders_least or not orders:
                continue
            dates = sorted({one["occurred_at"].astimezone(zone).date() for one in orders})
            gaps = sorted((b - a).days for a, b in pairwise(dates))
            wait = float(target.usual_gap_days)
            if sum(days.values()) > 3 and gaps:
                wait = pd.Series(gaps).quantile(0.9)
                wait = min(max(wait, target.quiet_days_least), target.quiet_days_most)
            newest = max(one["occurred_at"] for one in orders)
            if (cutoff - newest) / timedelta(days=1) > wait:
                continue
            again = [one for one in true(own) if start <= one["occurred_at"] < end]
            found[who, cutoff] = 0 if again else 1
    return found


@given(wholes())
@settings(deadline=None)
def test_buyers_stop_as_the_definition_says(world):
    told, zone = world
    cutoffs = cutoffs_in(zone)
    assert labels(told, BUYERS, cutoffs, zone) == buyers_plainly(told, BUYERS, cutoffs, zone)


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


@given(wholes(), st.sampled_from(EVERY))
@settings(deadline=None)
def test_nobody_at_risk_hangs_on_what_comes_later(world, target):
    """Who is at risk, and every column beside the features, is told by the past alone."""
    told, zone = world
    cutoff = cutoffs_in(zone)[1]
    before = told.map(lambda rows: rows.filter(rows["known_at"] < cutoff))

    def at_risk(some):
        try:
            return scoring_panel([some], [cutoff], [], target, zone=zone).rows
        except DataRefused:
            return None

    whole, past = at_risk(told), at_risk(before)
    if past is None:
        assert whole is None
    else:
        pd.testing.assert_frame_equal(whole, past)


@pytest.mark.parametrize("target", EVERY, ids=lambda target: target.kind)
def test_a_target_comes_back_from_json(target):
    assert from_json(target.as_json()) == target
    assert KINDS[target.kind] is type(target)
    assert LEFT_OUT not in range(len(target.classes))


def test_an_unknown_question_is_refused():
    with pytest.raises(ModelRefused, match="'oracle', which is unknown"):
        from_json({"kind": "oracle"})


@pytest.mark.parametrize("target", EVERY, ids=lambda target: target.kind)
def test_labels_wait_for_the_grace(target):
    cutoff = cutoffs_in(UTC)[0]
    lead = target.embargo_days + target.horizon_days + getattr(target, "grace_days", 0)
    assert target.matured_at(cutoff, UTC) == cutoff + timedelta(days=lead)
    assert target.last_mature(target.matured_at(cutoff, UTC), UTC) == cutoff
    early = target.matured_at(cutoff, UTC) - timedelta(microseconds=1)
    with pytest.raises(ModelRefused, match=f"{target.predicts} label"):
        target.labels(Told(events=NOTHING), [cutoff], early, UTC)


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
