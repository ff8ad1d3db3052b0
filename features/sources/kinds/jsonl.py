"""JSON Lines: one object a line, in which an object within becomes columns `outer.inner`.

Every cell is text until the mapping reads it, and numbers stay as they are written, so that
no id loses a digit. A list stays JSON. Lines are numbered from 1, blank ones too.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from features.errors import DataRefused
from features.sources.formats import objects, options, typed
from features.sources.formats.objects import Object, Texts
from features.sources.formats.text import opened
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

MOST_COLUMNS = 2_000
_LONGEST_LINE = 2**26
_ROWS_AT_ONCE = 8_192
_TEXT_AT_ONCE = 2**26


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """Nothing: the file may mean anything."""
    return {}


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The names in all lines, for a name may stand in few; every cell is text."""
    options.known(spec)
    names: dict[str, None] = {}
    for _, record, _ in _records(path, spec):
        _add(names, record or (), spec)
    return pl.Schema(dict.fromkeys(_some(names, spec), pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    header = schema(path, spec).names()
    for rows, _ in _blocks(path, spec, dict.fromkeys(header)):
        return rows.drop(ROW)
    return pl.DataFrame(schema=dict.fromkeys(header, pl.String))


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows of the file; a line that is no object, or not a clear one, is broken."""
    options.known(spec)
    header: dict[str, None] = {}
    frames: list[pl.DataFrame] = []
    broken: list[int] = []
    for rows, lost in _blocks(path, spec, header):
        frames.append(rows)
        broken += lost
    _some(header, spec)
    return Raw(pl.concat(frames, how="diagonal", rechunk=True).lazy(), tuple(broken))


def _add(names: dict[str, None], more: Iterable[str], spec: SourceSpec) -> None:
    names.update(dict.fromkeys(more))
    if len(names) > MOST_COLUMNS:
        raise DataRefused(
            f"source {spec.name!r} has more than {MOST_COLUMNS} names in its objects",
            where=spec.path,
            mend="write what differs from line to line as a value, not as a name",
        )


def _some(names: dict[str, None], spec: SourceSpec) -> list[str]:
    if not names:
        raise DataRefused(
            f"source {spec.name!r} holds no JSON object",
            where=spec.path,
            mend="write one object a line, or correct `kind` and `encoding`",
        )
    return list(names)


def _blocks(
    path: Path, spec: SourceSpec, header: dict[str, None]
) -> Iterator[tuple[pl.DataFrame, list[int]]]:
    """Some rows at a time, with the names of `header`, to which those are added that come."""
    rows: dict[int, Texts] = {}
    broken: list[int] = []
    held = 0
    for number, record, size in _records(path, spec):
        texts = objects.texts(record) if record is not None else None
        if texts is None:
            broken.append(number)
        else:
            _add(header, texts, spec)
            rows[number] = texts
            held += size
        if len(rows) >= _ROWS_AT_ONCE or held > _TEXT_AT_ONCE:
            yield _frame([*header], rows), broken
            rows, broken, held = {}, [], 0
    yield _frame([*header], rows), broken


def _frame(header: list[str], rows: dict[int, Texts]) -> pl.DataFrame:
    cells = [[row.get(name) for name in header] for row in rows.values()]
    return typed.frame(header, list(rows), cells)


def _records(path: Path, spec: SourceSpec) -> Iterator[tuple[int, Object | None, int]]:
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
                yield number, _object(line), len(line)


def _object(line: str) -> Object | None:
    found = objects.read(line)
    return None if found is None or ROW in found else found
