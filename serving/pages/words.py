"""A page's words, numbers and dates as a language says them."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from models.reasons.languages.words import ENGLISH_WORDS, INDONESIAN_WORDS

LANGUAGES = ("en", "id")
DATA_WORDS = {"en": ENGLISH_WORDS, "id": INDONESIAN_WORDS}
DATA_KINDS = ("stage", "channel", "step")
"""Kinds of words that the data bring along."""

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"

SIGNS = {"IDR": "Rp", "USD": "US$", "EUR": "€", "GBP": "£"}
"""Currencies that people know by their sign."""

FEW_PERCENT = 0.1
"""Shares below it are said with a decimal."""


ROOM = "serving.pages"
"""Whose words every page may use, such as the names of months."""


@dataclass(frozen=True)
class Words:
    """Whatever a page says, in one of `LANGUAGES`; `room` is the package whose words it adds."""

    language: str
    room: str = ROOM

    def say(self, key: str, **told: str | int) -> str:
        """A sentence with what is told filled in; whole numbers as the language writes them."""
        values = {
            name: self.number(value) if isinstance(value, int) else value
            for name, value in told.items()
        }
        return texts(self.language, self.room)[key].format(**values)

    def name(self, kind: str, word: str) -> str:
        """A word of the data or of a metric as it is called, else without its underscores."""
        spoken = word.replace("_", " ")
        told = DATA_WORDS[self.language].get(spoken, spoken) if kind in DATA_KINDS else spoken
        return texts(self.language, self.room).get(f"{kind}.{word}", told)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A number in so many decimals; a dash for none.

        >>> Words("en").number(1234.5, 1), Words("id").number(1234.5, 1)
        ('1,234.5', '1.234,5')
        """
        if not math.isfinite(value):
            return DASH
        text = format(value, f"{'+' if signed else ''},.{decimals}f").replace("-", MINUS)
        return text.translate(str.maketrans(",.", ".,")) if self.language == "id" else text

    def percent(self, share: float) -> str:
        """A share in percent, a small one with a decimal.

        >>> Words("id").percent(0.374), Words("id").percent(0.0342)
        ('37%', '3,4%')
        """
        is_whole = not math.isfinite(share) or round(1000 * share) % 10 == 0
        decimals = 0 if is_whole or abs(share) >= FEW_PERCENT else 1
        told = self.number(100 * share, decimals)
        return told if told == DASH else f"{told}{'' if self.language == 'id' else SPACE}%"

    def money(self, amount: float, currency: str) -> str:
        """An amount of money, without cents.

        >>> Words("id").money(1250000, "IDR").replace(SPACE, " ")
        'Rp 1.250.000'
        """
        return f"{SIGNS.get(currency, currency)}{SPACE}{self.number(amount)}"

    def between(self, low: float, high: float, decimals: int = 3) -> str:
        """An interval; empty where it could not be measured."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        return f"{self.number(low, decimals)} {DASH} {self.number(high, decimals)}"

    def date(self, iso: str) -> str:
        """The day of an ISO instant.

        >>> Words("id").date("2026-08-01T17:00:00+00:00")
        '1 Agustus 2026'
        """
        day = datetime.fromisoformat(iso)
        return f"{day.day} {self.say('months').split()[day.month - 1]} {day.year}"

    def day(self, iso: str) -> str:
        """Day and month of an ISO instant, short.

        >>> Words("en").day("2026-08-01")
        '1 Aug'
        """
        day, month, _ = self.date(iso).split()
        return f"{day} {month[:3]}"


@cache
def texts(language: str, room: str = ROOM) -> Mapping[str, str]:
    """Every sentence of a language by its key, such as `grade.A`; a room's own win."""
    file = files(room).joinpath("languages", f"{language}.toml")
    own = dict(_flat(tomllib.loads(file.read_text("utf-8"))))
    return own if room == ROOM else {**texts(language), **own}


def _flat(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
