"""Zendesk's exports: tickets with their comments, and the people who asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pipelines.examples.omnichannel.book import Book, as_json
from pipelines.examples.omnichannel.calendar import START, known
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.life import Life
from pipelines.examples.omnichannel.people import Person, any_mail, any_mobile
from pipelines.examples.omnichannel.service import Ticket
from pipelines.examples.omnichannel.world import World

_AGENT = 380_000_001


def write(world: World, book: Book) -> None:
    """Tickets as they stood that night, and everybody who had opened one."""
    told = [one for life in world.customers for one in _tickets(life, book)]
    page = {"tickets": told, "count": len(told), "next_page": None}
    book.files["sources/zendesk/tickets.json"] = f"{as_json(page)}\n".encode()
    users = [one for life in world.customers for one in _users(life, world.seed, book)]
    book.lines("sources/zendesk/users.jsonl", users)


def _open_by(life: Life, until: datetime) -> list[tuple[int, Ticket]]:
    """The tickets that were there, each with its number."""
    numbered = enumerate(life.tickets, start=life.company.number * 1_000)
    return [(key, one) for key, one in numbered if START <= one.opened_at < until]


def _tickets(life: Life, book: Book) -> Iterator[dict[str, Any]]:
    for key, ticket in _open_by(life, book.until):
        person = life.company.people[ticket.person_at]
        book.tell("tickets", str(key), person, life.company)
        yield _ticket(key, ticket, int(person.requester_id), book.until)


def _ticket(key: int, ticket: Ticket, requester: int, until: datetime) -> dict[str, Any]:
    replied_at, solved_at = known(ticket.replied_at, until), known(ticket.solved_at, until)
    comments = list(_comments(key, ticket, requester, until))
    rating = ticket.rating if solved_at else None
    return {
        "id": key,
        "requester_id": requester,
        "subject": ticket.subject,
        "status": "solved" if solved_at else "open",
        "priority": "high" if ticket.is_slow else "normal",
        "via": {"channel": "email"},
        "created_at": _utc(ticket.opened_at),
        "updated_at": comments[-1]["created_at"] if solved_at is None else _utc(solved_at),
        "satisfaction_rating": {"score": rating or "unoffered"},
        "metric_set": {
            "solved_at": _utc(solved_at) if solved_at else None,
            "reply_time_in_minutes": {"calendar": ticket.reply_minutes if replied_at else None},
        },
        "comments": comments,
    }


def _comments(
    key: int, ticket: Ticket, requester: int, until: datetime
) -> Iterator[dict[str, Any]]:
    halfway = ticket.replied_at + (ticket.solved_at - ticket.replied_at) / 2
    written = [(ticket.opened_at, requester), (ticket.replied_at, _AGENT)]
    if ticket.is_answered:
        written += [(halfway.replace(microsecond=0), requester), (ticket.solved_at, _AGENT)]
    for number, (moment, author) in enumerate(written):
        if moment < until:
            yield {
                "id": key * 10 + number,
                "author_id": author,
                "public": True,
                "created_at": _utc(moment),
            }


def _users(life: Life, seed: int, book: Book) -> Iterator[dict[str, Any]]:
    """The people of a customer who had asked something."""
    for at, person in enumerate(life.company.people):
        asked = [one.opened_at for _, one in _open_by(life, book.until) if one.person_at == at]
        if asked:
            book.tell("support-users", person.requester_id, person, life.company)
            yield _user(person, asked[0], Draw(seed, "user", person.key))


def _user(person: Person, since: datetime, draw: Draw) -> dict[str, Any]:
    return {
        "id": int(person.requester_id),
        "name": person.name,
        "email": any_mail(person, draw, private=0.15),
        "phone": any_mobile(person, draw) if draw.chance(0.5) else None,
        "role": "end-user",
        "created_at": _utc(since),
        "updated_at": _utc(since),
    }


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
