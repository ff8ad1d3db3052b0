"""The workbook that sales keeps by hand: leads they talked to, and who recommended us."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.examples.omnichannel.book import Book
from pipelines.examples.omnichannel.calendar import DAY, START
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.people import Person, any_mail, mobile
from pipelines.examples.omnichannel.workbook import Cell, workbook
from pipelines.examples.omnichannel.world import Story, World

_LEADS = ("No", "Tanggal", "Nama", "Perusahaan", "No HP", "Email", "Nama di WA", "Sumber")
_REFERRALS = ("No", "Tanggal", "Pemberi referensi", "No HP", "Perusahaan baru")
_BY_HAND = {"referral": "Referensi", "fair": "Pameran"}


def write(world: World, book: Book) -> None:
    """Both sheets as they stood that night, under a title."""
    leads = [row for story in world.stories for row in _lead(story, world.seed, book)]
    given = [row for story in world.stories for row in _referral(world, story, book)]
    sheets = {
        "Leads": [["Daftar lead Rapibuku"], [], _LEADS, *_ordered(leads)],
        "Referensi": [_REFERRALS, *_ordered(given)],
    }
    book.files["sources/sales.xlsx"] = workbook(sheets)


def _ordered(rows: list[tuple[datetime, list[Cell]]]) -> list[list[Cell]]:
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _lead(story: Story, seed: int, book: Book) -> Iterator[tuple[datetime, list[Cell]]]:
    """A line for who came by recommendation, from the fair, or into a chat."""
    draw, way, person = Draw(seed, "lead", story.company.number), story.funnel, story.contact
    at = way.first_at if way.origin == "fair" else way.asked_at
    if at is None or not START <= at < book.until or story.company.is_legacy:
        return
    if way.origin in _BY_HAND or person.talks:
        number = story.company.number + 1
        book.tell("sales-leads", str(number), person, story.company)
        mail = any_mail(person, draw) if draw.chance(0.7) else None
        came = _BY_HAND.get(way.origin, "Web")
        place = [
            person.name,
            story.company.name,
            _typed(person, draw),
            mail,
            person.chat_name,
            came,
        ]
        yield at, [number, _dated(at, draw), *place]


def _referral(world: World, story: Story, book: Book) -> Iterator[tuple[datetime, list[Cell]]]:
    """A line for the customer who sent a lead to us, drawn among those of that time."""
    draw, way = Draw(world.seed, "referral", story.company.number), story.funnel
    if way.origin != "referral" or story.company.is_legacy or not START < way.first_at < book.until:
        return
    giver = _giver(world, way.first_at, draw)
    if giver:
        at, number = max(way.first_at - DAY, START), story.company.number + 1
        book.tell("referrals", str(number), giver.contact, giver.company)
        person = giver.contact
        yield (
            at,
            [number, _dated(at, draw), person.name, mobile(person.mobile, 0), story.company.name],
        )


def _giver(world: World, at: datetime, draw: Draw) -> Story | None:
    """A customer of that time; None if the lot falls on who was none."""
    story = draw.one(world.stories)
    life = story.life
    there = life is not None and life.begins_at < at < (life.churned_at or at + DAY)
    return story if there else None


def _typed(person: Person, draw: Draw) -> Cell:
    """A number as it is typed into a sheet, which takes away the 0 in front if it can."""
    if draw.chance(0.4):
        return int(mobile(person.mobile, 4))
    return mobile(person.mobile, draw.whole(0, 3))


def _dated(at: datetime, draw: Draw) -> Cell:
    return at.date() if draw.chance(0.7) else f"{at:%d/%m/%Y}"
