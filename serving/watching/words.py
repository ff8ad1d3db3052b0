"""What watching found, as a person reads it, in English and Indonesian."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.pages.words import DASH, Words, texts

ROOM = "serving.watching"


def words(language: str) -> Words:
    """The words of this room in a language."""
    return Words(language, ROOM)


@dataclass(frozen=True)
class Value:
    """A number or a word that a sentence may format: `{share:percent}`, `{auc:3}`, `{ratio}`."""

    value: str | float | int | None
    words: Words

    def __format__(self, how: str) -> str:
        """As the language writes it: in percent, in so many decimals, or in three digits."""
        value = self.value
        if isinstance(value, str):
            return value
        if value is None or not math.isfinite(value):
            return DASH
        if how == "percent":
            return self.words.percent(value)
        return self.words.number(value, int(how) if how else _decimals(value))


def sentence(language: str, kind: str, told: Mapping[str, Any]) -> str:
    """The sentence of an alarm, a reason or a note as their JSON tells them.

    >>> sentence("en", "reason", {"code": "R05", "told": {"days": 80, "most": 56}})[:28]
    'the outcomes that the model '
    """
    speak = words(language)
    values = {**told.get("told", {}), "name": told.get("name", "")}
    values |= {name: told.get(name) for name in ("measured", "needed")}
    spoken = {name: Value(value, speak) for name, value in values.items()}
    several = "_runs" if told.get("told", {}).get("runs", 1) > 1 else ""
    return texts(language, ROOM)[f"{kind}.{told['code']}{several}"].format(**spoken)


def _decimals(value: float) -> int:
    """So many that three digits tell something."""
    if not value or float(value).is_integer():
        return 0
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 6)
