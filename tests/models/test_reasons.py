"""Reasons: true numbers, in the direction of the score, the same every time."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import wholes
from buyers import WATERMARK, ZONE, bought_trial, buying

from features.catalog import FeatureParams, Vocabulary
from features.families import FAMILIES, catalog
from features.told import Told
from models.panel import scoring_panel
from models.reasons import MOST, reasons
from models.sentences import ENGLISH, INDONESIAN, VARIANTS, codes, sentence
from models.targets import InactivityChurn
from models.themes import Facts, Theme, Themes


@pytest.fixture(scope="module")
def model():
    return bought_trial().model


@pytest.fixture(scope="module")
def rows(model):
    return scoring_panel(
        [Told(events=buying())], [WATERMARK], model.needed(), model.target, zone=ZONE
    ).rows


def test_everyone_has_a_reason_and_nobody_too_many(model, rows):
    told = reasons(model, rows)
    assert len(told) == len(rows)
    assert all(1 <= len(few) <= MOST for few in told)
    assert all(len({one["code"] for one in few}) == len(few) for few in told)


def test_reasons_point_where_the_score_points(model, rows):
    """Riskier than the base rate: what raises the risk; else what speaks for staying."""
    base = model.contributions(rows)[:, -1]
    p = model.probabilities(rows)
    for risky, few in zip(np.log(p / (1 - p)) > base, reasons(model, rows), strict=True):
        assert {one["code"].startswith("staying_") for one in few} == {not risky}


def test_themes_share_out_every_contribution(model):
    themes = Themes(model.needed(), model.target, model.vocabulary)
    assert (themes.membership.sum(axis=1) == 1).all()
    assert {theme.kind for theme in themes.all} == {
        "silence", "tenure", "frequency", "spending", "rhythm", "contact"
    }  # fmt: skip


def test_every_feature_of_the_catalog_has_a_theme():
    known = catalog(replace(wholes.PARAMS, families=tuple(FAMILIES)), wholes.VOCABULARY).features
    target = InactivityChurn(steps=("purchase", "visit"))
    themes = Themes(known, target, wholes.VOCABULARY)
    numbers = pd.DataFrame({feature.name: [1.0, np.nan] for feature in known})
    assert (themes.membership.sum(axis=1) == 1).all()
    assert all(themes.facts(theme, numbers).numbers for theme in themes.all)


def test_the_first_reason_is_the_weightiest_theme(model, rows):
    themes = Themes(model.needed(), model.target, model.vocabulary)
    added = model.contributions(rows)[:, :-1] @ themes.membership
    sign = np.where(added.sum(axis=1) > 0, 1, -1)
    foremost = (sign[:, None] * added).argmax(axis=1)
    for place, few in zip(foremost, reasons(model, rows), strict=True):
        kind = themes.all[place].kind
        codes_of_kind = {kind, *(code for _, code in VARIANTS[kind])}
        assert few[0]["code"].removeprefix("staying_") in codes_of_kind


def test_a_row_alone_has_the_reasons_it_has_in_the_crowd(model, rows):
    crowd = reasons(model, rows)
    assert [reasons(model, rows.iloc[[row]])[0] for row in range(15)] == crowd[:15]


def test_numbers_are_the_customers_own(model, rows):
    told = reasons(model, rows)
    found = 0
    for row, few in zip(rows.to_dict("records"), told, strict=True):
        for one in few:
            if one["code"] == "silence_beyond_rhythm":
                days, gap = map(int, re.findall(r"\d+", one["sentence"]))
                assert days == round(row["days_since_last_step_order"])
                assert gap == round(row["gap_days_median_step_order"])
                assert row["days_since_last_step_order"] > row["gap_days_median_step_order"]
                found += 1
            if one["code"] == "frequency_falling":
                recent, span, before = map(int, re.findall(r"\d+", one["sentence"]))
                assert recent == row[f"events_step_order_{span}d"]
                assert before == row[f"events_step_order_{2 * span}d"] - recent
                assert recent < before
                found += 1
    assert found > 10


def test_both_languages_tell_the_same(model, rows):
    english, indonesian = reasons(model, rows), reasons(model, rows, language="id")
    for en, id_ in zip(english, indonesian, strict=True):
        assert [one["code"] for one in en] == [one["code"] for one in id_]
        assert [one["sentence"] for one in en] != [one["sentence"] for one in id_]
    assert set(ENGLISH) == set(INDONESIAN)
    slots = re.compile(r"\{\w+\}")
    for code, words in ENGLISH.items():
        assert set(slots.findall(words)) == set(slots.findall(INDONESIAN[code]))


def facts(**told: float) -> Facts:
    names = ("recent", "before", "long", "days", "known_days", "gap")
    numbers = {name: np.array([told.get(name, np.nan)]) for name in names}
    return Facts(numbers, recent_days=28, long_days=84)


@pytest.mark.parametrize(
    ("kind", "told", "leaving", "code"),
    [
        ("silence", {"days": 35, "gap": 6}, True, "silence_beyond_rhythm"),
        ("silence", {"days": 5, "gap": 6}, True, "since_last"),
        ("silence", {"days": 5}, True, "since_last"),
        ("silence", {"days": 35, "gap": 6}, False, "seen_lately"),
        ("silence", {}, True, "silence"),
        ("frequency", {"recent": 2, "before": 5, "long": 9}, True, "frequency_falling"),
        ("frequency", {"recent": 2, "before": 2, "long": 9}, True, "frequency_low"),
        ("frequency", {"recent": 2, "before": 5, "long": 9}, False, "frequency_high"),
        ("frequency", {}, True, "frequency"),
        ("spending", {"recent": 2, "before": 5, "long": 9}, True, "spending_falling"),
        ("rhythm", {"gap": 20}, True, "rhythm_slow"),
        ("rhythm", {"gap": 2}, False, "rhythm_steady"),
        ("rhythm", {}, True, "rhythm_unknown"),
        ("tenure", {"known_days": 20}, True, "tenure_short"),
        ("tenure", {"known_days": 900}, False, "tenure_long"),
        ("contact", {"days": 9, "long": 2}, True, "contact_some"),
        ("contact", {"days": 90, "long": 0}, True, "contact_quiet"),
        ("contact", {"long": 0}, True, "contact_never"),
    ],
)
def test_the_sentence_fits_the_numbers(kind, told, leaving, code):
    theme, found = Theme(kind, "order"), facts(**told)
    assert codes(theme, found, leaving=np.array([leaving])).tolist() == [code]
    words = sentence(code, theme, told | {"recent_days": 28, "long_days": 84}, "en")
    assert "nan" not in words
    assert words[0].isupper()


def test_days_are_said_as_people_say_them():
    theme = Theme("silence", "order")
    said = [sentence("since_last", theme, {"days": days}, "en") for days in (0.3, 1.2, 1234.0)]
    assert said == [f"Last order {span} ago" for span in ("under a day", "1 day", "1,234 days")]
    assert sentence("since_last", theme, {"days": 1234.0}, "id") == "Order terakhir 1.234 hari lalu"


def test_steps_beside_the_targets_are_named_by_their_channel():
    words = Vocabulary(
        pairs=(("app", "login"), ("app", "search"), ("desk", "ticket"), ("store", "order")),
        steps_with_value=("order",),
    )
    features = catalog(FeatureParams(), words).features
    themes = Themes(features, InactivityChurn(steps=("order",)), words)
    contacts = {theme.subject for theme in themes.all if theme.kind == "contact"}
    assert contacts == {"app", "ticket"}
    rows = pd.DataFrame(0.0, index=[0], columns=[feature.name for feature in features])
    app = next(theme for theme in themes.all if theme.subject == "app")
    recent, long = themes.facts(app, rows).recent_days, themes.facts(app, rows).long_days
    told = rows.assign(**{f"events_channel_app_{recent}d": 2.0, f"events_channel_app_{long}d": 7.0})
    assert themes.facts(app, told).numbers["recent"][0] == 2.0
    assert themes.facts(app, told).numbers["long"][0] == 7.0
