"""Meetings and calls as CSV: who attended (Zoom, Teams, Google Meet), or a calendar (Outlook).

Rows of our own people, named in `options.ours` by address, domain or name, are no touches. Google
Meet writes times of day; the day stands in the name that it gives the file.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from features.sources.formats import dates, options, report
from features.sources.formats.labels import Labels, refusal
from features.sources.formats.ours import ours
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_FIRST_ROWS = 8_192
_PERSON = {
    "email": ("user email", "email", "email address", "attendee email", "participant id (upn)"),
    "name": ("name (original name)", "name", "full name", "participant", "attendee"),
}
_GUESTS = ("required attendees", "attendees", "guests", "invitee email", "attendee email")
_JOINED = ("join time", "first join", "first join time", "time joined")
_STARTED = ("start date", "start", "start time", "start date & time", "started at", "call time")
_SUBJECT = ("topic", "subject", "meeting title", "title", "event type name", "summary")
_MINUTES = ("duration (minutes)", "total duration (minutes)", "in-meeting duration", "duration")
_NAMED_BY_MEET = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[ _](?P<hour>\d\d)[:_.-](?P<minute>\d\d)[ _]"
    r"(?P<title>.+?)(?: - Attendance Report)?(?: ?\(\d+\))?"
)
_TIME_OF_DAY = re.compile(r"\d{1,2}[:.]\d\d([:.]\d\d)?(\s*[AaPp]\.?\s?[Mm]\.?)?")
_HALF_A_DAY = timedelta(hours=12)
_MADE = ("attendee", "started_at", "step", "subject", "duration")
_EVENTS = {
    "customer_id": "attendee",
    "occurred_at": "started_at",
    "channel": "'meeting'",
    "step": "step",
}


def columns(spec: SourceSpec) -> dict[str, str]:
    """One attendance, or one entry of a calendar with its first guest who is not of us."""
    return options.mapped(spec, {"events": _EVENTS})


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """The columns that are made of every export, all text; refuses a file that is none."""
    _table(path, spec)
    return pl.Schema(dict.fromkeys(_MADE, pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first rows, some thousands at most."""
    return read(path, spec).rows.drop(ROW).head(_FIRST_ROWS).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All rows that are not of our own people."""
    rows, broken = _table(path, spec)
    labels = Labels(name for name in rows.columns if name != ROW)
    attended = labels.find(*_JOINED) is not None
    made = rows.select(
        ROW,
        people=_attendee(labels) if attended else labels.cell(*_GUESTS),
        started_at=labels.cell(*_JOINED) if attended else _start(labels),
        step=pl.lit("meeting_attended" if attended else "meeting_planned"),
        subject=_subject(labels, path),
        duration=labels.cell(*_MINUTES),
    )
    guests = [_guest(people, ours(spec)) for people in made["people"].to_list()]
    starts = dates.iso(_dated(made["started_at"].to_list(), path, spec), spec)
    tidy = made.with_columns(
        pl.Series("attendee", guests, pl.String), pl.Series("started_at", starts, pl.String)
    )
    # blank is for quarantine to tell; an empty list of guests means that all of them are ours
    theirs = pl.col("attendee").is_not_null() | pl.col("people").is_null()
    return Raw(tidy.filter(theirs).select(ROW, *_MADE).lazy(), broken)


def _table(path: Path, spec: SourceSpec) -> report.Report:
    options.known(spec, "ours", "date_order")
    dates.declared_order(spec)
    return report.read(path, spec, _is_attendance, _is_calendar)


def _is_attendance(cells: list[str]) -> bool:
    labels = Labels(cells)
    who = labels.find(*_PERSON["email"], *_PERSON["name"])
    return who is not None and labels.find(*_JOINED) is not None


def _is_calendar(cells: list[str]) -> bool:
    labels = Labels(cells)
    return labels.find(*_GUESTS) is not None and labels.find(*_STARTED) is not None


def _attendee(labels: Labels) -> pl.Expr:
    """The address, else the name: of one meeting some have only that."""
    whole = pl.concat_str(
        labels.cell("first name"), labels.cell("last name"), separator=" ", ignore_nulls=True
    )
    name = labels.cell(*_PERSON["name"])
    return pl.coalesce(labels.cell(*_PERSON["email"]), name, pl.when(whole != "").then(whole))


def _subject(labels: Labels, path: Path) -> pl.Expr:
    """What the export says, else the title in the name that Google Meet gave it."""
    named = _NAMED_BY_MEET.fullmatch(path.stem)
    return pl.coalesce(labels.cell(*_SUBJECT), pl.lit(named and named["title"], pl.String))


def _dated(times: list[str | None], path: Path, spec: SourceSpec) -> list[str | None]:
    """Times of day on the day in the file's name; whatever has a day of its own stays."""
    if spec.time_format or not any(time and _TIME_OF_DAY.fullmatch(time) for time in times):
        return times
    named = _NAMED_BY_MEET.fullmatch(path.stem)
    start = named and dates.written("{day} {hour}:{minute}".format(**named.groupdict()))
    began = start and dates.moment(start, "ymd")
    if not began:
        mend = "keep the name that Google Meet gave it: 2026-12-31 09_00 Demo - Attendance Report"
        raise refusal(spec, "its times have no day, nor has the file's name", mend)
    return [_on_that_day(time, began) for time in times]


def _on_that_day(time: str | None, began: datetime) -> str | None:
    """A time of day long before the meeting began is after midnight."""
    if not time or not _TIME_OF_DAY.fullmatch(time):
        return time
    written = dates.written(f"{began:%Y-%m-%d} {time}")
    at = written and dates.moment(written, "ymd")
    if not at:
        return time
    return (at + timedelta(days=at < began - _HALF_A_DAY)).isoformat()


def _start(labels: Labels) -> pl.Expr:
    """The time of one column, or of Outlook's two."""
    start = labels.cell(*_STARTED)
    if labels.find("start date") is None:
        return start
    return pl.concat_str(start, labels.cell("start time"), separator=" ", ignore_nulls=True)


def _guest(people: str | None, us: frozenset[str]) -> str | None:
    """The first of several people, separated by semicolons, who is not one of us."""
    for person in (people or "").split(";"):
        name = person.strip()
        domain = name.casefold().rpartition("@")[2]
        if name and not us & {name.casefold(), domain, f"@{domain}"}:
            return name
    return None
