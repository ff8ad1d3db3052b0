"""HubSpot's exports of contacts and deals."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.calendar import DAY, SECOND_NIGHT, known, minutes
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.money import IDR_PER_USD, billed, monthly_fee
from pipelines.examples.omnichannel.people import Person, any_mobile, private_mail
from pipelines.examples.omnichannel.stages import LABELS, PIPELINES, entries
from pipelines.examples.omnichannel.world import Story, World

_CONTACTS = (
    "Record ID",
    "First Name",
    "Last Name",
    "Email",
    "Additional email addresses",
    "Phone Number",
    "Mobile Phone Number",
    "Company Name",
    "Job Title",
    "Industry",
    "Number of Employees",
    "City",
    "Create Date",
    "Became a Lead Date",
    "Became a Customer Date",
    "Last Modified Date",
    "Primary Associated Company ID",
)
_DEALS = (
    "Record ID",
    "Deal Name",
    "Pipeline",
    "Amount",
    "Currency",
    "Amount in company currency",
    "Create Date",
    "Associated Company IDs",
)
_FORGOTTEN, _HAS_PHONE = 0.03, 0.92
_RECOUNTED_AT = SECOND_NIGHT - 0.5 * DAY
"""When somebody put the number of employees of some firms right."""


def write(world: World, book: Book) -> None:
    """Contacts and deals as they stood that night."""
    stories = [story for story in world.stories if story.in_crm(book.until)]
    contacts = [row for story in stories for row in _contacts(story, world.seed, book)]
    book.table("sources/hubspot/contacts.csv", _CONTACTS, contacts)
    entered = [f'Date entered "{label} ({PIPELINES[label]})"' for label in LABELS]
    deals = [row for story in stories for row in _deals(story, world.seed, book)]
    book.table("sources/hubspot/deals.csv", (*_DEALS, *entered), deals)


def is_recounted(story: Story) -> bool:
    """Whether the second night's export corrects the number of employees."""
    return story.company.number % 31 == 5 and story.in_crm(_RECOUNTED_AT)  # noqa: PLR2004 (some)


def employees(story: Story, until: datetime) -> int:
    """As the CRM had them."""
    recounted = is_recounted(story) and until > _RECOUNTED_AT
    return story.company.employees * 2 if recounted else story.company.employees


def _contacts(story: Story, seed: int, book: Book) -> Iterator[Row]:
    """The one who asks is there first, the others follow; some are there twice."""
    draw = Draw(seed, "contacts", story.company.number)
    began = story.funnel.known_at
    assert began is not None  # noqa: S101 (the story is in the CRM)
    for person in story.company.people:
        since = (
            began if person is story.contact else draw.at_work(began + draw.between(1, 60) * DAY)
        )
        phone = (
            any_mobile(person, draw) if draw.chance(_HAS_PHONE) or story.company.is_crowd else ""
        )
        also = private_mail(person.private, draw) if person.private else ""
        later = draw.at_work(since + draw.between(20, 300) * DAY)
        mails = (person.mail, "" if person.twin_id or draw.chance(_FORGOTTEN) else also)
        if since < book.until:
            yield _contact(story, person, person.contact_id, (*mails, phone), since, book)
        if person.twin_id and later < book.until:
            reached = (also, "", any_mobile(person, draw))
            yield _contact(story, person, person.twin_id, reached, later, book)


def _contact(
    story: Story,
    person: Person,
    key: str,
    reached: tuple[str, str, str],
    since: datetime,
    book: Book,
) -> Row:
    """A contact; `reached` are its two addresses and its mobile number."""
    company = story.company
    for source in ("contacts", "contact-details"):
        book.tell(source, key, person, company)
    won_at = known(story.funnel.won_at, book.until)
    changes = [since, *([won_at] if won_at else [])]
    if is_recounted(story) and book.until > _RECOUNTED_AT:
        changes.append(_RECOUNTED_AT)
    first, _, last = person.name.partition(" ")
    return (
        key,
        first,
        last,
        *reached[:2],
        company.office_phone if company.is_crowd else "",
        reached[2],
        company.name,
        person.role,
        company.branch,
        employees(story, book.until),
        company.city,
        minutes(since),
        minutes(since),
        minutes(max(since, won_at)) if won_at else "",
        minutes(max(changes)),
        company.crm_id,
    )


def _deals(story: Story, seed: int, book: Book) -> Iterator[Row]:
    """The sale, and once it is won what becomes of it, with the last entry into each stage."""
    told = [entry for entry in entries(story, seed) if entry.entered_at < book.until]
    company = story.company
    for deal, created_at in {entry.deal: entry.deal_since for entry in told}.items():
        dates = {one.label: minutes(one.entered_at) for one in told if one.deal == deal}
        pipeline = PIPELINES[next(iter(dates))]
        fee, bill = monthly_fee(company) * 12, billed(company) * 12
        amount = fee if company.currency == "IDR" else bill // 100
        in_rupiah = fee if company.currency == "IDR" else amount * IDR_PER_USD
        for source in ("deals", "deal-stages"):
            book.tell(source, deal, None, company)
        yield (
            deal,
            f"{company.name} - {pipeline}",
            pipeline,
            amount,
            company.currency,
            in_rupiah,
            minutes(created_at),
            company.crm_id,
            *(dates.get(label, "") for label in LABELS),
        )
