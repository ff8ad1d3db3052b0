"""Reasons in words, English and Indonesian; every number in them is the customer's own."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.themes import Facts, Theme

Codes = NDArray[np.str_]

VARIANTS = {
    "silence": (
        ("beyond", "silence_beyond_rhythm"),
        ("leaving seen", "since_last"),
        ("seen", "seen_lately"),
    ),
    "rhythm": (("leaving beat", "rhythm_slow"), ("beat", "rhythm_steady"), ("", "rhythm_unknown")),
    "frequency": (
        ("falling", "frequency_falling"),
        ("leaving counted", "frequency_low"),
        ("counted", "frequency_high"),
    ),
    "spending": (
        ("falling", "spending_falling"),
        ("leaving counted", "spending_low"),
        ("counted", "spending_high"),
    ),
    "tenure": (("leaving met", "tenure_short"), ("met", "tenure_long")),
    "contact": (("seen some", "contact_some"), ("seen", "contact_quiet"), ("", "contact_never")),
    "outlook": (("leaving valued", "outlook_few"), ("valued", "outlook_many")),
    "next_step": (("valued", "next_step_none"),),
    "next_stage": (("valued", "next_stage_none"),),
    "rate": (("valued", "rate_of_alike"),),
    "other": (("valued", "other"), ("", "other_unknown")),
}
"""By kind of theme, the first code whose condition a customer's numbers bear out."""

ENGLISH = {
    "silence": "time since the last {subject}",
    "silence_beyond_rhythm": "no {subject} for {days}, usually every {gap}",
    "since_last": "last {subject} {days} ago",
    "seen_lately": "last {subject} {days} ago",
    "rhythm_slow": "{subject} usually every {gap}",
    "rhythm_steady": "{subject} usually every {gap}",
    "rhythm_unknown": "too little {subject} to know a rhythm",
    "frequency": "number of {subject}",
    "frequency_falling": "{subject}: {recent} in the last {recent_days}, before that {before}",
    "frequency_low": "{subject}: {long} in the last {long_days}",
    "frequency_high": "{subject}: {long} in the last {long_days}",
    "spending": "money spent",
    "spending_falling": "spent {recent} in the last {recent_days}, before that {before}",
    "spending_low": "spent {long} in the last {long_days}",
    "spending_high": "spent {long} in the last {long_days}",
    "tenure": "time since the first {subject}",
    "tenure_short": "first {subject} {known_days} ago",
    "tenure_long": "first {subject} {known_days} ago",
    "contact_some": "{subject}: {long} in the last {long_days}, the latest {days} ago",
    "contact_quiet": "no {subject} for {days}",
    "contact_never": "no {subject} so far",
    "outlook": "how often {subject} is to be expected",
    "outlook_few": "only about {value} × {subject} to be expected in {horizon_days}",
    "outlook_many": "about {value} × {subject} to be expected in {horizon_days}",
    "next_step": "what usually follows the latest steps",
    "next_step_none": "after the same steps {value} had no next one in {horizon_days}",
    "next_stage": "what usually follows the present stage",
    "next_stage_none": "from the same stage {value} did not move in {horizon_days}",
    "rate": "how many of the same {subject} left",
    "rate_of_alike": "of the same {subject} {value} left",
    "other": "{subject}: {value}",
    "other_unknown": "{subject}: not known",
}

