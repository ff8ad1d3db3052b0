"""Answers of customers: how likely they recommend us, and how a ticket was handled."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.calendar import DAY, START
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.life import Life
from pipelines.examples.omnichannel.people import Person, any_mail
from pipelines.examples.omnichannel.world import World

_NPS_WEEKS = 26
_PLEASED = ("Laporannya rapi", "Sangat membantu tim kami", "Good value", "")
_ANNOYED = ("Support lama membalas", "Terlalu sering error", "We expected faster answers", "")
_WARY = 0.006


def write(world: World, book: Book) -> None:
    """Both surveys over all days, each in its own file."""
    nps = [row for life in world.customers for row in _nps(life, world.seed, book)]
    csat = [row for life in world.customers for row in _csat(life, world.seed, book)]
    header = ("Response ID", "Submitted At", "Email")
    for name, label, rows in (("nps", "NPS", nps), ("csat", "CSAT", csat)):
        ordered = [row for _, row in sorted(rows, key=lambda pair: pair[0])]
        book.table(f"sources/{name}.csv", (*header, label, "Comment"), ordered)


def _nps(life: Life, seed: int, book: Book) -> Iterator[tuple[datetime, Row]]:
    """Every half year, if the customer cares to answer."""
    draw = Draw(seed, "nps", life.company.number)
    for number, week in enumerate(life.weeks[_NPS_WEEKS // 2 :: _NPS_WEEKS]):
        if not draw.chance(0.4):
            continue
        person = draw.one(life.company.people[:2])
        is_wary = week.probability > _WARY
        score = draw.whole(1, 7) if is_wary else draw.whole(6, 10)
        comment = draw.one(_ANNOYED if is_wary else _PLEASED)
        at = draw.at_work(week.starts_at + draw.between(0, 3) * DAY)
        key = f"NPS-{life.company.number:04d}-{number}"
        yield from _answer(life, "nps", key, at, person, (score, comment), draw, book)


def _csat(life: Life, seed: int, book: Book) -> Iterator[tuple[datetime, Row]]:
    """After one ticket in four."""
    draw = Draw(seed, "csat", life.company.number)
    for number, ticket in enumerate(life.tickets):
        if not draw.chance(0.25):
            continue
        person = life.company.people[ticket.person_at]
        score = draw.whole(1, 3) if ticket.is_slow else draw.whole(3, 5)
        comment = draw.one(_ANNOYED if ticket.is_slow else _PLEASED)
        at = draw.at_work(ticket.solved_at + DAY)
        key = f"CSAT-{life.company.number:04d}-{number:03d}"
        yield from _answer(life, "csat", key, at, person, (score, comment), draw, book)


def _answer(  # noqa: PLR0913, PLR0917 (an answer has many sides)
    life: Life,
    source: str,
    key: str,
    at: datetime,
    person: Person,
    said: tuple[int, str],
    draw: Draw,
    book: Book,
) -> Iterator[tuple[datetime, Row]]:
    mail = any_mail(person, draw, private=0.15)
    if START <= at < min(book.until, life.churned_at or book.until):
        book.tell(source, key, person, life.company)
        yield at, (key, f"{at:%d/%m/%Y %H:%M}", mail, *said)
