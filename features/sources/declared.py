"""What a workspace says of a source and cannot mean, found before any file is opened."""

import re
from collections.abc import Iterator
from zoneinfo import available_timezones

from features.clock import is_zone
from features.contracts import INPUTS
from features.errors import DataRefused
from features.identity import handles, traits
from features.mistakes import Mistake, nearest, unknown_key
from features.sources import numbers, paths, roles, times
from features.sources.feelings import Feelings
from features.sources.kinds import KINDS, WITHOUT_FILE, complete, resumes
from features.sources.spec import SourceSpec

NEEDED = {name: tuple(roles.needed(table)) for name, table in INPUTS.items()}
"""The columns of a contract that every source of its table must map."""

UNKNOWN = "WHICH_COLUMN"
"""What a guessed workspace file says where no column fits; a person is to replace it."""

_LONGEST_LATENCY_HOURS = 87_600


def mistakes_in_source(spec: SourceSpec) -> Iterator[Mistake]:
    """Every mistake in what is said of one source; keys are those of its table."""
    if spec.kind not in KINDS:
        yield Mistake("kind", f"{spec.kind!r} is unknown", nearest(spec.kind, KINDS))
        return
    if not spec.name.strip():
        yield Mistake("name", "is blank", "name the source")
    if not spec.path and spec.kind not in WITHOUT_FILE:
        yield Mistake("path", "is missing", "name the file, from the workspace's folder on")
    try:
        spec = complete(spec)
    except DataRefused as fault:
        what = fault.what.removeprefix(f"source {spec.name!r}: ")
        yield Mistake("kind", f"{spec.kind!r}: {what}", fault.mend)
        return
    yield from _in_mapping(spec)
    yield from _in_attributes(spec)
    yield from _in_arm(spec)
    yield from _in_handles(spec)
    yield from _in_likely(spec)
    yield from _in_money(spec)
    yield from _in_sentiment(spec)
    yield from _in_lookups(spec)
    yield from _in_changes(spec)
    yield from _in_times(spec)
    if spec.number_format is not None and not numbers.format_works(spec.number_format):
        mend = "write 1234.56 as the file would, such as 'Rp 1.234,56'"
        yield Mistake("number_format", f"{spec.number_format!r} reads no number", mend)
    if len(spec.separator) != 1 or spec.separator in '"\r\n':
        yield Mistake("separator", f"is {spec.separator!r}", "write one character, such as ';'")


def _in_mapping(spec: SourceSpec) -> Iterator[Mistake]:
    known = [column.name for column in roles.expected(INPUTS[spec.table])]
    for name in spec.columns:
        if name not in known:
            yield unknown_key(f"columns.{name}", name, known)
    for name in NEEDED[spec.table]:
        if spec.columns.get(name) == UNKNOWN:
            mend = "name the column that holds it; the comments beside it list the file's columns"
            yield Mistake(f"columns.{name}", f"is still {UNKNOWN}", mend)
        if name not in spec.columns and not (name == roles.CUSTOMER and spec.handles):
            mend = "name a column of the file, or write a constant in single quotes"
            yield Mistake(f"columns.{name}", "is not said", mend)


def _in_attributes(spec: SourceSpec) -> Iterator[Mistake]:
    table = INPUTS[spec.table]
    if spec.attributes and not table.open_ended:
        told = " and ".join(name for name, other in INPUTS.items() if other.open_ended)
        yield Mistake("attributes", f"belong to the tables {told}", "leave them out")
    for name in sorted({*spec.attributes} & {*table.schema}):
        yield Mistake("attributes", f"{name!r} has the name of a contract column", "rename it")


def _in_arm(spec: SourceSpec) -> Iterator[Mistake]:
    constant = re.fullmatch("'([^']*)'", spec.columns.get(roles.ARM, "").strip())
    if constant and constant[1].strip().lower() not in roles.ARMS:
        mend = nearest(constant[1], roles.ARMS)
        yield Mistake(f"columns.{roles.ARM}", f"is always {constant[1]!r}", mend)


