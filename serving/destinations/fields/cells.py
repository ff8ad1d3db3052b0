"""How a value of a field is written as JSON: rounded numbers, replaced words, days of a zone."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from serving.destinations.fields.views import Holds, View, view
from serving.destinations.spec import DestinationSpec

ODD = ""
"""What stands for text that holds a NUL or half of a character: no JSON at all."""

NOTHING = "null"
LITERAL = re.compile(r"-?(0|[1-9][0-9]{0,17})")

to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def known(column: str) -> View:
    """The view of a column that the settings were checked to know."""
    found = view(column)
    if found is None:
        msg = f"a score tells nothing by the name {column!r}"
        raise ValueError(msg)
    return found


def holds(spec: DestinationSpec, name: str) -> Holds:
    """What a field holds: text is whole numbers where all of its words are such."""
    told = known(spec.fields[name]).holds
    return "whole" if told == "text" and _are_whole(spec.words.get(name, {})) else told


def decimals(spec: DestinationSpec, name: str) -> int:
    """How many decimals a number in a field keeps."""
    return spec.decimals.get(name, known(spec.fields[name]).decimals)


def writer(spec: DestinationSpec, name: str, zone: str) -> Callable[[Any], str]:
    """What writes a value of a field, as its column has it; dates are days of the zone."""
    column = known(spec.fields[name])
    if column.holds == "number":
        places = decimals(spec, name)
        return lambda number: rounded(number, places)
    if column.holds == "whole":
        return lambda number: str(int(number))
    if column.holds == "instant":
        return lambda instant: f'"{instant.tz_convert("UTC"):%Y-%m-%dT%H:%M:%SZ}"'
    if column.holds == "date":
        return lambda instant: f'"{instant.tz_convert(zone):%Y-%m-%d}"'
    words = spec.words.get(name, {})
    are_whole = _are_whole(words)
    return lambda text: _said(text, words, are_whole=are_whole)


def rounded(number: float, places: int) -> str:
    """A number rounded exactly, a tie to the even digit; without decimals a whole number.

    >>> rounded(0.12345, 4), rounded(2.5, 0), rounded(-0.00001, 4), rounded(float("inf"), 2)
    ('0.1235', '2', '0.0', 'null')
    """
    if not math.isfinite(number):
        return NOTHING
    # Adding 0.0 takes the sign from a zero.
    return repr(round(float(number), places) + 0.0) if places else str(round(number))


def _said(text: str, words: Mapping[str, str], *, are_whole: bool) -> str:
    if are_whole and text in words:
        return str(int(words[text]))
    return to_json(words.get(text, text)) if is_plain(text) else ODD


def is_plain(text: str) -> bool:
    r"""Whether every system takes a text: no NUL, and no half of a character.

    >>> is_plain("Ayu"), is_plain("a\0"), is_plain("\ud83d")
    (True, False, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _are_whole(words: Mapping[str, str]) -> bool:
    return bool(words) and all(LITERAL.fullmatch(word) for word in words.values())
