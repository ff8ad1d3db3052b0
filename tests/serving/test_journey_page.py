"""The page of a journey as it is rendered: nothing missing, nothing let in, nothing let out."""

import json
import re
import string
from dataclasses import replace

import journey_data as made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Page

from features.contracts import DIRECTIONS
from serving.journey import foretold
from serving.journey.counts import CHANNELS_MOST, OTHER_STEPS, OTHERS, PAIRS_MOST, counts
from serving.journey.cubes import packed
from serving.journey.listed import lines, read_listed
from serving.journey.page import PARTS, render, script
from serving.journey.places import STAY
from serving.journey.quantiles import quantile
from serving.journey.sankey import GROUPS
from serving.journey.summary import facts, sentences
from serving.pages.html import policy
from serving.pages.words import LANGUAGES, Words, texts

ROOM = "serving.journey"
EVIL = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def pages():
    return {language: render(made.material(language)) for language in LANGUAGES}


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_stands_in_both_languages_with_the_same_places():
    english, other = texts("en", ROOM), texts("id", ROOM)
    assert english.keys() == other.keys()
    assert {key: places(text) for key, text in english.items()} == {
        key: places(text) for key, text in other.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_says_no_key_and_no_number_that_is_none(pages, language):
    page = Page(pages[language])
    assert page.wrong == []
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in page.all("a")} <= set(ids)
    assert not re.search(r"\b(nan|None|undefined)\b", page.text, re.IGNORECASE)
    keys = {key for key in texts(language, ROOM) if "." in key}
    assert [key for key in keys if f" {key} " in f" {page.text} "] == []


def test_it_asks_nobody_for_anything(pages):
    page = Page(pages["en"])
    assert [tag for tag, one in page.tags if {"src", "srcset", "action"} & one.keys()] == []
    assert all(one["href"].startswith("#") for one in page.all("a"))
    assert policy(script()) in [one.get("content") for one in page.all("meta")]
    assert not re.search(r"fetch\(|XMLHttp|import\(|innerHTML|eval\(|document\.write", script())


def test_days_are_those_of_the_business(pages):
    text = " ".join(Page(pages["en"]).text.split())
    assert "from 1 October 2025 to 1 January 2026 were looked at" in text
    assert "watched as of 20 February 2026" in text
    assert "19 February" not in text


def test_equal_material_gives_equal_text(pages):
    assert render(made.material("en")) == pages["en"]


