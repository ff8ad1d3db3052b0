"""What is wrong with the sources of a workspace, found before any row is read."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from features.contracts import INPUTS
from features.errors import DataRefused
from features.mistakes import nearest
from features.sources import roles, table, times
from features.sources.declared import mistakes_in_source
from features.sources.expressions import (
    CURRENCY,
    HANDLE,
    TEXT,
    by_row,
    expression,
    one_currency,
    pick,
    said,
)
from features.sources.kinds import is_there, resumes
from features.sources.money import Rates
from features.sources.raw import ROW
from features.sources.spec import SourceSpec
from features.sources.whose import OWN_ID


def faults(
    specs: Iterable[SourceSpec], root: Path, rates: Rates | None = None
) -> list[DataRefused]:
    """Every mistake in what is said of the sources, and every file or column that is missing.

    With `rates`, also every source whose currency has none.
    """
    found: list[DataRefused] = []
    for name, count in Counter(spec.name for spec in specs).items():
        if count > 1:
            found.append(DataRefused(f"{count} sources are called {name!r}", mend="rename one"))
    for spec in specs:
        mistakes = [*_in_saying(spec), *_in_words(spec, root)]
        absent = list(_in_files(spec, root))
        found += mistakes + (absent if spec.required or not _is_missing(spec, root) else [])
        if not mistakes and not absent:
            found += _in_columns(spec, root, rates)
    return found


def refuse(found: list[DataRefused]) -> None:
    """Raise what was found, all at once."""
    if len(found) == 1:
        raise found[0]
    if found:
        listed = "\n".join(f"  - {fault}" for fault in found)
        raise DataRefused(f"{len(found)} things are wrong with the sources:\n{listed}")


def _fault(spec: SourceSpec, what: str, mend: str) -> DataRefused:
    return DataRefused(f"source {spec.name!r}: {what}", where=spec.path, mend=mend)


def _is_missing(spec: SourceSpec, root: Path) -> bool:
    return not is_there(spec, root)


def _in_saying(spec: SourceSpec) -> Iterator[DataRefused]:
    for mistake in mistakes_in_source(spec):
        yield _fault(spec, f"`{mistake.key}` {mistake.reason}", mistake.mend)


def _in_words(spec: SourceSpec, root: Path) -> Iterator[DataRefused]:
    """What is in the way of judging texts."""
    if not spec.sentiment_from:
        return
    if fault := spec.feelings.fault():
        yield fault
        return
    try:
        spec.feelings.told(root)
    except DataRefused as unread:
        yield unread


def _in_files(spec: SourceSpec, root: Path) -> Iterator[DataRefused]:
    for file in table.files(spec).values():
        if _is_missing(file, root):
            yield DataRefused(
                f"source {spec.name!r}: {_absence(root / file.path)}",
                where=file.path,
                mend="put it there, or correct the path (it starts at the workspace's folder)",
            )


def _absence(path: Path) -> str:
    return "a folder is there, not a file" if path.is_dir() else "the file is missing"


def _in_columns(spec: SourceSpec, root: Path, rates: Rates | None) -> Iterator[DataRefused]:
    try:
        raw = table.shape(spec, root)
    except DataRefused as fault:
        yield fault
        return
    except pl.exceptions.PolarsError as error:
        yield _in_query(spec, error)
        return
    found = [*_in_expressions(spec, raw.columns), *_in_attributes(spec, raw.columns)]
    yield from found or _in_types(spec, raw)
    if not found and resumes(spec) and not by_row(spec):
        what = "an expression looks at all rows, and `options.changed` reads some"
        yield _fault(spec, what, "leave one out, or let `options.query` compute it")
    if rates is not None:
        yield from _in_currency(spec, raw.columns, rates)


def _in_query(spec: SourceSpec, error: pl.exceptions.PolarsError) -> DataRefused:
    reason = _first_line(error)
    match = re.match(r'unable to find column "(.*?)"; valid columns: \[(.*)\]', reason)
    if not match:
        return _fault(spec, f"`sql` cannot be run: {reason}", "correct the query")
    columns = re.findall(r'"(.*?)"', match[2])
    return _fault(spec, f"`sql` uses column {match[1]!r}", nearest(match[1], columns))


def _in_expressions(spec: SourceSpec, columns: list[str]) -> Iterator[DataRefused]:
    one = one_currency(spec, columns)
    told = {_said_as(key): text for key, text in said(spec).items()}
    if one is not None:
        del told["currency"]
    for key, text in told.items():
        try:
            used = expression(text, columns).meta.root_names()
        except pl.exceptions.PolarsError as error:
            yield _fault(spec, f"`{key}` cannot be read: {_first_line(error)}", "correct it")
            continue
        for column in sorted({*used} - {*columns}):
            mend = nearest(column, columns)
            if column == text:
                mend += f"; a constant is written in single quotes: \"'{column}'\""
            yield _fault(spec, f"`{key}` uses column {column!r}, which is missing", mend)


def _in_attributes(spec: SourceSpec, columns: list[str]) -> Iterator[DataRefused]:
    for name in spec.attributes:
        if name not in columns:
            yield _fault(spec, f"attribute {name!r} is missing", nearest(name, columns))


def _in_types(spec: SourceSpec, raw: pl.DataFrame) -> Iterator[DataRefused]:
    try:
        schema = pick(raw.lazy(), spec).collect().schema
    except pl.exceptions.PolarsError as error:
        reason = f"an expression in `columns` cannot be run: {_first_line(error)}"
        yield _fault(spec, reason, "correct it")
        return
    for name, dtype in schema.items():
        if name != ROW and not _fits(name, dtype, spec):
            key = _key(name)
            yield _fault(
                spec,
                f"{key} cannot be made of {dtype}",
                "cast it in an expression, or declare `time_format` for whole numbers",
            )


def _fits(name: str, dtype: pl.DataType, spec: SourceSpec) -> bool:
    known = {column.name: column for column in INPUTS[spec.table].columns}
    if name in known and roles.is_instant(known[name]):
        return times.readable(dtype, spec.time_format)
    if name in known and roles.is_number(known[name]):
        return dtype.is_numeric() or isinstance(dtype, pl.String | pl.Boolean | pl.Null)
    return not dtype.is_nested() and not isinstance(dtype, pl.Binary | pl.Duration | pl.Object)


def _said_as(key: str) -> str:
    """A customer's name counts as a handle where others tell by handles; it was not said so."""
    return f"columns.{roles.CUSTOMER}" if key == f"handles.{OWN_ID}" else key


def _key(name: str) -> str:
    """How a person said a column of the picked frame."""
    if name in (CURRENCY, TEXT):
        return "currency" if name == CURRENCY else "sentiment_from"
    return f"handle {name.removeprefix(HANDLE)}" if name.startswith(HANDLE) else f"column {name}"


def _in_currency(spec: SourceSpec, columns: list[str], rates: Rates) -> Iterator[DataRefused]:
    one = one_currency(spec, columns)
    if one is None or rates.knows(one):
        return
    mend = f"add {one} to the table that `money.rates` names"
    if rates.daily.is_empty():
        mend = 'write `rates = "sources/rates.csv"` below [money], a file of day, currency and rate'
    yield _fault(spec, f"its money is in {one}, not in {rates.currency}, and has no rate", mend)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
