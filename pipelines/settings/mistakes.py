"""Mistakes in a workspace file: all of them at once, each with key, reason and mend."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic_core import ErrorDetails

from features.errors import WorkspaceInvalid
from features.mistakes import Mistake

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

_TEXT, _TEXTS = "str", "tuple[str, ...]"
"""What pydantic calls the two sides of "a text or several" in the place of a mistake."""


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


def below(prefix: str, mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    """Mistakes that a room found in its own parameters, under the key of these in the file."""
    return (replace(mistake, key=f"{prefix}.{mistake.key}") for mistake in mistakes)


def from_validation(prefix: str, error: ErrorDetails) -> Iterator[Mistake]:
    """The mistakes that pydantic found below `prefix`, in a person's words."""
    place = error["loc"]
    if place[2:] == (_TEXT,):  # the other side tells of it too
        return
    key = dotted(prefix, (step for step in place if step != _TEXTS))
    context: dict[str, Any] = error.get("ctx", {})
    if error["type"] == "literal_error":
        yield Mistake(key, f"is {error['input']!r}", f"choose one of {context['expected']}")
    elif error["type"] == "value_error":
        yield from (_of_the_room(key, line) for line in str(context["error"]).splitlines())
    elif place[-1:] == (_TEXTS,):
        yield Mistake(key, "must be a text in quotes, or a list of them in square brackets")
    else:
        yield Mistake(key, REASONS.get(error["type"], error["msg"]))


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
