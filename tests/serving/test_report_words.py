"""The words and colours of a report: whole in every language, and legible."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evidence.grouping import UNKNOWN, VALUES
from models.evidence.leakage import alone, rebuilding, shuffling, splits
from models.evidence.segments import OTHERS
from models.judging.metrics import METRICS
from models.judging.promotion import LOOKS
from models.multiclass import metrics as several
from models.targets.contractual import ContractChurn
from models.targets.inactivity import InactivityChurn
from models.targets.next_step import NextStep
from models.targets.progression import Progression
from models.targets.transactional import TransactionalChurn
from serving.pages.palette import DARK, HEAT_MOST, LIGHT, SERIES, channels
from serving.pages.words import LANGUAGES, Words, texts
from serving.reports.page import ROOM

TEXT_LEAST, MARK_LEAST = 4.5, 3.0
"""WCAG 2.2, level AA: contrast of text, and of what else must be seen."""


def fields(text):
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_sentence_with_the_same_fields(language):
    english, other = texts("en", ROOM), texts(language, ROOM)
    assert other.keys() == english.keys()
    assert {key: fields(text) for key, text in other.items()} == {
        key: fields(text) for key, text in english.items()
    }
    assert all(text.strip() == text != "" for text in other.values())


def test_no_sentence_was_left_in_english():
    same = {key for key, text in texts("id", ROOM).items() if text == texts("en", ROOM)[key]}
    spoken = {key for key in same if len(texts("id", ROOM)[key].split()) > 2}
    assert spoken == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.__name__)
def test_every_check_is_said(language, look):
    code = look.__doc__.partition(":")[0]
    assert {f"checks.{code}", f"against.{code}"} <= texts(language, ROOM).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_attempt_of_the_audit_is_said(language):
    rooms = [alone, rebuilding, shuffling, splits]
    codes = {code for room in rooms for code in re.findall(r"J\d\d", room.__doc__)}
    assert {f"audit.{code}" for code in codes} <= texts(language, ROOM).keys()
    assert len(codes) > len(rooms)


@pytest.mark.parametrize("metric", sorted({*METRICS, *several.METRICS}))
def test_every_metric_is_said(metric):
    assert f"metric.{metric}" in texts("en", ROOM)


TARGETS = (
    InactivityChurn(steps=("order",)),
    TransactionalChurn(steps=("order",)),
    ContractChurn(),
    Progression(order=("new", "won")),
    NextStep(),
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.kind)
def test_every_target_and_what_it_is_beside_is_said(target):
    told = texts("en", ROOM)
    names = [target.predicts, *(name for name, _ in target.baselines)]
    assert {f"predictor.{name}" for name in names} <= told.keys()
    assert f"kind.{target.predicts}" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_bands_of_segments_are_said(language):
    assert {f"segment.{name}" for name in (*VALUES, UNKNOWN, OTHERS)} <= texts(
        language, ROOM
    ).keys()


def test_twelve_months_in_every_language():
    days = [f"2026-{month:02}-03" for month in range(1, 13)]
    for language in LANGUAGES:
        assert len({Words(language).date(day) for day in days}) == len(days)


@given(st.floats(allow_nan=True, allow_infinity=True, width=32))
def test_any_number_can_be_said(value):
    for language in LANGUAGES:
        words = Words(language)
        said = [
            words.number(value, 3, signed=True),
            words.percent(value),
            words.money(value, "XAU"),
        ]
        assert not any(re.search("nan|inf", one) for one in said)


@given(st.integers(-(10**9), 10**9))
def test_the_two_languages_say_the_same_number(value):
    english, indonesian = (Words(language).number(value / 100, 2) for language in LANGUAGES)
    swapped = indonesian.translate(str.maketrans(",.", ".,"))
    assert swapped == english
    assert float(english.replace(",", "").replace("\u2212", "-")) == value / 100


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.374, "37\xa0%"), (0.1, "10\xa0%"), (0.034, "3.4\xa0%"), (0.05, "5\xa0%"), (0, "0\xa0%")],
)
def test_shares(share, said):
    assert Words("en").percent(share) == said


def contrast(one, other):
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    linear = [
        part / 12.92 if (part := each / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for each in colour
    ]
    return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_is_measured_as_the_standard_does():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(channels("#777777"), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)


GROUNDS = ("page", "panel", "good-panel", "fair-panel", "bad-panel")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_legible(colours):
    on_any = list(product(("text",), GROUNDS))
    on_page = list(product(("muted", "model", "good", "fair", "bad"), ("page",)))
    on_own = [(name, f"{name}-panel") for name in ("good", "fair", "bad")]
    pairs = [*on_any, *on_page, *on_own, ("muted", "panel")]
    faint = {
        (word, ground): round(found, 2)
        for word, ground in pairs
        if (found := contrast(channels(colours[word]), channels(colours[ground]))) < TEXT_LEAST
    }
    assert faint == {}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_are_seen(colours):
    page = channels(colours["page"])
    assert min(contrast(channels(colours[name]), page) for name in SERIES) >= MARK_LEAST


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_fullest_cell_of_a_heat_table_is_legible(colours):
    over = zip(channels(colours["model"]), channels(colours["page"]), strict=True)
    fullest = [HEAT_MOST * model + (1 - HEAT_MOST) * page for model, page in over]
    assert contrast(channels(colours["text"]), fullest) >= TEXT_LEAST


def test_both_palettes_have_every_part():
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)  # a chart's colours are told apart by value
