"""Every definition of what is predicted, against the definition written out plainly."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest
from definitions import everyone, known, labels, true
from hypothesis import given, settings
from hypothesis import strategies as st
from wholes import EXITS, STAGES, wholes
from worlds import cutoffs_in

from features.clock import shift
from features.contracts import EVENTS
from features.errors import DataRefused, ModelRefused
from features.known.told import Told
from models.rows.panel import scoring_panel
from models.targets.contractual import LEFT_DAYS, ContractChurn
from models.targets.inactivity import InactivityChurn
from models.targets.kinds import KINDS, from_json
from models.targets.next_step import NextStep
from models.targets.progression import STATE_AT_END, Progression
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
