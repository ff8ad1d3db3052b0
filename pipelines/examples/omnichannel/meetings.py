"""Zoom's report of meetings with their participants: demos and success calls."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.calendar import START
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.people import Person, any_mail
from pipelines.examples.omnichannel.world import Story, World

_HEADER = (
    "Meeting ID",
    "Topic",
    "Name (Original Name)",
    "User Email",
    "Join Time",
    "Leave Time",
    "Duration (Minutes)",
    "Guest",
)
_HOST = "Tim Rapibuku"
_NAMELESS = 0.015


def write(world: World, book: Book) -> None:
    """Who attended what, a file a month."""
    rows = [row for story in world.stories for row in _meetings(story, world.seed, book)]
    book.monthly_tables("sources/zoom", _HEADER, rows)


def _meetings(story: Story, seed: int, book: Book) -> Iterator[tuple[datetime, Row]]:
    draw, way, life = Draw(seed, "meetings", story.company.number), story.funnel, story.life
    held: list[tuple[str, datetime, int, list[Person]]] = []
    if way.demo_at:
        guests = list(dict.fromkeys([story.contact, *story.company.people[:2]]))
        held.append(("Demo Rapibuku", way.demo_at, draw.whole(25, 60), guests))
    for call in life.calls if life else ():
        guest = story.company.people[call.person_at]
        held.append(("Success call", call.starts_at, call.minutes, [guest]))
    for number, (topic, at, minutes, guests) in enumerate(held):
        key = f"8{story.company.number:04d}{number:03d}"
        people = [(_HOST, "tim@rapibuku.example", "No", None)]
        people += [(guest.name, _mail(guest, draw), "Yes", guest) for guest in guests]
        for name, mail, is_guest, person in people:
            joined = at + timedelta(seconds=draw.whole(0, 240))
            left = joined + timedelta(minutes=minutes)
            if not START <= at < left < book.until:
                continue
            if person and mail:
                book.tell("meetings", f"{mail} {joined:%Y-%m-%dT%H}", person, story.company)
            title = f"{topic} - {story.company.name}"
            yield joined, (key, title, name, mail, _us(joined), _us(left), minutes, is_guest)


def _mail(guest: Person, draw: Draw) -> str:
    """The address that the guest gave; who joins by phone gives none."""
    return "" if draw.chance(_NAMELESS) else any_mail(guest, draw, private=0.1)


def _us(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y %I:%M:%S %p}"
