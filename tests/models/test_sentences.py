"""Sentences: what a customer's numbers bear out, as people say it, in both languages alike."""

import re

import numpy as np
import pytest

from models.reasons.languages.english import ENGLISH
from models.reasons.languages.indonesian import INDONESIAN
from models.reasons.sentences import LANGUAGES, for_staying, sentence
from models.reasons.themes import Facts, Theme
from models.reasons.variants import VARIANTS, codes

SPANS = {"recent_days": 28.0, "long_days": 84.0, "span_days": 84.0, "horizon_days": 30.0}


def said(theme: Theme, told: dict, *, leaving: bool = True) -> tuple[str, str, str]:
    """Code, English and Indonesian of what is told; None is empty, and text a word."""
    words = {name: (one,) for name, one in told.items() if isinstance(one, str)}
    plain = {name: 0.0 if name in words else one for name, one in told.items()}
    numbers = {name: np.array([one], dtype=np.float64) for name, one in (plain | SPANS).items()}
    facts = Facts(numbers, words)
    code = str(codes(theme, facts, leaving=np.array([leaving]))[0])
    return code, *(sentence(code, theme, facts.of(0), language) for language in ("en", "id"))


def test_both_languages_say_every_code_with_the_same_numbers():
    known = {*VARIANTS, *(code for each in VARIANTS.values() for _, code in each)}
    slots = re.compile(r"\{(\w+)\}")
    assert set(ENGLISH.sentences) == set(INDONESIAN.sentences) == known
    for code, words in ENGLISH.sentences.items():
        numbers = sorted(slots.findall(words))
        assert numbers == sorted(slots.findall(INDONESIAN.sentences[code]))


def test_a_sentence_says_only_what_its_condition_asks_for():
    """A number that may be missing is never said: each one is told, or a span."""
    always = {"subject", "then", *SPANS}
    implied = {"falling": {"recent", "before"}, "beyond": {"days", "gap_days"}}
    for kind, variants in VARIANTS.items():
        assert not set(re.findall(r"\{(\w+)\}", ENGLISH.sentences[kind])) - always
        for condition, code in variants:
            words = [word for word in condition.split() if word[0] != "?"]
            told = set().union(*(implied.get(word, {word.lstrip("+-0=")}) for word in words))
            assert not set(re.findall(r"\{(\w+)\}", ENGLISH.sentences[code])) - told - always


@pytest.mark.parametrize(
    ("kind", "told", "leaving", "code"),
    [
        ("silence", {"days": 35, "gap_days": 6}, True, "silence_beyond_rhythm"),
        ("silence", {"days": 5, "gap_days": 6}, True, "since_last"),
        ("silence", {"days": 5}, True, "since_last"),
        ("silence", {"days": 35, "gap_days": 6}, False, "seen_lately"),
        ("silence", {}, True, "silence"),
        ("frequency", {"recent": 2, "before": 5, "long": 9}, True, "frequency_falling"),
        ("frequency", {"recent": 2, "before": 2, "long": 9}, True, "frequency_low"),
        ("frequency", {"recent": 2, "before": 5, "long": 9}, False, "frequency_high"),
        ("frequency", {}, True, "frequency"),
        ("spending", {"recent": 2, "before": 5, "long": 9}, True, "spending_falling"),
        ("rhythm", {"gap_days": 20}, True, "rhythm_slow"),
        ("rhythm", {"gap_days": 2}, False, "rhythm_steady"),
        ("rhythm", {"gap_days": None}, True, "rhythm_unknown"),
        ("rhythm", {}, True, "rhythm"),
        ("tenure", {"known_days": 20}, True, "tenure_short"),
        ("tenure", {"known_days": 900}, False, "tenure_long"),
        ("contact", {"days": 9, "long": 2}, True, "contact_some"),
        ("contact", {"days": 90, "long": 0}, True, "contact_quiet"),
        ("contact", {"days": None, "long": 0}, True, "contact_never"),
        ("contact", {"long": 0}, True, "contact"),
        ("tickets", {"waiting_hours": 5, "open": 1, "oldest_days": 3}, True, "tickets_waiting"),
        ("tickets", {"waiting_hours": None, "open": 1, "oldest_days": 3}, True, "tickets_open"),
        ("tickets", {"open": 0, "opened": 0}, True, "tickets_none"),
        ("renewal", {"active": 1, "end_days": None}, False, "renewal_never"),
        ("renewal", {"active": 1}, False, "renewal"),
        ("contract_history", {"lapses": 1, "lapsed_days": 9}, True, "contract_lapses"),
        ("contract_history", {"lapses": 1, "lapsed_days": 9}, False, "contract_history"),
    ],
)
def test_the_sentence_fits_the_numbers(kind, told, leaving, code):
    assert said(Theme(kind, "order"), told, leaving=leaving)[0] == code


