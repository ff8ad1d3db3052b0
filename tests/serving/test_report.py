"""The report of a retraining: whole, alone, the same again, and silent about customers."""

import re
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
import reported
from markupsafe import escape
from pages import Page

from models.evidence.tables import COLUMNS, Evidence
from models.judging.grades import Grade
from serving.reports.page import GLOSSARY

pytestmark = pytest.mark.slow

MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def churn():
    return reported.rendered()


@pytest.fixture(scope="module")
def progression():
    return reported.rendered(reported.several(), reported.several_evidence())


@pytest.fixture(scope="module")
def indonesian():
    return reported.rendered(currency="IDR", language="id")


@pytest.fixture(scope="module")
def bare():
    return reported.rendered(told=Evidence())


@pytest.fixture(params=["churn", "progression", "indonesian", "bare"])
def html(request):
    return request.getfixturevalue(request.param)


def anchors(html):
    return [one["id"] for one in Page(html).all("section") if "id" in one]


def test_tags_are_balanced(html):
    assert Page(html).wrong == []


def test_ids_are_unique_and_references_lead_to_one(html):
    page = Page(html)
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    named = [each for one in page.values("aria-labelledby") for each in one.split()]
    linked = [one.removeprefix("#") for one in page.values("href")]
    drawn = re.findall(r"url\(#([^)]+)\)", html)
    assert {*named, *linked, *drawn} <= set(ids)


def test_it_asks_nobody_for_anything(html):
    page = Page(html)
    assert all(place.startswith("#") for place in page.values("href"))
    assert page.values("src") == page.values("srcset") == page.values("xmlns:xlink") == []
    assert {"script", "link", "iframe", "object", "img"}.isdisjoint(name for name, _ in page.tags)
    assert re.findall(r"https?:|@import|url\((?!#)", html) == []


def test_it_is_small(html):
    assert len(html.encode()) < MOST_BYTES


def test_equal_trials_give_equal_bytes_whatever_the_taste_of_the_machine(churn):
    with mpl.rc_context({"font.size": 20, "lines.marker": "x", "xtick.direction": "in"}):
        assert reported.rendered() == churn


def test_charts_are_told_to_those_who_do_not_see_them(html):
    page = Page(html)
    for chart in page.all("svg"):
        assert chart.get("aria-hidden") == "true" or chart["role"] == "img"
    drawn = len([chart for chart in page.all("svg") if chart.get("role") == "img"])
    assert len(page.all("desc")) == drawn


def test_every_header_says_of_what(html):
    assert all(one.get("scope") in {"col", "row"} for one in Page(html).all("th"))
    assert len(Page(html).all("caption")) == len(Page(html).all("table"))


def test_colour_never_stands_alone(churn):
    cells = re.findall(r'<td class="[^"]*\b(?:good|bad|fair)\b[^"]*">(.*?)</td>', churn, re.DOTALL)
    assert cells
    words = r"✓|✗|▲|▼|surely|better|worse|helps|harms|different"
    assert [cell for cell in cells if not re.search(words, cell)] == []


CHURN_ONLY, STAGES_ONLY = {"profit"}, {"transitions"}
EVERYWHERE = {
    "checks",
    "baselines",
    "champion",
    "ranking",
    "calibration",
    "stability",
    "segments",
    "importances",
    "ablation",
    "leakage",
    "scores",
    "lineage",
    "glossary",
}


def test_every_section_is_there_when_there_is_something_to_show(churn, progression):
    assert set(anchors(churn)) == EVERYWHERE | CHURN_ONLY
    assert set(anchors(progression)) == EVERYWHERE | STAGES_ONLY
    assert len(anchors(churn)) == len(set(anchors(churn)))


ABSENT = {
    "champion": "There is no champion to compare with.",
    "ranking": "Nothing was ranked.",
    "profit": "Money was not computed.",
    "calibration": "There were too few rows for groups.",
    "segments": "No group had enough rows.",
    "ablation": "No family was left out in this retraining.",
    "leakage": "The audit was not run.",
    "scores": "No probabilities were kept.",
    "importances": "This model has no features to weigh.",
}


