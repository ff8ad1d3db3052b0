"""Numbers and words as a language says them."""

import math
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass

HOURS_MOST = 48
DAYS_MOST = 730
"""From so many hours on days are said, and from so many days on years."""

WINDOWS = frozenset({"recent_days", "long_days", "span_days", "horizon_days"})
"""Spans that are exact: said in days however long they are."""

DECIMALS_MOST = 6
LEVELS_FROM = (-0.75, -0.25, 0.25, 0.75)
"""Where the second, third, fourth and fifth level of what goes from -1 to 1 begin."""

SHARES = frozenset({"next_step", "next_stage", "rate"})
"""Kinds of theme whose own column is a share."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """What it takes to say a reason: the sentences by code, and how numbers and words are said.

    `words` are those of the data that are said otherwise. `days` and `hours` have the words for
    less than one, for one, and for several, `years` for several; `shares` those for nearly nothing
    and nearly all; `ratings` and `tones` those from worst to best. `staying` leads a reason that
    protects, `all` stands for events of any kind, and `other` for a word that was not known.
    """

    sentences: Mapping[str, str]
    words: Mapping[str, str]
    days: tuple[str, str, str]
    hours: tuple[str, str, str]
    years: str
    shares: tuple[str, str]
    ratings: tuple[str, ...]
    tones: tuple[str, ...]
    staying: str
    all: str
    other: str
    points: str = ",."
    """What stands between thousands, and before decimals."""

    def subject(self, name: str) -> str:
        """What a theme is about; several steps are told apart by a stroke."""
        return " / ".join(self.word(each) for each in name.split(" / ")) if name else self.all

    def word(self, name: str) -> str:
        """A word of the data."""
        spoken = name.replace("_", " ")
        return self.words.get(spoken, spoken) or self.other

    def value(self, name: str, number: float, kind: str = "") -> str:
        """A number as its name asks: days, hours, a share, a level, or a number."""
        if name in WINDOWS:
            return self._span(number, self.days)
        if name.endswith("days"):
            return self._days(abs(number))
        if name.endswith("hours"):
            return self._hours(number)
        if name.endswith("share") or (name == "value" and kind in SHARES):
            return self._share(number)
        if name in {"last_rating", "last_tone"}:
            levels = self.ratings if name == "last_rating" else self.tones
            return levels[bisect(LEVELS_FROM, number)]
        return self.number(number)

    def number(self, number: float) -> str:
        """A number in as many digits as people say: whole from ten on, else two that matter."""
        size = abs(number)
        if size >= 10 or number == round(number):  # noqa: PLR2004 (ten)
            decimals = 0
        else:
            decimals = min(1 - math.floor(math.log10(size)), DECIMALS_MOST)
        text = format(number, f",.{decimals}f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.translate(str.maketrans(",.", self.points))

    def _hours(self, hours: float) -> str:
        return self._span(hours, self.hours) if hours < HOURS_MOST else self._days(hours / 24)

    def _days(self, days: float) -> str:
        if days < DAYS_MOST:
            return self._span(days, self.days)
        return f"{self.number(round(days / 365.25))} {self.years}"

    def _span(self, span: float, units: tuple[str, str, str]) -> str:
        none, one, many = units
        whole = round(span)
        return (none, one)[whole] if whole < len((none, one)) else f"{self.number(whole)} {many}"

    def _share(self, share: float) -> str:
        percent = round(100 * share)
        nearly_none, nearly_all = self.shares
        if percent == 0 and share > 0:
            return nearly_none
        if percent == 100 and share < 1:  # noqa: PLR2004 (all of it)
            return nearly_all
        return f"{self.number(percent)}%"
