"""What a Zendesk ticket, or one audit of it, tells: touches between a customer and support."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

from features.sources.formats.records import Record

_OVER = frozenset({"solved", "closed"})
_SENTIMENTS = {"good": "1", "bad": "-1"}
_BY_CUSTOMERS = frozenset({"ticket_opened", "ticket_replied_customer", "ticket_rated"})
_UNPRINTABLE = re.compile(r"[\0\ud800-\udfff]")


class Touch(NamedTuple):
    """One touch; `key` is unlike that of any other touch, and null if the record has no id."""

    customer_id: str | None
    occurred_at: str | None
    step: str
    sentiment: str | None
    source_key: str | None
    ticket_id: str | None
    status: str | None
    priority: str | None
    via: str | None
    text: str | None = None
    """What the customer wrote."""


def of_ticket(ticket: Record, time_format: str | None) -> Iterator[Touch]:
    """What a ticket tells of itself: it was opened, replied to, solved, rated.

    Where no time of solving or rating is told, it is that of the last change: never too early.
    """
    metrics, rating = _part(ticket, "metric_set"), _part(ticket, "satisfaction_rating")
    opened, changed = _text(ticket, "created_at"), _text(ticket, "updated_at")
    yield _touch(ticket, "ticket_opened", opened, text=_written(ticket, "subject", "description"))
    comments = [one for one in _parts(ticket, "comments") if one.get("public") is not False]
    for comment in comments[1:]:
        step = _replied(_text(comment, "author_id"), _requester(ticket))
        at, text = _text(comment, "created_at"), _written(comment, "body")
        yield _touch(ticket, step, at, suffix=_text(comment, "id"), text=text)
    minutes = _text(_part(metrics, "reply_time_in_minutes"), "calendar")
    replied = later(opened, minutes, time_format)
    if replied and not comments:
        yield _touch(ticket, "ticket_replied_agent", replied)
    if (_text(ticket, "status") or "").lower() in _OVER:
        yield _touch(ticket, "ticket_solved", _text(metrics, "solved_at") or changed)
    if sentiment := _sentiment(_text(rating, "score")):
        rated = _text(rating, "updated_at") or _text(rating, "created_at") or changed
        text = _written(rating, "comment")
        yield _touch(ticket, "ticket_rated", rated, sentiment=sentiment, text=text)


def of_audit(audit: Record, requester: str | None) -> Iterator[Touch]:
    """What one audit tells: what happened to a ticket at one moment; else that it was updated."""
    told = dict(_told(audit, requester)) or {"ticket_updated": None}
    for step, sentiment in told.items():
        key = _text(audit, "id")
        yield Touch(
            customer_id=requester,
            occurred_at=_text(audit, "created_at") or _stamped(audit),
            step=step,
            sentiment=sentiment,
            source_key=f"{key}:{step}" if key else None,
            ticket_id=_text(audit, "ticket_id"),
            status=None,
            priority=None,
            via=_via(audit),
            text=_written_in(audit) if step in _BY_CUSTOMERS else None,
        )


def _written_in(audit: Record) -> str | None:
    """What was written in public."""
    told = (
        _written(one, "body", "comment")
        for one in _changes(audit)
        if one.get("public", one.get("comment_public")) is not False
    )
    return " ".join(filter(None, told)) or None


def requester_in(audit: Record) -> str | None:
    """Who asks, if the audit names them."""
    named = [_field(change, "requester_id") for change in _changes(audit)]
    return next((name for name in reversed(named) if name), None)


def later(moment: str | None, minutes: str | None, time_format: str | None) -> str | None:
    """A time some minutes later, written as it was; null if either cannot be read.

    >>> later("2026-03-01T09:00:00Z", "90", None), later("01/03/2026", "soon", "%d/%m/%Y")
    ('2026-03-01T10:30:00+00:00', None)
    """
    if moment and minutes:
        with suppress(ValueError, OverflowError):
            span = timedelta(minutes=float(minutes))
            if time_format:
                then = datetime.strptime(moment, time_format) + span  # noqa: DTZ007 (as written)
                return then.strftime(time_format)
            return (datetime.fromisoformat(moment) + span).isoformat()
    return None


def _told(audit: Record, requester: str | None) -> Iterator[tuple[str, str | None]]:
    changes = _changes(audit)
    opens = any(_kind(change) == "Create" for change in changes)
    if opens:
        yield "ticket_opened", None
    for change in changes:
        is_public = change.get("public", change.get("comment_public")) is not False
        if _kind(change) == "Comment" and is_public and not opens:
            author = _text(change, "author_id") or _author(audit)
            yield _replied(author, requester), None
        status = _field(change, "status")
        if status == "solved":
            yield "ticket_solved", None
        elif status and _text(change, "previous_value") == "solved" and status not in _OVER:
            yield "ticket_reopened", None
        rating = _kind(change) == "SatisfactionRating"
        score = _text(change, "score") if rating else _field(change, "satisfaction_score")
        if sentiment := _sentiment(score):
            yield "ticket_rated", sentiment


def _touch(
    ticket: Record,
    step: str,
    at: str | None,
    *,
    suffix: str | None = None,
    sentiment: str | None = None,
    text: str | None = None,
) -> Touch:
    key = _text(ticket, "id")
    return Touch(
        customer_id=_requester(ticket),
        occurred_at=at,
        step=step,
        sentiment=sentiment,
        source_key=":".join(filter(None, (key, step, suffix))) if key else None,
        ticket_id=key,
        status=_text(ticket, "status"),
        priority=_text(ticket, "priority"),
        via=_via(ticket),
        text=text if step in _BY_CUSTOMERS else None,
    )


def _replied(author: str | None, requester: str | None) -> str:
    if author is None or requester is None:
        return "ticket_replied"
    return "ticket_replied_customer" if author == requester else "ticket_replied_agent"


def _requester(ticket: Record) -> str | None:
    return _text(ticket, "requester_id") or _text(_part(ticket, "requester"), "id")


def _author(audit: Record) -> str | None:
    return _text(audit, "updater_id") or _text(audit, "author_id")


def _changes(audit: Record) -> list[Record]:
    return _parts(audit, "child_events") or _parts(audit, "events")


def _kind(change: Record) -> str | None:
    return _text(change, "event_type") or _text(change, "type")


def _field(change: Record, name: str) -> str | None:
    """The new value of a field, in either of the two ways in which Zendesk tells it."""
    return _text(change, "value" if change.get("field_name") == name else name)


def _via(record: Record) -> str | None:
    return _text(record, "via") or _text(_part(record, "via"), "channel")


def _stamped(audit: Record) -> str | None:
    with suppress(ValueError, OverflowError, OSError):
        seconds = float(_text(audit, "timestamp") or "nan")
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    return None


def _sentiment(score: str | None) -> str | None:
    return _SENTIMENTS.get((score or "").lower().split("_")[0])


def _text(record: Record, name: str) -> str | None:
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _written(record: Record, *names: str) -> str | None:
    """The texts of some fields, without what no table can hold."""
    told = " ".join(filter(None, (_text(record, name) for name in names)))
    return _UNPRINTABLE.sub("", told) or None


def _part(record: Record, name: str) -> Record:
    value = record.get(name)
    return cast("Record", value) if isinstance(value, dict) else {}


def _parts(record: Record, name: str) -> list[Record]:
    value: Any = record.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