@pytest.mark.parametrize(
    ("theme", "told", "english", "indonesian"),
    [
        (
            Theme("contact", "whatsapp"),
            {"days": 9.4, "long": 2},
            "WhatsApp interactions: 2 in the last 84 days, the latest 9 days ago",
            "Interaksi WhatsApp: 2 dalam 84 hari terakhir, yang terbaru 9 hari lalu",
        ),
        (
            Theme("tickets", ""),
            {"waiting_hours": 75.0},
            "Support ticket without a reply for 3 days",
            "Tiket bantuan belum dibalas selama 3 hari",
        ),
        (
            Theme("unanswered", ""),
            {"waiting_days": 0.2},
            "Message from the customer without an answer for less than a day",
            "Pesan pelanggan belum dijawab selama kurang dari sehari",
        ),
        (
            Theme("stage", ""),
            {"word": "retention", "stage_days": 120.0},
            "In stage retention for 120 days",
            "Berada di tahap retensi selama 120 hari",
        ),
        (
            Theme("renewal", ""),
            {"active": 1, "end_days": 12.0},
            "Contract ends in 12 days",
            "Kontrak berakhir 12 hari lagi",
        ),
        (
            Theme("price", ""),
            {"former_share": 1.1249},
            "Price of the contract at 112% of that of the term before",
            "Harga kontrak 112% dari periode sebelumnya",
        ),
        (
            Theme("campaign", ""),
            {"unanswered": 7, "answer_days": 40.0},
            "Campaign messages without a response: 7, last response 40 days ago",
            "Pesan kampanye tanpa tanggapan: 7, terakhir menanggapi 40 hari lalu",
        ),
        (
            Theme("orders", ""),
            {"last": 250_000.0, "mean": 1_310_250.5},
            "Latest purchase 250,000, on average 1,310,250 in the last 84 days",
            "Pembelian terakhir 250.000, rata-rata 1.310.250 dalam 84 hari terakhir",
        ),
        (
            Theme("profile", "plan"),
            {"word": "basic", "changed_days": 12.0},
            "Plan: basic, last changed 12 days ago",
            "Paket: basic, terakhir berubah 12 hari lalu",
        ),
        (
            Theme("profile", "renewal call"),
            {"from_days": -5.0},
            "Renewal call: in 5 days",
            "Renewal call: 5 hari lagi",
        ),
        (
            Theme("segment", "plan"),
            {"against_share": 0.413},
            "41% of the interactions usual for the same plan in the last 84 days",
            "41% dari interaksi yang lazim bagi paket yang sama dalam 84 hari terakhir",
        ),
        (
            Theme("last_steps", ""),
            {"word": "ticket_opened", "earlier": "visit"},
            "Latest interaction: ticket opened, before it visit",
            "Interaksi terakhir: tiket baru, sebelumnya kunjungan",
        ),
        (
            Theme("last_steps", ""),
            {"word": ""},
            "Latest interaction: another one",
            "Interaksi terakhir: yang lain",
        ),
        (
            Theme("pair", "visit", then="order / basket"),
            {"number": 3},
            "Visit, then order / basket: 3 in the last 84 days",
            "Kunjungan, lalu pesanan / belanja: 3 kali dalam 84 hari terakhir",
        ),
        (
            Theme("rating", ""),
            {"last_rating": -0.5, "change": -0.1},
            "Ratings lately worse than before, the latest bad",
            "Penilaian belakangan lebih rendah dari sebelumnya, yang terakhir buruk",
        ),
        (
            Theme("money", ""),
            {"long": 1500.0},
            "Money of all interactions: 1,500 in the last 84 days",
            "Nilai semua interaksi: 1.500 dalam 84 hari terakhir",
        ),
    ],
)
def test_both_languages_as_people_say_it(theme, told, english, indonesian):
    assert said(theme, told)[1:] == (english, indonesian)


@pytest.mark.parametrize(
    ("name", "number", "english", "indonesian"),
    [
        ("days", 0.3, "less than a day", "kurang dari sehari"),
        ("days", 1.2, "1 day", "1 hari"),
        ("days", 500.4, "500 days", "500 hari"),
        ("days", 795.0, "2 years", "2 tahun"),
        ("long_days", 1095.0, "1,095 days", "1.095 hari"),
        ("waiting_hours", 0.4, "less than an hour", "kurang dari satu jam"),
        ("waiting_hours", 36.0, "36 hours", "36 jam"),
        ("waiting_hours", 60.0, "2 days", "2 hari"),
    ],
)
def test_spans_are_said_as_people_say_them(name, number, english, indonesian):
    assert ENGLISH.value(name, number) == english
    assert INDONESIAN.value(name, number) == indonesian


@pytest.mark.parametrize(
    ("number", "english", "indonesian"),
    [
        (0.0, "0", "0"),
        (3.0, "3", "3"),
        (0.0432, "0.043", "0,043"),
        (2.34, "2.3", "2,3"),
        (9.96, "10", "10"),
        (1234.5678, "1,235", "1.235"),
        (-2.5, "-2.5", "-2,5"),
        (1e-9, "0", "0"),
    ],
)
def test_numbers_have_as_many_digits_as_people_say(number, english, indonesian):
    assert (ENGLISH.number(number), INDONESIAN.number(number)) == (english, indonesian)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.004, "less than 1%"), (0.254, "25%"), (0.996, "more than 99%"), (1.0, "100%")],
)
def test_a_share_is_nothing_or_all_only_if_it_is(share, words):
    assert ENGLISH.value("answered_share", share) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_protective_reason_keeps_its_abbreviations(language):
    assert for_staying("NPS: 3", language).endswith(": NPS: 3")
    assert for_staying("Plan: 3", language).endswith(": plan: 3")
