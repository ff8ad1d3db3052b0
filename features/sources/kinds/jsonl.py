"""JSON Lines: one object a line, in which an object within becomes columns `outer.inner`.

Every cell is text until the mapping reads it, and numbers stay as they are written, so that
no id loses a digit. A list stays JSON. Lines are numbered from 1, blank ones too.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import polars as pl

from features.errors import DataRefused
from features.sources.formats import options, typed
from features.sources.formats.text import opened
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

MOST_COLUMNS = 2_000
_LONGEST_LINE = 2**26
_ROWS_AT_ONCE = 8_192
_TEXT_AT_ONCE = 2**26

_Record = dict[str, str | None]


class _Literal(str):
    """A number as it is written."""

    __slots__ = ()


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """Nothing: the file may mean anything."""
    return {}


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The names in all lines, for a name may stand in few; every cell is text."""
    options.known(spec)
    names: dict[str, None] = {}
    for _, record, _ in _records(path, spec):
        names.update(dict.fromkeys(record or ()))
        if len(names) > MOST_COLUMNS:
            raise DataRefused(
                f"source {spec.name!r} has more than {MOST_COLUMNS} names in its objects",
                where=spec.path,
                mend="write what differs from line to line as a value, not as a name",
            )
    if not names:
        raise DataRefused(
            f"source {spec.name!r} holds no JSON object",
            where=spec.path,
            mend="write one object a line, or correct `kind` and `encoding`",
        )
    return pl.Schema(dict.fromkeys(names, pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    header = schema(path, spec).names()
    for rows, _ in _blocks(path, spec, header):
        return rows.drop(ROW)
    return pl.DataFrame(schema=dict.fromkeys(header, pl.String))


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows of the file; a line that is no object, or not a clear one, is broken."""
    header = schema(path, spec).names()
    frames: list[pl.DataFrame] = []
    broken: list[int] = []
    for rows, lost in _blocks(path, spec, header):
        frames.append(rows)
        broken += lost
    return Raw(pl.concat(frames, rechunk=True).lazy(), tuple(broken))


def _blocks(
    path: Path, spec: SourceSpec, header: list[str]
) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    rows: dict[int, _Record] = {}
    broken: list[int] = []
    held = 0
    for number, record, size in _records(path, spec):
        if record is None:
            broken.append(number)
        else:
            rows[number] = record
            held += size
        if len(rows) >= _ROWS_AT_ONCE or held > _TEXT_AT_ONCE:
            yield _frame(header, rows), broken
            rows, broken, held = {}, [], 0
    yield _frame(header, rows), broken


def _frame(header: list[str], rows: dict[int, _Record]) -> pl.DataFrame:
    cells = [[row.get(name) for name in header] for row in rows.values()]
    return typed.frame(header, list(rows), cells)


def _records(path: Path, spec: SourceSpec) -> Iterator[tuple[int, _Record | None, int]]:
    """The number, the object and the length of each line that is not blank."""
    with opened(path, spec, newline="\n") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            whole = line.endswith("\n") or len(line) < _LONGEST_LINE
            while not whole:
                rest = file.readline(_LONGEST_LINE)
                whole = not rest or rest.endswith("\n")
                line = ""
            if not line:
                yield number, None, 0
            elif line.strip():
                yield number, _record(line), len(line)


def _record(line: str) -> _Record | None:
    """The object in a line as texts by name; None if there is none, or it has a name twice."""
    try:
        found = _DECODER.decode(line)
        record = _once(list(_flat(found))) if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None
    if record is None or ROW in record or not typed.printable((*record, *record.values())):
        return None
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        msg = "a name stands twice"
        raise ValueError(msg)
    return made


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal
)


def _flat(found: dict[str, Any], outer: str = "") -> Iterator[tuple[str, str | None]]:
    for name, cell in found.items():
        if isinstance(cell, dict):
            yield from _flat(cast("dict[str, Any]", cell), f"{outer}{name}.")
        else:
            yield outer + name, cell if isinstance(cell, str | None) else _json(cell)


def _json(cell: object) -> str:
    """A value as JSON, its numbers as they were written."""
    match cell:
        case _Literal():
            return cell
        case list():
            return f"[{', '.join(map(_json, cast('list[object]', cell)))}]"
        case dict():
            pairs = cast("dict[str, object]", cell).items()
            return f"{{{', '.join(f'{_json(name)}: {_json(inner)}' for name, inner in pairs)}}}"
        case _:
            return json.dumps(cell, ensure_ascii=False)