def _in_handles(spec: SourceSpec) -> Iterator[Mistake]:
    if spec.handles and roles.CUSTOMER not in INPUTS[spec.table].schema:
        yield Mistake("handles", f"are not of the table {spec.table}", "leave them out")
    elif spec.handles and roles.CUSTOMER in spec.columns:
        mend = f"leave one out; as a handle, `columns.{roles.CUSTOMER}` is an id:NAME"
        yield Mistake("handles", f"are said beside `columns.{roles.CUSTOMER}`", mend)
    for kind, told in spec.handles.items():
        if not told:
            yield Mistake(f"handles.{kind}", "names no column", "name one, or leave it out")
        if not handles.KIND.fullmatch(kind):
            close = nearest(kind, handles.KINDS_TOLD)
            mend = close if "did you mean" in close else f"write {', '.join(handles.KINDS_TOLD)}"
            yield Mistake(f"handles.{kind}", "is no kind of handle", mend)


def _in_likely(spec: SourceSpec) -> Iterator[Mistake]:
    if spec.likely and roles.CUSTOMER not in INPUTS[spec.table].schema:
        yield Mistake("likely", f"is not of the table {spec.table}", "leave it out")
    for kind in spec.likely:
        if kind not in traits.KINDS:
            yield unknown_key(f"likely.{kind}", kind, traits.KINDS)
    if spec.likely and (traits.NAME not in spec.likely or not {*spec.likely} & {*traits.PLACES}):
        mend = f"say a name and one of {', '.join(traits.PLACES)}: less tells nobody apart"
        yield Mistake("likely", "is too little", mend)


def _in_money(spec: SourceSpec) -> Iterator[Mistake]:
    money = [one.name for one in INPUTS[spec.table].columns if one.unit == roles.MONEY]
    if spec.currency and not {*money} & {*spec.columns}:
        mend = f"map {money[0]}, or leave it out" if money else "leave it out"
        yield Mistake("currency", "is not used: no column holds money", mend)


def _in_sentiment(spec: SourceSpec) -> Iterator[Mistake]:
    if spec.sentiment_from and "sentiment" not in INPUTS[spec.table].schema:
        yield Mistake("sentiment_from", f"is not of the table {spec.table}", "leave it out")
    elif spec.sentiment_from and "sentiment" in spec.columns:
        mend = "leave one out; two sources may read one file, each with its rows chosen by `sql`"
        yield Mistake("sentiment_from", "is said beside `columns.sentiment`", mend)
    if spec.words or (spec.feelings != Feelings() and not spec.sentiment_from):
        mend = "leave it out; [sentiment] says for all sources how texts are judged"
        yield Mistake("feelings", "is not said of a source", mend)


def _in_lookups(spec: SourceSpec) -> Iterator[Mistake]:
    if spec.lookups and not spec.sql:
        yield Mistake("lookups", "are not used", "join them in `sql`")
    if "source" in spec.lookups:
        yield Mistake("lookups", "name a table `source`", "that is the source itself; rename it")
    for name, path in spec.lookups.items():
        if paths.is_pattern(path):
            yield Mistake(f"lookups.{name}", f"is a pattern, {path!r}", "name one file")


def _in_changes(spec: SourceSpec) -> Iterator[Mistake]:
    if spec.since is not None:
        mend = "leave it out; jejak knows when it read last"
        yield Mistake("since", "is not said in a workspace file", mend)
    if spec.sql and resumes(spec):
        mend = "leave one out, or let `options.query` join and group"
        yield Mistake("sql", "looks at all rows, and `options.changed` reads some", mend)


def _in_times(spec: SourceSpec) -> Iterator[Mistake]:
    if spec.time_zone and not is_zone(spec.time_zone):
        mend = nearest(spec.time_zone, sorted(available_timezones()))
        yield Mistake("time_zone", f"{spec.time_zone!r} is unknown", mend)
    if spec.time_format and not times.format_works(spec.time_format):
        mend = "write it as in '%d/%m/%Y %H:%M'"
        yield Mistake("time_format", f"{spec.time_format!r} reads no time", mend)
    if not 0 <= spec.latency_hours <= _LONGEST_LATENCY_HOURS:
        mend = f"write a number of hours from 0 to {_LONGEST_LATENCY_HOURS}"
        yield Mistake("latency_hours", "is no latency", mend)
    if spec.stale_after_days is not None and spec.stale_after_days < 0:
        yield Mistake("stale_after_days", f"is {spec.stale_after_days}", "write a number from 0")
