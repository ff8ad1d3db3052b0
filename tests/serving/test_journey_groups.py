"""Groups of a journey page: none that may be chosen is small, nor what a difference tells."""

from collections import defaultdict

import journey_data as made
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.stages.personas import OTHER
from serving.journey import compared
from serving.journey.counts import KEYS, MEASURES, counts
from serving.journey.grouping import APART, grouped
from serving.journey.page import filters, render
from serving.journey.script_data import script_data

LEAST = 5
PERSONAS, CHANNELS = ("a", "b", "c", OTHER), ("web", "chat", "call", "store")


@st.composite
def customers(draw):
    """Each one's persona and channels."""
    one = st.tuples(st.sampled_from(PERSONAS), st.frozensets(st.sampled_from(CHANNELS), min_size=1))
    return draw(st.lists(one, min_size=1, max_size=60))


def people(everyone):
    found = defaultdict(int)
    for persona, channels in everyone:
        for channel in ("", *channels):
            found[persona, channel] += 1
    rows = [(persona, channel, n) for (persona, channel), n in found.items()]
    return pd.DataFrame(rows, columns=["persona", "channel", "customers"])


@settings(max_examples=60)
@given(everyone=customers())
def test_whoever_is_told_and_whoever_is_left_are_enough(everyone):
    """Of every choice, and of the difference between two of them, counted customer by customer."""
    groups = grouped(people(everyone), LEAST, set())
    told = [
        (groups.personas.get(who, who), {groups.channels.get(by, by) for by in by_all})
        for who, by_all in everyone
    ]
    personas, channels = {who for who, _ in told}, {by for _, by_all in told for by in by_all}
    for persona in personas if len(everyone) >= LEAST else ():
        assert sum(who == persona for who, _ in told) >= LEAST
        shut = {by for who, by in groups.hidden if who == persona}
        apart = sum(who == persona and bool(by_all & shut) for who, by_all in told)
        assert not shut or apart >= LEAST
    for channel in channels:
        users = [who for who, by_all in told if channel in by_all]
        if len(users) < LEAST:
            assert len(channels) == 1
            continue
        for persona in personas:
            own, is_shut = users.count(persona), (persona, channel) in groups.hidden
            assert is_shut or own == 0 or own >= LEAST
        apart = sum((who, channel) in groups.hidden for who in users)
        assert apart == 0 or apart >= LEAST


@pytest.fixture(scope="module")
def told():
    """Of smb one customer came by e-mail; the persona of one is enterprise's."""
    world = made.counted()
    few = world.people["persona"].eq("smb") & world.people["channel"].eq("email")
    alone = world.people["persona"].eq("enterprise")
    world.people["customers"] = world.people["customers"].mask(few | alone, 1)
    return world


def test_totals_hold_of_everybody_of_a_persona_and_of_a_channel(told):
    found = counts(told, LEAST)
    for name, keys in KEYS.items():
        whole, measure = getattr(told, name), MEASURES[name][0]
        assert found.frames[name][measure].sum() == pytest.approx(whole[measure].sum())
        if {"persona", "channel"} <= set(keys):
            both = pd.concat([found.frames[name], found.apart[name]])
            own = whole.loc[whole["persona"].eq("smb"), measure].sum()
            assert both.loc[both["persona"].eq("smb"), measure].sum() == own
            of_channel = whole.loc[whole["channel"].eq("email"), measure].sum()
            mailed = found.frames[name]["channel"].eq("email")
            assert found.frames[name].loc[mailed, measure].sum() == of_channel


def test_what_is_small_is_neither_offered_nor_in_the_file(told):
    shown = made.material(counts=counts(told, LEAST))
    assert ("smb", "email") in shown.counts.hidden
    assert [name for name, _ in filters(shown)["persona"]] == [OTHER, "smb"]
    assert "enterprise" not in script_data(shown)["words"]["persona"]
    touches = shown.counts.frames["touches"]
    pair = touches["persona"].eq("smb") & touches["channel"].eq("email")
    assert not pair.any()
    assert touches["persona"].eq(APART).any()
    assert APART not in [name for name, _ in filters(shown)["channel"]]
    assert f">{APART}<" not in render(shown)


def test_a_feeling_of_few_is_not_told(told):
    ratings = told.feelings.assign(ratings=LEAST - 1, sentiment=1.0).iloc[:1]
    html = render(
        made.material(
            counts=counts(made.SimpleNamespace(**vars(told) | {"feelings": ratings}), LEAST)
        )
    )
    assert f"of {LEAST - 1}<" not in html


def test_the_cost_of_a_channel_of_few_is_not_told(told):
    """Neither stands among the channels that are told by name; by one of them only one advanced."""
    costs = made.efficiency().assign(channel=["fax", "radio"], advances=[1, 300])
    shown = made.material(counts=counts(told, LEAST), efficiency=costs)
    [table] = compared.efficiency(shown).tables
    assert [row[1].text for row in table.rows] == ["radio"]
