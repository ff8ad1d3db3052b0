"""Zendesk's tickets and their audits: JSON as its exports and its API write it, CSV of tickets.

Tickets tell of opening, first reply, solving and rating. Only audits (the API's ticket events)
tell of every reply and of reopening.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from features.sources.formats import options, support, typed
from features.sources.formats.labels import Labels, chosen, refusal
from features.sources.formats.records import Record, looks_like_json, records
from features.sources.formats.support import Touch
from features.sources.kinds import csv
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_MADE = ("customer_id", "occurred_at", "step", "sentiment", "source_key")
_LISTS = {"tickets": ("tickets",), "events": ("ticket_events", "audits")}
_FIRST_RECORDS = 1_000
_LABELS = {
    "id": ("Id", "Ticket ID"),
    "requester_id": ("Requester id", "Requester external id", "Requester email", "Requester"),
    "created_at": ("Created at", "Created", "Requested"),
    "updated_at": ("Updated at", "Updated"),
    "status": ("Status", "Ticket status"),
    "priority": ("Priority",),
    "via": ("Via", "Channel"),
}
_SOLVED = ("Solved at", "Solved")
_REPLIED = ("First reply time in minutes", "First reply time (in minutes)")
_RATED = ("Satisfaction Score", "Satisfaction")


def columns(spec: SourceSpec) -> dict[str, str]:
    """The contract's columns, which are made under their own names."""
    chosen(spec, object=("tickets", "events"))
    events = {**{name: name for name in _MADE}, "channel": "'ticket'"}
    return options.mapped(spec, {"events": events})


def schema(path: Path, spec: SourceSpec) -> pl.Schema:
    """What is made of every record; all of it is text."""
    if not looks_like_json(path, spec):
        _csv_labels(path, spec)
    return pl.Schema(dict.fromkeys(Touch._fields, pl.String))


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """What the first records tell."""
    return _read(path, spec, _FIRST_RECORDS).rows.drop(ROW).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All touches; every record of the file tells of one or is broken."""
    return _read(path, spec, None)


def _read(path: Path, spec: SourceSpec, most: int | None) -> Raw:
    numbers: list[int] = []
    rows: list[Touch] = []
    broken: list[int] = []
    for number, touches in islice(_told(path, spec), most):
        if not touches or not all(map(typed.printable, touches)):
            broken.append(number)
            continue
        numbers += [number] * len(touches)
        rows += touches
    return Raw(typed.frame(list(Touch._fields), numbers, rows).lazy(), tuple(broken))


def _told(path: Path, spec: SourceSpec) -> Iterator[tuple[int, list[Touch]]]:
    """Each record's number and its touches, none where it is broken."""
    kind = chosen(spec, object=("tickets", "events"))["object"]
    if not looks_like_json(path, spec):
        for number, ticket in _csv_tickets(path, spec):
            yield number, list(support.of_ticket(ticket, spec.time_format)) if ticket else []
        return
    found = enumerate(records(path, *_LISTS[kind]), start=1)
    if kind == "tickets":
        for number, ticket in found:
            yield number, list(support.of_ticket(ticket, spec.time_format)) if ticket else []
        return
    asks = _requesters(path)
    for number, audit in found:
        who = asks.get(str(audit.get("ticket_id"))) if audit else None
        yield number, list(support.of_audit(audit, who)) if audit else []


def _requesters(path: Path) -> dict[str, str]:
    """Who asks in each ticket: the last one whom an audit names."""
    named: dict[str, tuple[str, str]] = {}
    for audit in records(path, *_LISTS["events"]):
        if audit and (who := support.requester_in(audit)):
            ticket = str(audit.get("ticket_id"))
            told = (str(audit.get("created_at")), who)
            named[ticket] = max(told, named.get(ticket, told))
    return {ticket: who for ticket, (_, who) in named.items()}


def _csv_labels(path: Path, spec: SourceSpec) -> Labels:
    if chosen(spec, object=("tickets", "events"))["object"] == "events":
        raise refusal(spec, "ticket events are read from JSON", "export them with the API")
    labels = Labels(csv.schema(path, spec))
    for name in ("requester_id", "created_at"):
        if labels.find(*_LABELS[name]) is None:
            mend = "add it to the view or to the export"
            raise refusal(spec, f"the export has no column {_LABELS[name][0]!r}", mend)
    return labels


def _csv_tickets(path: Path, spec: SourceSpec) -> Iterator[tuple[int, Record | None]]:
    """The rows of a CSV file in the shape of the API's tickets; None where one is broken."""
    labels = _csv_labels(path, spec)
    raw = csv.read(path, spec)
    cells = {name: labels.cell(*known) for name, known in _LABELS.items()}
    more = {"solved": _SOLVED, "minutes": _REPLIED, "score": _RATED}
    cells |= {name: labels.cell(*known) for name, known in more.items()}
    for row in raw.rows.select(ROW, **cells).collect().iter_rows(named=True):
        metrics = {
            "solved_at": row["solved"],
            "reply_time_in_minutes": {"calendar": row["minutes"]},
        }
        rating = {"score": row["score"]}
        yield row[ROW], {**row, "metric_set": metrics, "satisfaction_rating": rating}
    yield from ((number, None) for number in raw.broken)