def test_words_of_the_data_cannot_break_out():
    told = made.counted(channels=("web", EVIL), personas=(EVIL, "other"))
    html = render(made.material(told=told, title=EVIL))
    assert EVIL not in html
    assert [tag for tag, _ in Page(html).tags].count("script") == 2
    data = re.search(r'id="counts">(.*?)</script>', html)
    assert data is not None
    assert EVIL in json.loads(data[1])["words"]["channel"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_nothing_says_why_and_what_to_do(language):
    html = render(made.material(language, told=made.nothing(), bare=True))
    page, text = Page(html), texts(language, ROOM)
    assert page.wrong == []
    names = ("map", "pains", "opportunities", "emotion", "inventory", "efficiency", "gaps")
    for name in (*names, "service", "ledger", "outreach", "health"):
        assert re.sub(r"[\s`]", "", text[f"{name}.none"]) in re.sub(r"\s", "", page.text)
    assert len(PARTS) == 11


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_kept_from_looking_for_pains_is_said(language):
    told = made.material(language, told=made.nothing(), bare=True, unasked="no <order> is told")
    text = Page(render(told)).text
    assert text.count("no <order> is told") == 2


def test_without_stages_the_first_screen_counts_touches():
    told = made.counted()
    none = {name: getattr(told, name).iloc[:0] for name in ("flows", "standing", "dwell")}
    vars(told).update(none)
    found = facts(made.material(told=told, bare=True))
    assert [one.number for one in found] == [Words("en").number(told.touches["events"].sum()), "5"]
    assert facts(made.material(told=made.nothing(), bare=True)) == []


def test_a_pain_of_whom_no_money_is_known_costs_none():
    free = replace(made.pains(), frame=made.pains().frame.assign(money=0.0, money_low=0.0))
    said = sentences(made.material(pains=free))
    assert said[1] == "96 customers are there now."
    assert "Rp" not in " ".join(said)


def test_pains_of_which_none_is_proved_are_told_as_such():
    """How much more would prove the first is told by hand: (0.16 / 0.13)² and (0.16 / 0.02)²."""
    frame = made.pains().frame.assign(certain=False, low=-0.03, high=0.29)
    found = replace(made.pains(), frame=frame)
    said = sentences(made.material(pains=found))
    assert said[0].startswith("No pain point is proved: of 41 places looked at none surely")
    assert said[1].startswith("The likeliest, though chance could explain it: stage decision")
    assert "surely not more than Rp\N{NO-BREAK SPACE}120,000,000" in said[2]
    assert said[3].endswith("about 2 times as many outcomes would prove it.")
    assert said[4].startswith("More below: 2, of them proved: 0.")
    small = replace(found, frame=frame.assign(excess=0.02))
    assert "even 20 times as many outcomes" in sentences(made.material(pains=small))[3]


def test_what_the_model_had_expected_stands_beside_a_pain_in_words():
    """A pain that is not told as such has no row; those of too few scores have none either."""
    shown = made.material()
    assert "on 2 nights from 1 December 2025 to 1 January 2026" in foretold.note(shown)
    [table] = foretold.tables(shown)
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows[0][1:4] == ["412", "31", "44"]
    assert [row[-1].split()[0] for row in rows] == ["more", "what"]
    frame = made.pains().frame
    harmless = frame.assign(excess=frame["excess"].where(frame.index > 0, -0.1))
    [table] = foretold.tables(replace(shown, pains=replace(made.pains(), frame=harmless)))
    assert [(row[0].text[:2], row[1].text) for row in table.rows] == [("1.", "250")]
    assert "not known yet" in foretold.note(replace(shown, foretold=None))
    few = replace(made.foretold(), frame=made.foretold().frame.assign(times=np.nan))
    assert foretold.tables(replace(shown, foretold=few)) == []
    assert "too few" in foretold.note(replace(shown, foretold=few))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_tells_programs_which_pain_point_has_which_rank(pages, language):
    """In the words of the ledger, whatever the language of the page."""
    told = read_listed(pages[language])
    assert told.as_of == "2026-02-20"
    assert [[*one.values()] for one in told.pains] == [
        ["drop_off", "decision", "whatsapp", "smb"],
        ["resolution", "retention", "ticket", ""],
        ["stall", "consideration", "", ""],
    ]
    shown = Page(pages[language]).text
    for rank, line in enumerate(lines(made.material(language)), 1):
        assert line.startswith(f"{rank}. ")
        assert shown.count(line.split(": ")[0]) >= 2, "among pain points and opportunities"
    assert read_listed("<html></html>") is None


def test_every_direction_is_drawn_or_is_no_move():
    assert {*GROUPS, STAY} == set(DIRECTIONS)


def test_rare_channels_stand_together_and_lose_nothing():
    told = made.counted(channels=tuple(f"c{at:02}" for at in range(CHANNELS_MOST + 4)))
    found = counts(told)
    assert len(found.words["channel"]) == CHANNELS_MOST + 2  # those, the ads, and all others
    assert found.words["channel"][-1] == OTHERS
    for name in ("flows", "dwell", "touches", "waits"):
        measure = {"flows": "moves", "dwell": "spells", "touches": "events", "waits": "waits"}[name]
        assert found.frames[name][measure].sum() == getattr(told, name)[measure].sum()


def test_a_page_of_very_many_steps_stays_small(monkeypatch):
    monkeypatch.setattr(made, "STEPS", tuple(f"step_{at:02}" for at in range(30)))
    told = made.counted(months=made.MONTHS[:1], personas=("smb",))
    found = counts(told)
    pairs = found.frames["touches"][["channel", "step"]].drop_duplicates()
    assert len(pairs.loc[pairs["step"].ne(OTHER_STEPS)]) == PAIRS_MOST
    assert found.frames["touches"]["events"].sum() == told.touches["events"].sum()


words = st.lists(st.text("abc<é", min_size=1, max_size=4), min_size=1, max_size=5, unique=True)


@settings(max_examples=40)
@given(months=words, channels=words, data=st.data())
def test_what_is_packed_can_be_read_again(months, channels, data):
    cells = [(month, channel) for month in months for channel in channels]
    chosen = data.draw(st.lists(st.sampled_from(cells), unique=True))
    frame = pd.DataFrame(chosen, columns=["month", "channel"]).assign(n=range(len(chosen)))
    told = packed(frame, ("month", "channel"), {"month": months, "channel": channels})
    numbers = np.cumsum(told["steps"]).tolist()
    read = [
        (months[number // len(channels)], channels[number % len(channels)], n)
        for number, n in zip(numbers, told["measures"]["n"], strict=True)
    ]
    assert sorted(read) == sorted(frame.itertuples(index=False, name=None))


@given(days=st.lists(st.floats(0, 700), min_size=1, max_size=60), share=st.floats(0.05, 0.95))
def test_a_quantile_of_bins_lies_in_the_bin_of_the_real_one(days, share):
    edges = np.array(made.DWELL_EDGES, float)
    bins = np.searchsorted(edges, days, side="right") - 1
    counted = np.bincount(bins, minlength=len(edges))
    found = quantile(counted.tolist(), edges.tolist(), share)
    real = sorted(days)[max(0, int(np.ceil(share * len(days) - 1e-9)) - 1)]
    at = np.searchsorted(edges, real, side="right") - 1
    assert edges[at] - 1e-6 <= found <= edges[at + 1] + 1e-6
