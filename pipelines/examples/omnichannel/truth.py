"""What is true of the made-up world, for those who check what was made of its files."""

from collections.abc import Iterator
from dataclasses import astuple, fields

from pipelines.examples.omnichannel.billing import CREDITED_AT, amount, is_credited
from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.calendar import FIRST_NIGHT, SECOND_NIGHT, minutes, plain
from pipelines.examples.omnichannel.crm import employees, is_recounted
from pipelines.examples.omnichannel.life import COEFFICIENTS, Drivers, Life
from pipelines.examples.omnichannel.stages import LABELS, entries
from pipelines.examples.omnichannel.world import World

_DRIVERS = [one.name for one in fields(Drivers)]


def write(world: World, book: Book) -> None:
    """One file a question, outside the folder of the sources."""
    who = ((*row, *owner) for row, owner in sorted(book.identity.items()))
    book.table("truth/identity.csv", ("source", "row", "person", "company"), who)
    book.table(
        "truth/companies.csv",
        ("company", "account", "began_at", "churned_at", "noted_at", "voluntary"),
        map(_company, world.customers),
    )
    stages = (row for row in _stages(world) if row[3] < minutes(book.until))
    book.table("truth/stages.csv", ("company", "row", "stage", "entered_at"), stages)
    weeks = (row for life in world.customers for row in _weeks(life))
    book.table("truth/drivers.csv", ("company", "week_from", *_DRIVERS, "probability"), weeks)
    book.table("truth/coefficients.csv", ("driver", "log_odds_a_week"), COEFFICIENTS.items())
    corrected = ("source", "row", "column", "before", "after", "known_at")
    book.table("truth/corrections.csv", corrected, _corrections(world))


def _company(life: Life) -> Row:
    left = life.churned_at
    voluntary = "" if left is None else "yes" if life.is_voluntary else "no"
    return (
        life.company.key,
        life.company.crm_id,
        *map(plain, (life.begins_at, left, life.noted_at)),
        voluntary,
    )


def _stages(world: World) -> Iterator[tuple[str, str, str, str]]:
    for story in world.stories:
        for one in entries(story, world.seed):
            key = story.company.key
            yield key, one.deal, LABELS[one.label], minutes(one.entered_at)


def _weeks(life: Life) -> Iterator[Row]:
    for week in life.weeks:
        drivers = astuple(week.drivers)
        yield life.company.key, plain(week.starts_at), *drivers, f"{week.probability:.6f}"


def _corrections(world: World) -> Iterator[Row]:
    """What the second night's files say otherwise than the first night's."""
    for life in world.customers:
        for bill in filter(is_credited, life.invoices):
            told = [amount(bill, night) for night in (FIRST_NIGHT, SECOND_NIGHT)]
            yield "payments", bill.number, "amount", *told, plain(CREDITED_AT)
    for story in filter(is_recounted, world.stories):
        told = [employees(story, night) for night in (FIRST_NIGHT, SECOND_NIGHT)]
        yield "contact-details", story.contact.contact_id, "Number of Employees", *told, ""
