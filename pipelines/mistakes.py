"""Mistakes in a workspace file: all of them at once, each with key, reason and mend."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import ErrorDetails

from features.errors import WorkspaceInvalid

REASONS = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list in square brackets",
    "list_type": "must be a list in square brackets",
    "dict_type": "must be a table of `key = value`",
    "date_type": "must be a date such as 2026-03-01",
    "date_from_datetime_parsing": "must be a date such as 2026-03-01",
    "date_parsing": "must be a date such as 2026-03-01",
}


@dataclass(frozen=True)
class Mistake:
    """One key of the workspace file that is wrong, why, and what to write instead."""

    key: str
    reason: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.key}: {self.reason}{mend}"


class SettingsInvalid(WorkspaceInvalid):
    """The workspace file holds mistakes; `mistakes` lists every one."""

    def __init__(self, path: Path, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        super().__init__(
            "\n".join(
                [f"{count} mistake{'s' * (count > 1)} in the workspace file"]
                + [f"  {mistake}" for mistake in self.mistakes]
            ),
            where=str(path),
            mend="correct the keys named above and run the command again",
        )


def unknown_key(key: str, name: str, known: Iterable[str]) -> Mistake:
    """The mistake of a key that means nothing here, with the nearest that does.

    >>> print(unknown_key("churn.horizon_day", "horizon_day", ["horizon_days", "steps"]))
    churn.horizon_day: is not a known key; did you mean `horizon_days`?
    """
    return Mistake(key, "is not a known key", nearest(name, known))


def nearest(name: str, known: Iterable[str]) -> str:
    """A suggestion: the known name most like the one given, else all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known are {', '.join(names)}"


def from_validation(prefix: str, error: ErrorDetails) -> Mistake:
    """The mistake that pydantic found below `prefix`, in a person's words."""
    key = dotted(prefix, error["loc"])
    context: dict[str, Any] = error.get("ctx", {})
    if error["type"] == "literal_error":
        return Mistake(key, f"is {error['input']!r}", f"choose one of {context['expected']}")
    if error["type"] == "value_error":
        return _of_the_room(key, str(context["error"]))
    return Mistake(key, REASONS.get(error["type"], error["msg"]))


def _of_the_room(key: str, sentence: str) -> Mistake:
    """A check of the parameters' own room; its sentence begins with the field at fault."""
    first, _, rest = sentence.partition(" ")
    reason, _, mend = rest.partition("; ")
    if first.isidentifier() and ("_" in first or first.islower()) and rest:
        return Mistake(f"{key}.{first}", reason, mend)
    return Mistake(key, sentence)


def dotted(prefix: str, location: Iterable[str | int]) -> str:
    """A key as a person would look for it in the file.

    >>> dotted("sources", (0, "columns", "occurred_at"))
    'sources[0].columns.occurred_at'
    """
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return (prefix + "".join(steps)).lstrip(".")
