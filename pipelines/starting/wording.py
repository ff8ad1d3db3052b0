"""Lines of a guessed workspace file: each guess with its why, what else it may be as a comment."""

import json
from collections.abc import Iterator

from features.sources.declared import NEEDED, UNKNOWN
from features.sources.sniff import Guess, Sniffed
from pipelines.terminal.printable import one_line

CONSTANTS = {"channel": "'store'", "step": "'purchase'"}
OPTIONAL = ("value", "source_key")
OTHERS = 2


def quoted(text: str) -> str:
    r"""A text as TOML writes it.

    >>> print(quoted('the "big" shop'))
    "the \"big\" shop"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def said(seen: Sniffed) -> Iterator[tuple[str, str, str]]:
    """Contract columns with what they are read from, and why."""
    for column in NEEDED["events"]:
        best = seen.guesses[column].best
        if best:
            yield column, best.column, best.why
        elif column in CONSTANTS:
            yield column, CONSTANTS[column], f"no column tells the {column}: say what it is"
        else:
            yield column, UNKNOWN, "no column looks like it"
    for column in OPTIONAL:
        best = seen.guesses[column].best
        if best:
            yield column, best.column, best.why


def columns(seen: Sniffed) -> Iterator[str]:
    """The lines below `[sources.columns]`."""
    for column, text, why in said(seen):
        yield f"{column} = {quoted(text)}    # {one_line(why)}"
        for other in seen.guesses[column].candidates[1 : 1 + OTHERS]:
            yield f"# {column} = {quoted(other.column)}    # {one_line(other.why)}"
    missing = [name for name in OPTIONAL if not seen.guesses[name].best]
    if "value" in missing:
        yield '# value = "..."    # money, if a column holds it'
    if "source_key" in missing:
        yield '# source_key = "..."    # makes a row that is delivered twice count once'
    names = ", ".join(column.name for column in seen.columns)
    yield f"# the file has: {one_line(names)}"


def reading_keys(seen: Sniffed) -> Iterator[str]:
    """The lines that say how the file is written, where it is not plain."""
    if seen.kind == "csv" and seen.separator != ",":
        yield f"separator = {quoted(seen.separator)}"
    if seen.kind == "csv" and seen.encoding != "utf-8":
        yield f"encoding = {quoted(seen.encoding)}"
    yield from _formats("time_format", seen.guesses["occurred_at"], "the times")
    yield from _formats("number_format", seen.guesses["value"], "the money")


def _formats(key: str, guess: Guess, what: str) -> Iterator[str]:
    for at, written in enumerate(guess.best.formats if guess.best else ()):
        if written:
            line = f"{key} = {quoted(written)}"
            yield line if at == 0 else f"# {line}    # would read {what} as well"
        elif at > 0:
            yield f"# left out, {what} could be read as well"
