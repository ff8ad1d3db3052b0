"""Records of a JSON export: one a line, a list of them, or pages that hold such a list."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from features.sources.formats.labels import refusal
from features.sources.spec import SourceSpec

Record = dict[str, Any]


def looks_like_json(path: Path, spec: SourceSpec) -> bool:
    """Whether the file begins as JSON does; raises `DataRefused` if it cannot be opened."""
    try:
        with path.open("rb") as file:
            start = file.read(4_096)
    except OSError as error:
        mend = "look at the file's rights"
        raise refusal(spec, f"it cannot be opened ({error.strerror})", mend) from error
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def records(path: Path, *lists: str) -> Iterator[Record | None]:
    """Every record of the file, None where it is broken; pages hold them under one of `lists`.

    A line that is no JSON is one broken record, unless the whole file is one JSON text.
    """
    for value in _values(path):
        yield from _within(value, lists)


def _values(path: Path) -> Iterator[object]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        filled = (line for line in lines if line.strip())
        first = next(filled, "")
        value = _parsed(first)
        if value is None:
            lines.seek(0)
            if (whole := _parsed(lines.read())) is not None:
                yield whole
                return
            lines.seek(0)
            yield from (_parsed(line) for line in lines if line.strip())
            return
        yield value
        yield from map(_parsed, filled)


def _parsed(text: str) -> object:
    """What the text says in JSON; None if it says nothing."""
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _within(value: object, lists: tuple[str, ...]) -> Iterator[Record | None]:
    if isinstance(value, dict):
        page = cast("Record", value)
        held = next((page[name] for name in lists if isinstance(page.get(name), list)), [page])
        yield from (_record(one) for one in held)
    elif isinstance(value, list):
        yield from (_record(one) for one in cast("list[object]", value))
    else:
        yield None


def _record(value: object) -> Record | None:
    return cast("Record", value) if isinstance(value, dict) else None
