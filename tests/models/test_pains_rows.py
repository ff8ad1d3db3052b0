"""Rows of pains: lawful columns, waits and changes of channel by hand, what came by an oracle."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from wholes import EVERYBODY, EXITS, PARAMS, STAGES, VOCABULARY, wholes
from worlds import cutoffs_in

from features.contracts import EVENTS, STAGE_HISTORY
from features.errors import ModelRefused
from features.known.told import Told
from features.own.laws import LAWS, World
from models.pains.asked import Asked, journey_target
from models.pains.lived import CHANNEL, ENDED, OPEN, PING_PONG
from models.pains.looking import pains
from models.pains.params import PainParams
from models.pains.rows import pain_rows
from models.targets.inactivity import InactivityChurn
from models.targets.progression import Progression

CHURN = InactivityChurn(steps=("purchase",), active_within_days=28, horizon_days=28)
REFUNDS = replace(PARAMS, roles={"refund_asked": ("offer_sent",)})
ASKED = Asked(
    target=journey_target(CHURN, None, VOCABULARY),
    vocabulary=VOCABULARY,
    features=REFUNDS,
    personas={"rich": "seats > 5"},
)
UTC_ZONE = ZoneInfo("UTC")
CUTOFF = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.slow
@settings(max_examples=3)
@given(whole=wholes())
def test_no_column_breaks_a_law(whole):
    told, zone = whole
    world = World(told=told, customers=EVERYBODY, cutoffs=cutoffs_in(zone), zone=zone)
    columns = (*ASKED.mix, *ASKED.beside)
    assert not any(law(world, columns) for law in LAWS.values())


def test_case_mix_is_blind_to_channel_service_and_what_personas_read():
    words = {"whatsapp", "web", "email", "ticket", "message", "stage", "notice", "seats"}
    for one in ASKED.mix:
        assert not {word for word in words if word in one.name}
        assert not one.needs.channels
        assert not one.needs.steps & {"ticket_opened", "message_in", "refund", "email_sent"}
    assert "profile_plan" in {one.name for one in ASKED.mix}
    assert "profile_seats" in {one.name for one in replace(ASKED, personas={}).mix}


def lived(*touches):
    """What is told of one customer by hours before the cutoff, channel, step, ticket, topic."""
    rows = [
        {
            "customer_id": "ana",
            "occurred_at": CUTOFF - timedelta(hours=hours),
            "known_at": CUTOFF - timedelta(hours=hours),
            "channel": channel,
            "step": step,
            "source": "till",
            "source_key": str(number),
            "ticket": ticket,
            "topic": topic,
        }
        for number, (hours, channel, step, ticket, topic) in enumerate(touches)
    ]
    schema = {**EVENTS.schema, "ticket": pl.String, "topic": pl.String}
    events = pl.DataFrame(rows, schema=schema, orient="row")
    features = [one for one in ASKED.beside if "climbed" not in one.name]
    world = World.of(Told(events=events), [CUTOFF], UTC_ZONE)
    return world.panel(features).row(0, named=True)


def test_the_main_channel_is_that_of_most_own_contacts_of_equals_the_last():
    web, app = (9, "web", "visit", None, None), (5, "app", "visit", None, None)
    business = [(hours, "email", "email_sent", None, None) for hours in range(1, 5)]
    channels = ASKED.channels
    assert channels[int(lived(web, app, *business)[CHANNEL])] == "app"
    assert channels[int(lived(web, (8, *web[1:]), app)[CHANNEL])] == "web"
    assert lived(*business)[CHANNEL] is None
    assert lived((31 * 24, *web[1:]))[CHANNEL] is None


def test_waits_that_ended_and_waits_that_go_on():
    opened = (50, "ticket", "ticket_opened", "t1", None)
    replied = (40, "ticket", "ticket_replied_agent", "t1", None)
    told = lived(opened, replied)
    assert (told[f"{ENDED}first_reply"], told[f"{OPEN}first_reply"]) == (10, None)
    assert (told[f"{ENDED}resolution"], told[f"{OPEN}resolution"]) == (None, 50)
    solved = lived(opened, replied, (30, "ticket", "ticket_solved", "t1", None))
    assert (solved[f"{ENDED}resolution"], solved[f"{OPEN}resolution"]) == (20, None)
    refund = lived((90, "sales", "offer_sent", None, None), (20, "store", "refund", None, None))
    assert refund[f"{ENDED}refund"] == 70


def test_three_changes_of_channel_about_one_topic_within_a_week_are_a_ping_pong():
    def issue(*hours, topic="login", channels=("web", "app")):
        return [
            (at, channels[turn % len(channels)], "visit", None, topic)
            for turn, at in enumerate(hours)
        ]

    assert lived(*issue(90, 80, 70, 60))[PING_PONG] == 1
    assert lived(*issue(90, 80, 70))[PING_PONG] == 0
    assert lived(*issue(90))[PING_PONG] is None
    assert lived(*issue(90, 80), *issue(70, 60, topic="billing"))[PING_PONG] == 0
    assert lived(*issue(*range(500, 0, -96)))[PING_PONG] == 0, "too slow"
    assert lived(*issue(90, 80, 70, 60, channels=("web",)))[PING_PONG] == 0


def test_stages_are_looked_at_where_they_are_told_else_churn():
    assert ASKED.target == Progression(order=STAGES, exits=EXITS, horizon_days=28)
    without = replace(VOCABULARY, tables=("customers",))
    assert journey_target(CHURN, None, without) is CHURN


def crowd(customers=90):
    """What is told of customers who climb, fall back or leave, some of them by way of tickets."""
    dice, events, moves = np.random.default_rng(4), [], []
    for number in range(customers):
        who, at, place = f"who-{number}", CUTOFF - timedelta(days=200), 0
        while at < CUTOFF:
            stage = (*STAGES, *EXITS)[place]
            moves.append({"customer_id": who, "stage": stage, "entered_at": at, "known_at": at})
            at += timedelta(days=float(dice.exponential(40)) + 1)
            place = int(dice.choice([min(place + 1, 2), max(place - 1, 0), 3], p=[0.6, 0.2, 0.2]))
        for _ in range(12):
            hours = int(dice.integers(1, 200 * 24))
            channel, step = VOCABULARY.pairs[int(dice.integers(len(VOCABULARY.pairs)))]
            happened = CUTOFF - timedelta(hours=hours)
            told = {"customer_id": who, "channel": channel, "step": step, "value": 10**6}
            events.append(told | {"occurred_at": happened, "known_at": happened})
    keys = [{"source": "crm", "source_key": str(number)} for number in range(len(events))]
    rows = [one | key for one, key in zip(events, keys, strict=True)]
    entered = [one | {"direction": "enter", "said_by": "crm"} for one in moves]
    schema = {**EVENTS.schema, "ticket": pl.String, "topic": pl.String}
    return Told(
        events=pl.DataFrame(rows, schema=schema, orient="row"),
        stage_history=pl.DataFrame(entered, schema=dict(STAGE_HISTORY.schema), orient="row"),
    )


PLAIN = replace(
    ASKED,
    vocabulary=replace(VOCABULARY, attributes=(), tables=("stage_history",)),
    personas={},
    params=PainParams(customers_least=5, drops_least=1, cutoffs=3),
)


def slow_drop_off(history, who, cutoff):
    """The first other stage within four weeks from tomorrow: is it before this one, or out?"""
    order = {name: place for place, name in enumerate((*STAGES, *EXITS))}
    own = [(at, order[name]) for at, name in history if at < cutoff]
    end = cutoff + timedelta(days=29)
    here = own[-1][1]
    later = [place for at, name in history if cutoff <= at < end for place in [order[name]]]
    to = next((place for place in later if place != here), here)
    return float(to < here or to >= len(STAGES))


def test_who_dropped_off_is_found_by_a_slow_look():
    told = crowd()
    cutoffs = PLAIN.cutoffs(CUTOFF, CUTOFF - timedelta(days=150), UTC_ZONE)
    rows = pain_rows([told], PLAIN, cutoffs, watermark=CUTOFF, zone=UTC_ZONE)
    off = rows.loc[rows["kind"].eq("drop_off")]
    by_stage = off.groupby(["cutoff", "stage"])["outcome"].sum()
    moves = told.stage_history.sort("entered_at")
    slow: dict[tuple[object, str], float] = {}
    for cutoff in cutoffs:
        for who in moves["customer_id"].unique():
            own = moves.filter(pl.col("customer_id") == who)
            history = list(zip(own["entered_at"], own["stage"], strict=True))
            before = [(at, name) for at, name in history if at < cutoff]
            tomorrow = cutoff + timedelta(days=1)
            soon = [name for at, name in history if cutoff <= at < tomorrow]
            if before and before[-1][1] in STAGES and {*soon} <= {before[-1][1]}:
                key = (cutoff, before[-1][1])
                slow[key] = slow.get(key, 0.0) + slow_drop_off(history, who, cutoff)
    assert by_stage.to_dict() == slow
    assert sum(slow.values()) > len(cutoffs), "some drop off"


def test_the_step_by_which_somebody_stays_is_no_news_of_who_did():
    own = ("purchase", "refund", "message_in")
    asked = replace(PLAIN, target=replace(CHURN, steps=own))
    cutoffs = asked.cutoffs(CUTOFF, CUTOFF - timedelta(days=150), UTC_ZONE)
    rows = pain_rows([crowd()], asked, cutoffs, watermark=CUTOFF, zone=UTC_ZONE)
    assert rows["first_step"].notna().any()
    assert not rows["first_step"].isin(own).any()


def test_what_is_expected_of_some_kinds_is_as_if_all_were_asked_for():
    cutoffs = PLAIN.cutoffs(CUTOFF, CUTOFF - timedelta(days=150), UTC_ZONE)[-2:]
    look = partial(pain_rows, [crowd()], PLAIN, cutoffs, watermark=CUTOFF, zone=UTC_ZONE)
    every, few = look(), look(kinds={("wait", "first_reply")})
    is_asked = every["kind"].eq("wait") & every["what"].eq("first_reply")
    assert is_asked.any()
    assert not is_asked.all()
    blank = every.assign(drop_expected=np.nan, expected=every["expected"].where(is_asked))
    pd.testing.assert_frame_equal(few, blank)
    off = look(kinds={("drop_off", "")})
    pd.testing.assert_series_equal(off["drop_expected"], every["drop_expected"])


def test_rows_tell_no_customer_and_only_ripe_cutoffs():
    told = crowd(30)
    [cutoff] = PLAIN.cutoffs(CUTOFF, CUTOFF - timedelta(days=40), UTC_ZONE)
    rows = pain_rows([told], PLAIN, [cutoff], watermark=CUTOFF, zone=UTC_ZONE)
    assert (
        not rows.select_dtypes("str")
        .apply(lambda column: column.str.startswith("who-"))
        .any()
        .any()
    )
    later = cutoff + timedelta(days=1)
    with pytest.raises(ModelRefused, match="label window"):
        pain_rows([told], PLAIN, [later], watermark=CUTOFF, zone=UTC_ZONE)


def test_what_comes_after_the_cutoff_changes_no_pain():
    told = crowd()
    happened = CUTOFF - timedelta(days=20)
    before = Told(
        events=told.events.filter(pl.col("occurred_at") < happened),
        stage_history=told.stage_history.filter(pl.col("entered_at") < happened),
    )
    whole, cut = (
        pains([one], PLAIN, happened, watermark=happened, zone=UTC_ZONE) for one in (told, before)
    )
    assert whole is not None
    assert cut is not None
    assert whole.as_json() == cut.as_json()
    assert whole.cutoffs


def test_no_pain_is_told_before_any_outcome_is_known():
    early = CUTOFF - timedelta(days=190)
    assert pains([crowd(20)], PLAIN, early, watermark=early, zone=UTC_ZONE) is None
