"""Reasons: true numbers, in the direction of the score, the same every time."""

import re

import numpy as np
import pytest
from buyers import WATERMARK, ZONE, bought_trial, buying

from features.known.told import Told
from models.reasons.acting import ACT
from models.reasons.telling import MOST
from models.reasons.themes import Themes
from models.reasons.variants import VARIANTS
from models.reasons.why import reasons
from models.rows.panel import scoring_panel


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
    assert {theme.kind for theme in themes.all} >= {
        "silence", "tenure", "frequency", "spending", "rhythm", "contact", "activity", "known"
    }  # fmt: skip


def test_the_first_reason_is_the_weightiest_theme(model, rows):
    themes = Themes(model.needed(), model.target, model.vocabulary)
    added = themes.added(model.contributions(rows)[:, :-1], rows)
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


def nights(model, rows, days: int):
    """The rows some days later, if nothing more happened: every number of days has grown."""
    grown = [name for name in rows if name.startswith(("days_since", "overdue"))]
    return rows.assign(**{name: rows[name] + days for name in grown})


def test_told_the_night_before_with_equal_contributions_nothing_flips(model, rows):
    first = reasons(model, rows)
    assert reasons(model, rows, before=first) == first


def test_what_was_told_is_told_again_more_often_than_without(model, rows):
    first, later = reasons(model, rows), nights(model, rows, 2)
    told = [{one["theme"] for one in few} for few in first]

    def kept(before: list) -> float:
        second = [{one["theme"] for one in few} for few in reasons(model, later, before=before)]
        return sum(len(a & b) for a, b in zip(told, second, strict=True))

    assert kept(first) > kept([])


def test_every_reason_is_to_act_on_or_context(model, rows):
    kinds = {(one["kind"], one["code"]) for few in reasons(model, rows) for one in few}
    assert {kind for kind, _ in kinds} == {"act", "context"}
    assert all(kind == "context" for kind, code in kinds if code.startswith("staying_"))


def test_codes_to_act_on_are_codes():
    assert {code for each in VARIANTS.values() for _, code in each} | {*VARIANTS} >= ACT
