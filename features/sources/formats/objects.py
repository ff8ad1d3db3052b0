"""An object in JSON as texts by name; one within it becomes names `outer.inner`.

Numbers stay as they are written, so that no id loses a digit. A list stays JSON.
"""

import json
import re
from typing import Any, cast

from features.sources.formats.text import readable
from features.sources.formats.typed import printable

Object = dict[str, Any]
Texts = dict[str, str | None]

_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""How NUL and halves of characters are written in JSON."""

_LONG = 19
"""Digits of a number that is quicker kept as it is written."""


class _Literal:
    """A number as it is written, where Python would write it otherwise."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written = written


def read(line: str) -> Object | None:
    """The values by name; None if the line is no object, or none that text can say.

    >>> texts(read('{"id": 7.10, "at": {"day": "now", "hour": null}, "tags": [1, true]}'))
    {'id': '7.10', 'at.day': 'now', 'at.hour': None, 'tags': '[1, true]'}
    >>> read('{"a": 1, "a": 2}') is None
    True
    """
    try:
        found = _DECODER.decode(line)
        record = _once(_flat(found, "", [])) if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None
    if record is None or (readable(line) and not _ESCAPED.search(line)):
        return record
    said = texts(record)
    return record if said is not None and printable((*said, *said.values())) else None


def _once(pairs: list[tuple[str, Any]]) -> Object:
    made = dict(pairs)
    if len(made) < len(pairs):
        msg = "a name stands twice"
        raise ValueError(msg)
    return made


def _flat(found: Object, outer: str, into: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    for name, cell in found.items():
        if isinstance(cell, dict):
            _flat(cast("Object", cell), f"{outer}{name}.", into)
        else:
            into.append((outer + name, cell))
    return into


def _whole(written: str) -> int | _Literal:
    found = int(written) if len(written) < _LONG else None
    return found if found is not None and str(found) == written else _Literal(written)


def _fraction(written: str) -> float | _Literal:
    found = float(written)
    return found if repr(found) == written else _Literal(written)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole, parse_float=_fraction, parse_constant=_Literal
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)


def texts(record: Object) -> Texts | None:
    """Every value as text, numbers as they were written; None if one nests too deeply."""
    try:
        return {
            name: cell if cell is None or isinstance(cell, str) else _json(cell)
            for name, cell in record.items()
        }
    except RecursionError:
        return None


def _json(cell: object) -> str:
    if type(cell) in (int, float):
        return repr(cell)
    try:
        return _ENCODER.encode(cell)
    except TypeError:  # there is a literal in it
        return _literally(cell)


def _literally(cell: object) -> str:
    match cell:
        case _Literal():
            return cell.written
        case list():
            return f"[{', '.join(map(_literally, cast('list[object]', cell)))}]"
        case dict():
            pairs = cast("dict[str, object]", cell).items()
            return (
                f"{{{', '.join(f'{_json(name)}: {_literally(inner)}' for name, inner in pairs)}}}"
            )
        case _:
            return _ENCODER.encode(cell)