INDONESIAN = {
    "silence": "waktu sejak {subject} terakhir",
    "silence_beyond_rhythm": "tidak ada {subject} selama {days}, biasanya setiap {gap}",
    "since_last": "{subject} terakhir {days} lalu",
    "seen_lately": "{subject} terakhir {days} lalu",
    "rhythm_slow": "{subject} biasanya setiap {gap}",
    "rhythm_steady": "{subject} biasanya setiap {gap}",
    "rhythm_unknown": "{subject} terlalu sedikit untuk mengenali polanya",
    "frequency": "jumlah {subject}",
    "frequency_falling": "{subject}: {recent} dalam {recent_days} terakhir, sebelumnya {before}",
    "frequency_low": "{subject}: {long} dalam {long_days} terakhir",
    "frequency_high": "{subject}: {long} dalam {long_days} terakhir",
    "spending": "nilai belanja",
    "spending_falling": "belanja {recent} dalam {recent_days} terakhir, sebelumnya {before}",
    "spending_low": "belanja {long} dalam {long_days} terakhir",
    "spending_high": "belanja {long} dalam {long_days} terakhir",
    "tenure": "waktu sejak {subject} pertama",
    "tenure_short": "{subject} pertama {known_days} lalu",
    "tenure_long": "{subject} pertama {known_days} lalu",
    "contact_some": "{subject}: {long} dalam {long_days} terakhir, yang terbaru {days} lalu",
    "contact_quiet": "tidak ada {subject} selama {days}",
    "contact_never": "belum ada {subject}",
    "outlook": "seberapa sering {subject} dapat diharapkan",
    "outlook_few": "hanya sekitar {value} × {subject} diperkirakan dalam {horizon_days}",
    "outlook_many": "sekitar {value} × {subject} diperkirakan dalam {horizon_days}",
    "next_step": "apa yang biasanya mengikuti langkah terakhir",
    "next_step_none": "setelah langkah yang sama {value} tidak melanjutkan dalam {horizon_days}",
    "next_stage": "apa yang biasanya mengikuti tahap sekarang",
    "next_stage_none": "dari tahap yang sama {value} tidak berpindah dalam {horizon_days}",
    "rate": "berapa banyak dari {subject} yang sama yang pergi",
    "rate_of_alike": "dari {subject} yang sama {value} pergi",
    "other": "{subject}: {value}",
    "other_unknown": "{subject}: tidak diketahui",
}

SENTENCES = {"en": ENGLISH, "id": INDONESIAN}
STAYING = {"en": "speaks for staying: {}", "id": "tanda akan bertahan: {}"}
POINTS = str.maketrans(",.", ".,")
DAYS = {"en": ("under a day", "1 day", "days"), "id": ("kurang dari sehari", "1 hari", "hari")}
SPANS = frozenset({"days", "known_days", "gap", "recent_days", "long_days", "horizon_days"})
FORMATS = {"outlook": ",.1f", "next_step": ".0%", "next_stage": ".0%", "rate": ".0%"}
"""By kind of theme how the value of its own column is written; others as whole numbers."""


def codes(theme: Theme, facts: Facts, *, leaving: NDArray[np.bool_]) -> Codes:
    """The code of the sentence that each row's numbers bear out; `leaving` rows are at risk."""
    told = facts.numbers
    borne = {
        "leaving": leaving,
        "beyond": leaving & (told["days"] > told["gap"]),
        "falling": leaving & (told["recent"] < told["before"]),
        "seen": ~np.isnan(told["days"]),
        "met": ~np.isnan(told["known_days"]),
        "beat": ~np.isnan(told["gap"]),
        "counted": ~np.isnan(told["long"]),
        "some": told["long"] > 0,
        "valued": ~np.isnan(told.get("value", np.full(len(leaving), np.nan))),
    }
    always = np.ones(len(leaving), dtype=np.bool_)
    variants = VARIANTS[theme.kind]
    conditions = [
        np.logical_and.reduce([always, *(borne[word] for word in condition.split())])
        for condition, _ in variants
    ]
    return np.select(conditions, [code for _, code in variants], default=theme.kind)


def sentence(code: str, theme: Theme, numbers: Mapping[str, float], language: str) -> str:
    """One reason in words.

    >>> theme = Theme("silence", "basket")
    >>> sentence("silence_beyond_rhythm", theme, {"days": 35.2, "gap": 6}, "en")
    'No basket for 35 days, usually every 6 days'
    >>> sentence("silence_beyond_rhythm", theme, {"days": 35.2, "gap": 6}, "id")
    'Tidak ada basket selama 35 hari, biasanya setiap 6 hari'
    """
    said = {
        name: _said(name, value, theme, language)
        for name, value in numbers.items()
        if not math.isnan(value)
    }
    return _capital(SENTENCES[language][code].format(subject=theme.subject, **said))


def for_staying(words: str, language: str) -> str:
    """A protective reason, said to be one.

    >>> for_staying("Last basket 1 day ago", "en")
    'Speaks for staying: last basket 1 day ago'
    """
    return _capital(STAYING[language].format(words[:1].lower() + words[1:]))


def _said(name: str, value: float, theme: Theme, language: str) -> str:
    if name in SPANS:
        return _span(value, language)
    return _number(value, language, FORMATS.get(theme.kind, ",.0f") if name == "value" else ",.0f")


def _span(days: float, language: str) -> str:
    none, one, many = DAYS[language]
    whole = round(days)
    return (none, one)[whole] if whole < len((none, one)) else f"{_number(days, language)} {many}"


def _number(value: float, language: str, form: str = ",.0f") -> str:
    text = format(value, form)
    return text if language == "en" else text.translate(POINTS)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
