"""Meetings and calls as CSV: who attended (Zoom, Teams), or what a calendar held (Outlook).

Rows of our own people, named in `options.ours` by address, domain or name, are no touches.
"""

from pathlib import Path

import polars as pl

from features.sources.formats import dates, options, report
from features.sources.formats.labels import Labels
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
_MADE = ("attendee", "started_at", "step", "subject", "duration")


def columns(spec: SourceSpec) -> dict[str, str]:  # noqa: ARG001 (a Kind takes the spec)
    """One attendance, or one entry of a calendar with its first guest who is not of us."""
    return {
        "customer_id": "attendee",
        "occurred_at": "started_at",
        "channel": "'meeting'",
        "step": "step",
    }


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
        subject=labels.cell(*_SUBJECT),
        duration=labels.cell(*_MINUTES),
    )
    guests = [_guest(people, ours(spec)) for people in made["people"].to_list()]
    starts = dates.iso(made["started_at"].to_list(), spec)
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
    return pl.coalesce(labels.cell(*_PERSON["email"]), labels.cell(*_PERSON["name"]))


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