@pytest.mark.parametrize("sentence", ABSENT.values(), ids=ABSENT)
def test_a_section_without_data_says_so_in_one_line(churn, bare, sentence):
    assert sentence in Page(bare).text
    assert sentence not in Page(churn).text


def test_what_is_absent_is_not_listed(churn, bare):
    listed = {one["href"] for one in Page(bare).all("a")}
    assert listed.isdisjoint(f"#{anchor}" for anchor in ABSENT)
    assert {f"#{anchor}" for anchor in ABSENT} <= {one["href"] for one in Page(churn).all("a")}


def test_a_model_without_baselines_and_dates():
    text = Page(reported.rendered(reported.undated(), Evidence())).text
    assert "No baseline was measured." in text
    assert "Fewer than two dates were measured" in text


HOSTILE = "<script>alert('$x^2$ & \"_y\"')</script>"
UNKNOWN = {"anything": "<b>bold</b>"}


def test_no_name_becomes_markup():
    told = reported.evidence()
    hostile = {
        name: rows.assign(**{column: HOSTILE})
        for name, column in (
            ("segments", "segment"),
            ("ablation", "family"),
            ("importances", "meaning"),
            ("families", "family"),
            ("leakage", "note"),
            ("lift", "outcome"),
            ("calibration", "outcome"),
            ("scores", "outcome"),
        )
        for rows in [getattr(told, name)]
    }
    trial = reported.a_trial(lineage=UNKNOWN, params=UNKNOWN, grade=Grade("A", (HOSTILE,)))
    verdict = reported.a_verdict(["M01"], mode="force", forced_by=HOSTILE, forced_why=HOSTILE)
    page = Page(reported.rendered(trial, replace(told, **hostile), verdict, title=HOSTILE))
    assert page.wrong == []
    assert page.all("script") == page.all("b") == []
    assert page.text.count(HOSTILE) > len(hostile)


def test_glossary_is_of_words_and_meanings(churn):
    assert len(Page(churn).all("dt")) == len(Page(churn).all("dd")) == len(GLOSSARY)


@pytest.mark.parametrize("name", ["_hidden", "$x^2$", "a&b"])
def test_an_odd_predictor_stands_in_the_legend(name):
    trial = reported.several((name, "one", "two"), name="next_step")
    html = reported.rendered(trial, Evidence(lift=reported.lift((name, "one", "two"), ["call"])))
    legend = html[html.index('id="ranking0-chart"') : html.index('id="calibration"')]
    assert str(escape(name.replace("_", " "))) in legend


def test_no_customer_is_told():
    told = reported.evidence().tables()
    with pytest.raises(ValueError, match="has the columns"):
        Evidence(**{name: rows.assign(customer_id="c4711") for name, rows in told.items()})
    trial = reported.a_trial()
    marked = replace(
        trial,
        metrics=trial.metrics.assign(customer_id="c4711"),
        differences=trial.differences.assign(customer_id="c4711"),
    )
    assert "c4711" not in reported.rendered(marked, Evidence())


def test_every_table_of_the_evidence_is_shown():
    told = reported.several_evidence().tables() | {"profit": reported.profit(reported.CHURN)}
    plain = reported.rendered(reported.undated(), Evidence())
    added = {
        name: len(reported.rendered(reported.undated(), Evidence(**{name: rows}))) - len(plain)
        for name, rows in told.items()
    }
    assert {name for name, size in added.items() if size < 500} == set()
    assert set(added) == set(COLUMNS)


def test_missing_numbers_are_dashes():
    rows = reported.segments().assign(auc=np.nan, log_loss=np.nan, observed_over_expected=np.nan)
    text = Page(reported.rendered(reported.undated(), Evidence(segments=rows))).text
    assert "nan" not in text.lower().split()
