"""An experiment from its draws to its verdict, its doubts and its sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from nights import a_night, a_run

from models.uplift.saves import difference
from serving.decide import DecideParams, Play
from serving.outcomes import telling
from serving.outcomes.drawn import from_log, from_store, priced
from serving.outcomes.found import HARMS, HELPS, TOO_EARLY, UNPROVED
from serving.outcomes.kept import reached
from serving.outcomes.measuring import expected_draws, measure
from serving.pages.words import LANGUAGES, texts
from serving.store import Store
from serving.store.outbox_tables import deliveries, outbox
from serving.store.tables import actions, enrolments

AS_OF = datetime(2026, 11, 20, 17, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
HOW = {"as_of": AS_OF, "zone": JAKARTA, "horizon_days": 28, "acceptance": 0.3}
ROWS = 2_000
CALL = Play(name="call", action="Call", channel="call", cost=4.0)
GIFT = Play(name="gift", action="Gift", channel="mail", bands=("medium",))


def draws(kept=0.0, rows=ROWS, seed=0, share=0.7, **changed) -> pd.DataFrame:
    """Draws of some weeks, of whom a fifth leaves, fewer of those treated."""
    random = np.random.default_rng(seed)
    treated = random.random(rows) < share
    left = random.random(rows) < 0.2 * (1 - kept * treated)
    assigned_at = pd.Timestamp(AS_OF) - pd.to_timedelta(60 + np.arange(rows) % 8, unit="D")
    told = {
        "customer_id": [f"c{number:04d}" for number in range(rows)],
        "experiment": "offer",
        "assigned_at": assigned_at,
        "matured_at": assigned_at + timedelta(days=29),
        "arm": np.where(treated, "treated", "control"),
        "probability": share,
        "fate": np.where(left, "left", "stayed"),
        "leaving": random.beta(2, 8, rows),
        "value": 100.0,
        "cost": np.where(treated, 4.0, 0.0),
        "given": treated,
        "told": True,
        "in_vain": False,
        "contacted": treated,
        "stratum": np.where(random.random(rows) < 0.5, "high", "medium"),
        "stage": np.where(random.random(rows) < 0.5, "trial", "paid"),
        "persona": None,
        "channel": "call",
        "action": "call",
    }
    return pd.DataFrame(told | changed)


def test_what_is_saved_is_near_the_plain_difference_of_the_arms():
    rows = draws(kept=0.6)
    found = measure(rows, **HOW)
    arms = [rows.loc[rows["arm"].eq(arm), "fate"].eq("stayed") for arm in ("treated", "control")]
    plain = difference(*(int(one) for arm in arms for one in (arm.sum(), len(arm))))
    assert found.verdict == HELPS
    assert found.effect.once.value == pytest.approx(plain.value, abs=0.004)
    assert found.effect.once.low == pytest.approx(plain.low, abs=0.008)
    treated = rows["arm"].eq("treated").sum()
    assert found.saves[0].value == pytest.approx(treated * found.effect.once.value)
    assert found.net[0].value == pytest.approx(100 * found.saves[0].value - 4 * treated)
    assert found.net[1].low < found.net[0].low < found.net[0].value
    assert found.saves_a_contact == pytest.approx(found.effect.once.value)
    assert {cell.by for cell in found.cells} == {"band", "stage", "channel", "action"}


def test_only_the_interval_for_every_look_makes_a_claim():
    assert measure(draws(), **HOW).verdict == UNPROVED
    swapped = draws(kept=0.6)
    worse = swapped.assign(fate=swapped["fate"].map({"left": "stayed", "stayed": "left"}))
    assert measure(worse, **HOW).verdict == HARMS
    near = next(
        found
        for found in (measure(draws(kept=0.25, seed=seed), **HOW) for seed in range(30))
        if found.effect.once.low > 0 > found.effect.always.low
    )
    assert near.verdict == UNPROVED


def test_what_is_not_mature_is_counted_by_the_business_day_on_which_it_will_be():
    rows = draws(rows=300)
    rows.loc[rows.index >= 50, "fate"] = "due"
    rows.loc[rows.index < 10, "fate"] = "not_at_risk"
    found = measure(rows, **HOW, more={"suppressed": 3})
    assert found.verdict == TOO_EARLY
    assert sum(found.due.values()) == 250
    first = rows.loc[rows.index >= 50, "matured_at"].min().astimezone(JAKARTA)
    assert next(iter(found.due)) == f"{first:%Y-%m-%d}"
    assert found.counts["not_at_risk"] == 10
    assert found.counts["matured"] == 40
    nobody = measure(rows.assign(fate="due"), **HOW)
    assert (nobody.verdict, nobody.effect, nobody.cells) == (TOO_EARLY, None, ())


def test_the_number_of_draws_expected_is_chosen_by_the_first_night_alone():
    rows = draws()
    later = rows["assigned_at"] > rows["assigned_at"].min()
    changed = rows.assign(
        leaving=rows["leaving"].where(~later, 0.9),
        fate=rows["fate"].map({"left": "stayed", "stayed": "left"}),
    )
    assert expected_draws(changed, 0.3) == expected_draws(rows, 0.3)


def doubts(rows):
    return {one.code for one in measure(rows, **HOW).doubts}


def test_every_doubt_is_told_where_it_belongs_and_nowhere_else():
    rows = draws(seed=3)
    assert doubts(rows) == set()
    assert doubts(rows.assign(probability=0.5)) == {"O01"}
    is_treated = rows["arm"].eq("treated")
    assert doubts(rows.assign(value=rows["value"] + 50 * is_treated)) == {"O02"}
    assert doubts(rows.assign(contacted=True)) == {"O03"}
    assert doubts(rows.assign(given=False)) == {"O04"}
    assert doubts(rows.assign(told=False)) == {"O05"}
    assert doubts(rows.assign(in_vain=rows.index % 10 == 0)) == {"O06"}
    assert doubts(rows.assign(told=None, contacted=False)) == set()


def test_those_erased_are_a_doubt_only_where_they_could_undo_what_is_claimed():
    """One of two treated who left is erased: their leaving is no longer there to be counted."""
    rows = draws()
    gone = (rows["arm"].eq("treated") & rows["fate"].eq("left")).to_numpy() & (rows.index % 2 == 0)
    found = measure(rows[~gone].reset_index(drop=True), **HOW, more={"erased": int(gone.sum())})
    assert found.verdict == HELPS
    assert "O07" in {one.code for one in found.doubts}
    for kept, erased in ((0.6, 2), (0.0, 50)):
        other = measure(draws(kept=kept), **HOW, more={"erased": erased})
        assert "O07" not in {one.code for one in other.doubts}


def test_facts_name_no_customer_and_every_language_says_the_same():
    rows = draws(kept=0.6)
    rows = rows.assign(stage=np.where(rows["arm"].eq("treated"), "trial", "paid"))
    rows = rows.assign(probability=0.5, contacted=True, in_vain=True, told=False)
    found = measure(rows.assign(persona="big"), **HOW, more={"erased": 2, "suppressed": 1})
    told = str(found.facts())
    assert "c0001" not in told
    said = {}
    for language in LANGUAGES:
        say = telling.words(language)
        said[language] = [
            telling.verdict(found, say),
            *telling.doubted(found, say),
            *telling.sentences(found, say, "IDR"),
            *(cell for row in telling.measures(found, say, "IDR") for cell in row),
            *(cell for row in telling.groups(found, say) for cell in row),
        ]
    assert len(said["en"]) == len(said["id"])
    assert said["en"][0].startswith("Contact kept")
    assert any("before the draw" in one.lower() for one in said["en"])
    assert said["id"][0].startswith("Kontak mempertahankan")
    harmful = measure(
        rows.assign(fate=np.where(rows["arm"].eq("treated"), "left", "stayed")), **HOW
    )
    assert "stop it" in telling.verdict(harmful, telling.words("en"))


def test_both_languages_have_the_same_words():
    keys = [set(texts(language, telling.ROOM)) for language in LANGUAGES]
    assert keys[0] == keys[1]


@pytest.fixture
def store(store_url):
    opened = Store(store_url)
    yield opened
    opened.close()


def test_the_store_tells_draws_with_what_was_known_when_they_were_made(store):
    run = a_run()
    scores = a_night(run, 3)
    base = {"experiment": "offer", "stratum": "high", "run_id": run.run_id}

    def keep(connection):
        arms = {"c0": "treated", "c1": "control", "c2": "treated"}
        drawn = [
            base
            | {"customer_id": one, "arm": arm, "enrolled_at": run.as_of}
            | {"probability": 0.8 if arm == "treated" else 0.2}
            for one, arm in arms.items()
        ]
        connection.execute(sa.insert(enrolments), drawn)
        given = {"run_id": run.run_id, "customer_id": "c2", "as_of": run.as_of}
        connection.execute(sa.insert(actions), [given | {"action": "call", "channel": "call"}])

    summary = {"experiment": {"experiment": "offer"}, "enrolled_tonight": 5}
    store.publish(run, scores, published_at=run.as_of, summary=summary, also=[keep])
    until = run.as_of + timedelta(days=40)
    read = partial(from_store, experiment="offer", until=until, plays=(CALL, GIFT))
    found = store.read(read)
    rows = found.rows.set_index("customer_id")
    assert rows["probability"].tolist() == pytest.approx([0.8, 0.8, 0.8])
    then = scores.set_index("customer_id")
    assert rows["leaving"].to_dict() == then["churn_probability"].to_dict()
    bands = then["risk_band"].map({"high": "call", "medium": "gift"})
    assert rows["action"].fillna("").to_dict() == bands.fillna("").to_dict()
    assert found.counts == {"suppressed": 0, "erased": 2}
    told = found.rows.assign(worth=1.0, matured_at=pd.Timestamp(until))
    money = priced(told, found, (CALL, GIFT), DecideParams()).set_index("customer_id")
    assert money["cost"].to_dict() == {"c0": 0.0, "c1": 0.0, "c2": 4.0}
    assert money["given"].to_dict() == {"c0": False, "c1": False, "c2": True}
    assert money["value"].to_dict() == then["yearly_value"].to_dict()
    again = replace(run, run_id="again")
    other = {"run_id": "again", "customer_id": "c2", "as_of": run.as_of, "channel": "mail"}

    def anew(connection):
        connection.execute(sa.insert(actions), [other | {"action": "gift"}])

    later = run.as_of + timedelta(hours=1)
    store.publish(again, scores.assign(run_id="again"), published_at=later, also=[anew])
    plays = store.read(read).plays
    assert plays["action"].tolist() == ["gift"], "of a night that was scored twice the last counts"
    assert store.read(partial(read, experiment="other")) is None
    assert store.read(partial(read, until=run.as_of - timedelta(days=1))) is None


def test_who_was_reached_is_known_from_the_answer_on(store):
    """Of c1 a score was cleared, of c2 the answer came before the draw, c3 was never answered."""
    run, hour = a_run(), timedelta(hours=1)
    drawn = {"experiment": "offer", "arm": "treated", "probability": 0.8, "stratum": "high"}
    drawn |= {"run_id": run.run_id, "enrolled_at": run.as_of}
    sent = {"destination": "crm", "hash": "", "payload": "", "attempts": 1, "code": None}
    ends = [
        ("c0", "set", "acknowledged", 2),
        ("c1", "clear", "acknowledged", 2),
        ("c2", "set", "acknowledged", -2),
        ("c3", "set", "rejected", 2),
        ("c4", "set", "acknowledged", 9),
        ("somebody else", "set", "acknowledged", 2),
    ]
    books = dict.fromkeys(("scored", "unchanged", "planned", "clears"), 0)
    books |= {"run_id": run.run_id, "destination": "crm", "shape": "", "as_of": run.as_of}

    def keep(connection):
        some = [drawn | {"customer_id": name} for name, *_ in ends[:-1]]
        connection.execute(sa.insert(enrolments), some)
        rows = [
            {"run_id": run.run_id, "customer_id": name, "key": name, "op": op, "state": state}
            | {"planned_at": run.as_of, "ended_at": run.as_of + at * hour, **sent}
            for name, op, state, at in ends
        ]
        connection.execute(sa.insert(outbox), rows)
        connection.execute(sa.insert(deliveries).values(**books, planned_at=run.as_of + hour))

    store.write(keep)
    at = [
        store.read(partial(reached, experiment="offer", until=run.as_of + hours * hour))
        for hours in (0, 1, 3, 9)
    ]
    assert at == [None, set(), {"c0"}, {"c0", "c4"}]


def test_a_log_without_prices_costs_contact_and_offer_and_all_are_worth_the_same():
    log = draws(rows=4).assign(probability=[0.7, np.nan, 0.7, 1.0], cutoff=AS_OF)
    found = from_log(log[["customer_id", "experiment", "arm", "probability", "action"]])
    assert found.counts == {"no_probability": 2}
    told = found.rows.assign(worth=0.0, arm=["treated", "control"])
    money = priced(told, found, (), DecideParams())
    assert money["cost"].tolist() == [11.0, 0.0]
    assert money["value"].tolist() == [200.0, 200.0]
    assert from_log(log.iloc[[1]]) is None
