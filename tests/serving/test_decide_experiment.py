"""The control arm: by lot, for good, and the same whoever else is there."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from models.uplift.power import customers_needed
from serving.decide import (
    Enrolment,
    ExperimentParams,
    Play,
    Playbook,
    Standing,
    decide,
    knowing,
)
from serving.decide.experiment import draw

CUTOFF = datetime(2026, 3, 2, 17, tzinfo=UTC)
KEY = b"k" * 32
CALL = Play(name="call", action="Call", channel="call", bands=("medium",), capacity_per_day=2)
names = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=6, unique=True)
FEW = settings(max_examples=10)


def offer(share=0.5, **told):
    return ExperimentParams(name=told.pop("name", "offer"), control_share=share, **told)


def night(ids, experiment, standing=None, p=0.9, plays=()):
    asked = pd.DataFrame({"customer_id": pd.Series(ids, dtype="str"), "probability": p})
    asked = asked.assign(
        band=pd.Series([None] * len(asked), dtype="str"),
        yearly_value=100.0,
        stage=None,
        reasons=[[] for _ in ids],
    )
    book = Playbook(plays=plays, experiment=experiment)
    return decide(asked, standing or Standing(), CUTOFF, book, KEY)


@FEW
@given(ids=names)
def test_an_arm_depends_on_nobody_else(ids):
    crowd = night(ids, offer()).rows
    for row in crowd.to_dict("records"):
        alone = night([row["customer_id"]], offer()).rows.iloc[0]
        assert alone.to_dict() == row


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_as_many_are_held_out_as_was_said(share):
    ids = [f"c{at}" for at in range(2000)]
    rows = night(ids, offer(share)).rows
    held = int(rows["arm"].eq("control").sum())
    low, high = binom.interval(0.9999, len(ids), share)
    assert low <= held <= high
    chances = np.where(rows["arm"].eq("control"), share, 1 - share)
    assert rows["arm_probability"].tolist() == chances.tolist()
    other = night(ids, offer(share, name="other")).rows
    both = int((rows["arm"].eq("control") & other["arm"].eq("control")).sum())
    low, high = binom.interval(0.9999, len(ids), share * share)
    assert low <= both <= high


@FEW
@given(ids=names, share=st.floats(0.01, 0.99), later=st.floats(0.01, 0.99))
def test_whoever_is_enrolled_stays_as_they_were_drawn(ids, share, later):
    first = night(ids, offer(share))
    known = {
        row["customer_id"]: Enrolment(row["arm"], row["arm_probability"])
        for row in first.rows.to_dict("records")
    }
    second = night(ids, offer(later), Standing(enrolled=known))
    assert first.fresh.all()
    assert not second.fresh.any()
    assert first.sha256() == second.sha256()
    low = night(ids, offer(later), Standing(enrolled=known), p=0.001)
    assert low.rows["arm"].tolist() == first.rows["arm"].tolist()


def test_bands_may_have_shares_of_their_own():
    mixed = offer(0.5, shares={"high": 0.1})
    assert {draw(mixed, f"c{at}", "high", KEY).probability for at in range(99)} == {0.1, 0.9}
    assert draw(mixed, "c1", "medium", KEY).probability == 0.5


@FEW
@given(ids=names, share=st.floats(0.01, 0.99))
def test_who_is_held_out_has_no_action_and_takes_nobody_s_place(ids, share):
    rows = night(ids, offer(share), p=0.1, plays=(CALL,)).rows
    held = rows["arm"].eq("control")
    treated = rows["arm"].eq("treated")
    assert rows.loc[held, "action"].isna().all()
    assert rows.loc[treated, "action"].notna().all()
    assert treated.sum() == min(2, sum(_is_treated(one, share) for one in ids))


def _is_treated(customer, share):
    return draw(offer(share), customer, "medium", KEY).arm == "treated"


def test_nobody_is_enrolled_for_whom_no_contact_is_planned():
    rows = night(["a", "b"], offer(), p=0.1).rows
    assert rows[["arm", "arm_probability", "experiment"]].isna().all(axis=None)
    assert not night(["a"], None).fresh.any()


def known_in(enrolled, a_night, p=0.2, ids=400):
    ids = [f"c{at}" for at in range(ids)]
    standing = Standing(enrolled=enrolled, enrolled_a_night=a_night)
    book = Playbook(experiment=offer())
    decided = night(ids, offer(), standing, p=p)
    chances = np.full(len(ids), p)
    return knowing(decided.rows, chances, standing, CUTOFF, book, outcome_days=28)


def test_the_first_night_says_when_it_will_be_known_if_all_nights_were_like_it():
    told = known_in({}, {})
    assert told.needed == customers_needed(0.2, 0.3, 0.5)
    assert told.weeks == int(np.ceil((np.ceil((told.needed - 400) / 400) + 28) / 7))
    assert told.sentence() == (
        f"Experiment offer: 400 of {told.needed:,} enrolled; "
        f"with 400 customers a night you will know in {told.weeks} weeks."
    )


def test_later_the_pace_is_that_of_those_who_came_since():
    known = {f"c{at}": Enrolment("treated", 0.5) for at in range(390)}
    slow = known_in(known, {CUTOFF - timedelta(days=5): 390})
    assert slow.a_night == 2.0
    assert slow.weeks == int(np.ceil((np.ceil((slow.needed - 400) / 2) + 28) / 7))
    over = known_in(known, {CUTOFF - timedelta(days=5): 390}, ids=390)
    assert over.weeks is None
    assert "it will never tell" in over.sentence()


def test_an_experiment_without_probabilities_promises_nothing():
    assert known_in({}, {}, p=0.001) is None


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"name": "My offer"}, "name is 'My offer'; write small letters"),
        ({"share": 0.0}, "control_share is 0.0; write a share above 0"),
        ({"share": float("nan")}, "control_share is nan"),
        ({"shares": {"high": 1.0}}, "shares is 1.0"),
        ({"shares": {"top": 0.5}}, "shares names 'top'"),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(told, fault):
    with pytest.raises(ValueError, match=fault):
        offer(told.pop("share", 0.5), **told)
