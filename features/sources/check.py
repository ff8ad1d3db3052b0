"""What is wrong with the sources of a workspace, found before any row is read."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import available_timezones

import polars as pl

from features.contracts import CUSTOMERS, EVENTS
from features.errors import DataRefused
from features.sources import table, times
from features.sources.mapping import expression, pick
from features.sources.spec import SourceSpec

_NEEDED = {
    "events": ("customer_id", "occurred_at", "channel", "step"),
    "customers": ("customer_id", "valid_from"),
}
_LONGEST_LATENCY_HOURS = 87_600
_CONTRACTS = {"events": EVENTS, "customers": CUSTOMERS}


def faults(specs: Iterable[SourceSpec], root: Path) -> list[DataRefused]:
    """Every mistake in what is said of the sources, and every file or column that is missing."""
    found: list[DataRefused] = []
    for name, count in Counter(spec.name for spec in specs).items():
        if count > 1:
            found.append(DataRefused(f"{count} sources are called {name!r}", mend="rename one"))
    for spec in specs:
        said = [*_in_mapping(spec), *_in_options(spec)]
        absent = list(_in_files(spec, root))
        found += said + (absent if spec.required or not _is_missing(spec, root) else [])
        if not said and not absent:
            found += _in_columns(spec, root)
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
    return not (root / spec.path).is_file()


def _in_mapping(spec: SourceSpec) -> Iterator[DataRefused]:
    known = [name for name in _CONTRACTS[spec.table].schema if name != "source"]
    for name in spec.columns:
        if name not in known:
            yield _fault(spec, f"`columns.{name}` is no column of {spec.table}", _near(name, known))
    for name in _NEEDED[spec.table]:
        if name not in spec.columns:
            yield _fault(spec, f"`columns.{name}` is not said", "name the file's column for it")
    if spec.attributes and spec.table == "events":
        yield _fault(spec, "`attributes` belong to the table customers", "leave them out")
    for name in sorted({*spec.attributes} & {*CUSTOMERS.schema}):
        yield _fault(spec, f"attribute {name!r} has the name of a contract column", "rename it")


def _in_options(spec: SourceSpec) -> Iterator[DataRefused]:
    if spec.time_zone and spec.time_zone not in available_timezones():
        zones = sorted(available_timezones())
        yield _fault(
            spec, f"no time zone {spec.time_zone!r} is known", _near(spec.time_zone, zones)
        )
    if spec.time_format and not times.format_works(spec.time_format):
        yield _fault(
            spec,
            f"time_format {spec.time_format!r} reads no time",
            "write it as in '%d/%m/%Y %H:%M'",
        )
    if not 0 <= spec.latency_hours <= _LONGEST_LATENCY_HOURS:
        mend = f"write a number of hours from 0 to {_LONGEST_LATENCY_HOURS}"
        yield _fault(spec, "`latency_hours` is no latency", mend)
    if "source" in spec.lookups:
        yield _fault(spec, "a lookup is called `source`", "that is the source itself; rename it")


def _in_files(spec: SourceSpec, root: Path) -> Iterator[DataRefused]:
    for file in table.files(spec).values():
        if _is_missing(file, root):
            yield DataRefused(
                f"source {spec.name!r}: the file is missing",
                where=file.path,
                mend="put it there, or correct the path (it starts at the workspace's folder)",
            )


def _in_columns(spec: SourceSpec, root: Path) -> Iterator[DataRefused]:
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


def _in_query(spec: SourceSpec, error: pl.exceptions.PolarsError) -> DataRefused:
    said = str(error).strip().split("\n", maxsplit=1)[0]
    match = re.match(r'unable to find column "(.*?)"; valid columns: \[(.*)\]', said)
    if not match:
        return _fault(spec, f"`sql` cannot be run: {said}", "correct the query")
    columns = re.findall(r'"(.*?)"', match[2])
    return _fault(spec, f"`sql` uses column {match[1]!r}", _near(match[1], columns))


def _in_expressions(spec: SourceSpec, columns: list[str]) -> Iterator[DataRefused]:
    for name, text in spec.columns.items():
        try:
            used = expression(text, columns).meta.root_names()
        except pl.exceptions.PolarsError as error:
            said = str(error).strip().split("\n", maxsplit=1)[0]
            yield _fault(spec, f"`columns.{name}` cannot be read: {said}", "correct it")
            continue
        for column in sorted({*used} - {*columns}):
            mend = _near(column, columns)
            if column == text:
                mend += f"; a constant is written in single quotes: \"'{column}'\""
            yield _fault(spec, f"`columns.{name}` uses column {column!r}, which is missing", mend)


def _in_attributes(spec: SourceSpec, columns: list[str]) -> Iterator[DataRefused]:
    for name in spec.attributes:
        if name not in columns:
            yield _fault(spec, f"attribute {name!r} is missing", _near(name, columns))


def _in_types(spec: SourceSpec, raw: pl.DataFrame) -> Iterator[DataRefused]:
    try:
        schema = pick(raw.lazy(), spec).collect().schema
    except pl.exceptions.PolarsError as error:
        said = str(error).strip().split("\n", maxsplit=1)[0]
        yield _fault(spec, f"an expression in `columns` cannot be run: {said}", "correct it")
        return
    for name in (*spec.columns, *spec.attributes):
        if not _fits(name, schema[name], spec):
            yield _fault(
                spec,
                f"column {name} cannot be made of {schema[name]}",
                "cast it in an expression, or declare `time_format` for whole numbers",
            )


def _fits(name: str, dtype: pl.DataType, spec: SourceSpec) -> bool:
    if name in {"occurred_at", "known_at", "valid_from"}:
        return times.readable(dtype, spec.time_format)
    if name in {"value", "sentiment"}:
        return dtype.is_numeric() or isinstance(dtype, pl.String | pl.Boolean | pl.Null)
    return not dtype.is_nested() and not isinstance(dtype, pl.Binary | pl.Object)


def _near(name: str, names: list[str]) -> str:
    """What the person may have meant, else what there is."""
    lowered = {other.lower(): other for other in names}
    close = get_close_matches(name.lower(), lowered, n=1)
    if close:
        return f"did you mean {lowered[close[0]]!r}?"
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")  # noqa: PLR2004
    return f"there are: {listed}"
