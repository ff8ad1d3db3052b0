"""The playbook: the first play that fits and has room, by an oracle that knows no arrays."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.decide import BANDS, DecideParams, Play, Playbook, Standing, decide

CUTOFF = datetime(2026, 3, 2, 17, tzinfo=UTC)
PARAMS = DecideParams(margin=0)
REASONS = [
    {"code": "silence", "theme": "silence.baskets", "kind": "act", "sentence": "quiet"},
    {"code": "tickets_waiting", "theme": "tickets", "kind": "act", "sentence": "waits"},
    {"code": "staying_silence", "theme": "silence.baskets", "kind": "context", "sentence": "-"},
]


def crowd(people):
    """What `decide` is asked of people: id, probability, yearly value, stage, reasons."""
    names = ["customer_id", "probability", "yearly_value", "stage", "reasons"]
    asked = pd.DataFrame(people, columns=names)
    return asked.assign(band=pd.Series([None] * len(asked), dtype="str"))


people = st.lists(
    st.tuples(
        st.text("abcdef", min_size=1, max_size=3),
        st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.5, 0.9]),
        st.sampled_from([0.0, 100.0, 1000.0]),
        st.sampled_from(["trial", "active", None]),
        st.lists(st.sampled_from(REASONS), max_size=2),
    ),
    unique_by=lambda one: one[0],
    min_size=1,
    max_size=12,
).map(crowd)
words = st.sampled_from(["silence", "tickets_waiting", "silence.baskets", "staying_silence", "x"])
some_plays = st.lists(
    st.builds(
        SimpleNamespace,
        when=st.lists(words, max_size=2).map(tuple),
        stages=st.lists(st.sampled_from(["trial", "active"]), max_size=1).map(tuple),
        bands=st.lists(st.sampled_from(BANDS), min_size=1, unique=True).map(tuple),
        channel=st.sampled_from(["call", "email"]),
        cost=st.sampled_from([0.0, 10.0, 100.0]),
        capacity_per_day=st.sampled_from([None, 1, 2]),
        cooldown_days=st.sampled_from([0, 7]),
    ),
    max_size=3,
).map(
    lambda drafts: tuple(
        Play(name=f"p{at}", action=f"do {at}", **vars(one)) for at, one in enumerate(drafts)
    )
)


def wants(play, row):
    told = [(one["code"], one["theme"]) for one in row["reasons"]]
    by_code = {code for code, _ in told}
    themes = {theme for code, theme in told if not code.startswith("staying_")}
    said = by_code | themes | {theme.split(".")[0] for theme in themes}
    return not play.when or bool(said & set(play.when))


def by_hand(asked, bands, plays, standing):
    """Customer by customer: who keeps the most money first, the first play that will do."""
    has_money = any(asked["yearly_value"] > 0)
    rows = []
    for row, band in zip(asked.to_dict("records"), bands, strict=True):
        worth = row["yearly_value"] if has_money else PARAMS.customer_value
        kept = row["probability"] * PARAMS.acceptance * worth
        rows.append(row | {"risk_band": band, "kept": kept})
    rows.sort(key=lambda row: (-row["kept"], -row["probability"], row["customer_id"]))
    given_to, used = {}, {play.name: 0 for play in plays}
    for row in rows:
        who = row["customer_id"]
        for play in plays:
            last = standing.acted.get(play.name, {}).get(who)
            if (
                row["risk_band"] in play.bands
                and (not play.stages or row["stage"] in play.stages)
                and wants(play, row)
                and row["kept"] >= play.cost
                and who not in standing.suppressed.get(play.channel, ())
                and (last is None or (CUTOFF - last).days >= play.cooldown_days)
                and used[play.name] < (play.capacity_per_day or len(rows))
            ):
                given_to[who] = play.name
                used[play.name] += 1
                break
    return given_to


@given(asked=people, plays=some_plays, data=st.data())
def test_the_first_play_that_will_do_is_given_out_as_by_hand(asked, plays, data):
    ids = st.sampled_from(asked["customer_id"].tolist())
    nights_ago = st.integers(1, 9).map(lambda days: CUTOFF - timedelta(days=days))
    acted = {play.name: data.draw(st.dictionaries(ids, nights_ago)) for play in plays}
    suppressed = {"email": data.draw(st.sets(ids))}
    standing = Standing(acted=acted, suppressed=suppressed)
    decided = decide(asked, standing, CUTOFF, Playbook(params=PARAMS, plays=plays))
    told = {
        who: play
        for who, play in zip(decided.rows["customer_id"], decided.plays, strict=True)
        if play
    }
    assert told == by_hand(asked, decided.rows["risk_band"], plays, standing)
    assert decided.rows["customer_id"].tolist() == asked["customer_id"].tolist()
    assert (decided.rows["action_by"].eq("rule") == decided.rows["action"].notna()).all()


@settings(max_examples=10)
@given(asked=people, plays=some_plays, seed=st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_nothing(asked, plays, seed):
    order = list(range(len(asked)))
    seed.shuffle(order)
    book = Playbook(plays=plays)
    first = decide(asked, Standing(), CUTOFF, book)
    second = decide(asked.iloc[order], Standing(), CUTOFF, book)
    assert first.sha256() == second.sha256()
    pd.testing.assert_frame_equal(first.rows.iloc[order].reset_index(drop=True), second.rows)


def test_who_must_not_be_called_gets_the_next_play():
    asked = crowd([("ayu", 0.9, 100.0, None, []), ("budi", 0.8, 100.0, None, [])])
    call = Play(name="call", action="Call", channel="call")
    mail = Play(name="mail", action="Write", channel="email")
    quiet = Standing(suppressed={"call": {"ayu"}})
    rows = decide(asked, quiet, CUTOFF, Playbook(plays=(call, mail))).rows
    assert rows["action"].tolist() == ["Write", "Call"]
    assert rows["action_channel"].tolist() == ["email", "call"]
    never = Standing(suppressed={"": {"ayu"}})
    rows = decide(asked, never, CUTOFF, Playbook(plays=(call, mail))).rows
    assert rows["action"].tolist()[1:] == ["Call"]
    assert rows["action"].isna().tolist() == [True, False]


def test_rules_without_a_probability_serve_the_most_urgent_first():
    asked = crowd([("a", np.nan, 900.0, None, []), ("b", np.nan, 5.0, None, [])])
    asked["band"] = ["medium", "high"]
    call = Play(
        name="call",
        action="Call",
        channel="call",
        bands=("high", "medium"),
        cost=50,
        capacity_per_day=1,
    )
    rows = decide(asked, Standing(), CUTOFF, Playbook(plays=(call,))).rows
    assert rows["action"].isna().tolist() == [True, False]
    assert rows["health"].tolist() == [45, 15]


@pytest.mark.parametrize(("hours", "again"), [(24 * 7, True), (24 * 7 - 1, True), (24 * 6, False)])
def test_a_cool_down_counts_business_days_also_the_short_one_of_spring(hours, again):
    asked = crowd([("ayu", 0.9, 100.0, None, [])])
    call = Play(name="call", action="Call", channel="call", cooldown_days=7)
    standing = Standing(acted={"call": {"ayu": CUTOFF - timedelta(hours=hours)}})
    rows = decide(asked, standing, CUTOFF, Playbook(plays=(call,))).rows
    assert rows["action"].notna().tolist() == [again]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"action": " "}, "action is blank"),
        ({"channel": ""}, "channel is blank"),
        ({"bands": ()}, "bands is"),
        ({"bands": ("top",)}, "bands is"),
        ({"cost": -1.0}, "cost is -1.0"),
        ({"cost": float("inf")}, "cost is inf"),
        ({"capacity_per_day": 0}, "capacity_per_day is 0"),
        ({"cooldown_days": -1}, "cooldown_days is -1"),
    ],
)
def test_a_play_that_fits_nobody_is_refused(told, fault):
    with pytest.raises(ValueError, match=fault):
        Play(**{"name": "call", "action": "Call", "channel": "call", **told})
