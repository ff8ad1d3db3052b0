"""Newsletters: what became of them as SendGrid tells it, and who wants no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.examples.omnichannel.book import Book
from pipelines.examples.omnichannel.calendar import DAY, SECOND_NIGHT, START
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.people import Person, any_mail
from pipelines.examples.omnichannel.web import lead_mail
from pipelines.examples.omnichannel.world import Story, World

_NURTURES = 6
_SHARES = {"bounce": 0.008, "open": 0.42, "click": 0.2, "unsubscribe": 0.006}


@dataclass(frozen=True, kw_only=True)
class Mailed:
    """One thing that became of one newsletter."""

    at: datetime
    address: str
    event: str
    campaign: str
    key: str
    person: Person
    company: Company


def write(world: World, book: Book) -> None:
    """The platform's events, a file a month, and its list of those who unsubscribed."""
    told = [
        one for story in world.stories for one in _mails(story, world.seed) if one.at < book.until
    ]
    for one in told:
        book.tell("emails", one.key.partition(":")[0], one.person, one.company)
    book.monthly_lines("sources/sendgrid", [(one.at, _event(one)) for one in told])
    left = sorted((one for one in told if one.event == "unsubscribe"), key=lambda one: one.at)
    for one in left:
        book.tell("unsubscribes", one.address, one.person, one.company)
    first = {one.address: int(one.at.timestamp()) for one in reversed(left)}
    book.table("sources/unsubscribes.csv", ("email", "created"), reversed(first.items()))


def _event(one: Mailed) -> dict[str, str | int]:
    return {
        "email": one.address,
        "timestamp": int(one.at.timestamp()),
        "event": one.event,
        "sg_event_id": one.key,
        "marketing_campaign_name": one.campaign,
    }


def _mails(story: Story, seed: int) -> Iterator[Mailed]:
    """To a lead every other week, to a customer's first two people every month."""
    draw, way, life = Draw(seed, "mails", story.company.number), story.funnel, story.life
    since = way.whitepaper_at or way.asked_at
    if since and not story.company.is_legacy:
        days = [since + (3 + 14 * number) * DAY for number in range(_NURTURES)]
        yield from _to(story, story.contact, lead_mail(story, seed), days, "Belajar", draw)
    if life:
        end = life.noted_at or SECOND_NIGHT
        months = range(int((end - life.begins_at) / DAY) // 30)
        days = [life.begins_at + (20 + 30 * number) * DAY for number in months]
        for person in story.company.people[:2]:
            yield from _to(story, person, any_mail(person, draw), days, "Kabar", draw)


def _to(
    story: Story, person: Person, address: str, days: list[datetime], campaign: str, draw: Draw
) -> Iterator[Mailed]:
    """What becomes of each newsletter, until the reader wants no more."""
    for number, day in enumerate(days):
        at = draw.at_work(day).replace(hour=9, minute=30, second=number % 60)
        happened = ["bounce"] if draw.chance(_SHARES["bounce"]) else ["delivered"]
        if happened == ["delivered"] and draw.chance(_SHARES["open"]):
            happened.append("open")
            happened += [name for name in ("click", "unsubscribe") if draw.chance(_SHARES[name])]
        for place, event in enumerate(happened):
            at += timedelta(seconds=draw.whole(2, 60) if place == 0 else draw.whole(300, 60_000))
            if at >= START:
                yield Mailed(
                    at=at,
                    address=address,
                    event=event,
                    campaign=f"{campaign} {number + 1}",
                    key=f"{person.key}-{campaign[0]}:{number}-{event}",
                    person=person,
                    company=story.company,
                )
        if "unsubscribe" in happened:
            return
