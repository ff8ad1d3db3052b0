"""A customer's page says all that a caller should know, first of all what forbids the call."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from customer_data import NOW, contracts, events, known, nights, outreach, spells
from nights import FIRST, REASON, a_night, a_ruled_night, a_run
from pages import Page

from serving.customer.history import history
from serving.customer.known import Barred, History, Known
from serving.customer.page import ROOM, render
from serving.pages.words import texts
from serving.store import Store
from serving.store.outbox_tables import acknowledged
from serving.store.tables import actions, enrolments

DRAWN = {"experiment": "spring", "arm": "treated", "probability": 0.5, "stratum": "high"}
HELD = {"destination": "crm", "key": "1", "op": "set", "hash": "0", "unsure": False}
HOSTILE = '</script><img src=x onerror="alert(1)">'


def page(told: Known, language: str = "en") -> Page:
    return Page(render(told, title="Toko Melati", language=language))


@pytest.mark.parametrize("language", ["en", "id"])
def test_it_is_whole_and_asks_nobody(language):
    told = page(known(), language)
    assert told.wrong == []
    assert {tag for tag, _ in told.tags}.isdisjoint({"script", "link", "img", "iframe"})
    assert not [one for one in [*told.values("src"), *told.values("href")] if "//" in one]
    for said in (
        "c2",
        "Bandung",
        "crm",
        "call-back",
        "spring",
        "service credit",
        REASON["sentence"],
    ):
        assert said in told.text
    assert re.findall(r"\{\w*\}|\bnan\b|NaT|None", told.text) == []


def test_both_languages_say_the_same_things():
    english, indonesian = (texts(language, ROOM) for language in ("en", "id"))
    assert english.keys() == indonesian.keys()
    fields = [
        {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in one.items()}
        for one in (english, indonesian)
    ]
    assert fields[0] == fields[1]


@pytest.mark.parametrize(("language", "scored"), [("en", "en"), ("id", "en"), ("id", "id")])
def test_reasons_bear_the_language_in_which_they_were_scored(language, scored):
    told = page(known(reasons_in=scored), language)
    assert {*told.values("lang")} == {language, scored}
    note = texts(language, ROOM)["reasons.as_scored"]
    assert (note in told.text) == (language != scored)


def test_what_forbids_the_call_comes_first():
    barred = [Barred("", "", None), Barred("whatsapp", "marketing", FIRST + timedelta(days=3))]
    held = replace(nights(arm="control", experiment="spring"), barred=barred)
    text = page(known(history=held)).text
    warnings = [
        "Must not be contacted, by any channel.",
        "Must not be contacted by WhatsApp until 24 November 2026.",
        "Held out of the experiment spring",
    ]
    places = [text.index(one) for one in warnings]
    assert places == sorted(places)
    assert places[-1] < text.index("High risk")


def test_old_scores_are_not_acted_upon():
    late = known(now=FIRST + timedelta(days=40))
    assert "expired on 19 December 2026" in page(late).text
    assert "expired" not in page(known()).text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (History(run=None, scores=nights().scores.head(0), actions=nights().actions.head(0)),
         "Nothing has been scored yet"),
        (replace(nights(), scores=nights().scores.head(0)), "Not among the scores of 21 November"),
    ],
)  # fmt: skip
def test_who_has_no_score_has_a_page(told, said):
    text = page(known(history=told)).text
    assert said in text
    assert "no scores in this time" in text


def test_rules_give_no_probability():
    run = replace(a_run(), tier="rules", grade="none")
    told = replace(nights(), run=run, scores=a_ruled_night(["high"]))
    assert "too few data for a probability" in page(known(history=told)).text


def test_a_customer_of_whom_little_is_known_has_a_page():
    bare = known(
        events=events(), spells=spells(), contracts=contracts(), outreach=outreach(), attributes={}
    )
    told = page(bare)
    assert told.wrong == []
    assert "since" not in [text.strip() for text in told.texts]


def test_words_of_the_data_are_text():
    told = page(
        known(
            customer_id=HOSTILE,
            events=events((3, HOSTILE, HOSTILE)),
            spells=spells((HOSTILE, 60, None)),
            attributes={HOSTILE: HOSTILE},
        )
    )
    assert told.wrong == []
    assert {tag for tag, _ in told.tags}.isdisjoint({"script", "img"})


def test_the_time_line_counts_what_it_draws():
    told = page(known(events=events((5, "web", "visit"), (5, "web", "visit"), (9, "web", "call"))))
    assert len([one for one in told.all("circle") if "theirs" in one["class"]]) == 1
    assert len([one for one in told.all("circle") if "ours" in one["class"]]) == 1
    assert len([one for one in told.all("circle") if "score" in one["class"]]) == 3
    for one in [*told.all("circle"), *told.all("rect")]:
        assert 0 <= float(one.get("cx", one.get("x", 0))) <= 960


def test_the_store_remembers_one_customer_and_nobody_else(store_url):
    store = Store(store_url)
    for night in (0, 1):
        store.publish(a_run(night), a_night(a_run(night)), published_at=NOW)
    told = history(store, "c1", a_run(1).as_of, datetime(2026, 12, 1, tzinfo=UTC))
    assert told.run == a_run(1)
    assert told.scores["customer_id"].tolist() == ["c1", "c1"]
    assert told.scores["as_of"].is_monotonic_increasing
    assert told.present is not None
    assert history(store, "nobody", FIRST, NOW).present is None
    store.close()


def test_nothing_of_a_later_night_is_remembered(store_url):
    store = Store(store_url)
    store.publish(a_run(0), a_night(a_run(0)), published_at=NOW)
    store.publish(a_run(1), a_night(a_run(1)), published_at=NOW + timedelta(days=1))
    late = {"customer_id": "c1", "run_id": a_run(1).run_id}
    for table, row in (
        (actions, {"action": "call-back", "channel": "call", "as_of": a_run(1).as_of}),
        (enrolments, DRAWN | {"enrolled_at": a_run(1).as_of}),
        (acknowledged, HELD | {"acknowledged_at": NOW}),
    ):
        entered = sa.insert(table).values(late | row)
        store.write(partial(sa.Connection.execute, statement=entered))
    now, later = (history(store, "c1", a_run(night).as_of, NOW) for night in (0, 1))
    assert (now.run, now.scores["run_id"].tolist()) == (a_run(0), [a_run(0).run_id])
    assert now.present is not None
    assert now.actions.empty
    assert [*now.arms, *now.sent] == []
    assert (later.run, len(later.scores), len(later.actions)) == (a_run(1), 2, 1)
    assert (len(later.arms), len(later.sent)) == (1, 1)
    assert history(store, "c1", FIRST - timedelta(days=1), NOW).run is None
    store.close()
