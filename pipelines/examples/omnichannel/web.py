"""The web site: visits as Google Analytics exports them, and the forms that visitors fill in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.examples.omnichannel.book import Book
from pipelines.examples.omnichannel.calendar import DAY, START
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.people import (
    FAIR_TABLET,
    JUNK_PHONE,
    Person,
    any_mail,
    any_mobile,
)
from pipelines.examples.omnichannel.world import Story, World

_CAME_FROM = {
    "paid_search": ("google", "cpc"),
    "paid_social": ("facebook", "paid_social"),
    "organic_search": ("google", "organic"),
    "referral": ("asosiasi-logistik.example", "referral"),
    "fair": ("(direct)", "(none)"),
}
_PAGES = ("/", "/harga", "/fitur/e-faktur", "/fitur/armada", "/blog/tutup-buku", "/demo")
_FORMS = ("Submission ID", "Submitted At", "Form", "Full Name", "Email", "Phone", "Company")
_TYPING_ERROR = 0.006


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form that somebody filled in."""

    key: str
    sent_at: datetime
    name: str
    person: Person
    company: Company
    mail: str
    phone: str
    device: str


def write(world: World, book: Book) -> None:
    """The visits and the forms."""
    sent = [form for story in world.stories for form in forms(story, world.seed)]
    rows = [(form.sent_at, _form_row(form)) for form in sent if START <= form.sent_at < book.until]
    book.monthly_tables("sources/forms", (*_FORMS, "GA Client ID"), rows)
    for form in sent:
        book.tell("forms", form.key, form.person, form.company)
    events = [pair for story in world.stories for pair in _visits(story, world.seed)]
    book.monthly_lines("sources/ga4", [pair for pair in events if pair[0] < book.until])
    for story in world.stories:
        device = story.contact.device
        if any(form.device == device for form in forms(story, world.seed)):
            book.tell("website", device, story.contact, story.company)
        else:
            book.identity["website", device] = (f"visitor {device}", "")


def forms(story: Story, seed: int) -> Iterator[Form]:
    """Whitepaper, demo and fair by who asks; the webinar by everybody in a big firm."""
    draw, way = Draw(seed, "forms", story.company.number), story.funnel
    if way.whitepaper_at:
        yield _form(story, "Whitepaper", way.whitepaper_at, draw, mail=lead_mail(story, seed))
    if way.asked_at and way.asked_at >= START and way.origin != "fair":
        yield _form(story, "Demo", way.asked_at, draw)
    if way.origin == "fair" and not story.company.is_legacy:
        yield _form(story, "Fair", way.first_at, draw, device=FAIR_TABLET)
    if story.company.is_crowd:
        yield from _webinar(story, draw)


def lead_mail(story: Story, seed: int) -> str:
    """The address under which a lead first makes itself known."""
    return any_mail(story.contact, Draw(seed, "lead mail", story.company.number))


def _form(
    story: Story,
    name: str,
    sent_at: datetime,
    draw: Draw,
    *,
    mail: str = "",
    device: str | None = None,
) -> Form:
    person = story.contact
    mail = mail or any_mail(person, draw)
    phone = JUNK_PHONE if draw.chance(0.08) else any_mobile(person, draw)
    if draw.chance(_TYPING_ERROR):
        mail, phone, device = mail.replace(mail[:2], mail[1::-1], 1), "", ""
    return Form(
        key=f"FS-{story.company.number:04d}-{name}",
        sent_at=sent_at,
        name=name,
        person=person,
        company=story.company,
        mail=mail,
        phone=phone,
        device=person.device if device is None else device,
    )


def _webinar(story: Story, draw: Draw) -> Iterator[Form]:
    """All of a big firm sign up with `info@` and their own number."""
    first = (story.funnel.whitepaper_at or START + story.company.number * DAY) + 2 * DAY
    for at, person in enumerate(story.company.people):
        yield Form(
            key=f"FS-{story.company.number:04d}-Webinar{at}",
            sent_at=draw.at_work(first + at * DAY),
            name="Webinar",
            person=person,
            company=story.company,
            mail=story.company.shared_mail,
            phone=any_mobile(person, draw),
            device="",
        )


def _form_row(form: Form) -> tuple[str, ...]:
    sent_at = form.sent_at.isoformat()
    name, company = form.person.name, form.company.name
    return (form.key, sent_at, form.name, name, form.mail, form.phone, company, form.device)


def _visits(story: Story, seed: int) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Every event of every visit to the site by the one who asks."""
    draw = Draw(seed, "visits", story.company.number)
    for number, starts_at in enumerate(story.funnel.visits, start=1):
        came_from = _CAME_FROM[story.funnel.origin] if number == 1 else ("(direct)", "(none)")
        pages = [draw.one(_PAGES) for _ in range(draw.whole(1, 3))]
        for place, page in enumerate(["/", *pages]):
            moment = (starts_at + timedelta(seconds=41 * place)).replace(microsecond=0)
            name = "page_view" if place else "session_start"
            source = came_from if place < 2 else (None, None)  # noqa: PLR2004 (the first view)
            yield moment, _event(story, moment, name, page, number, source)


def _event(
    story: Story,
    moment: datetime,
    name: str,
    page: str,
    session: int,
    came_from: tuple[str | None, str | None],
) -> dict[str, Any]:
    """As BigQuery writes it in JSON: whole numbers are text."""
    source, medium = _CAME_FROM[story.funnel.origin]
    return {
        "event_date": f"{moment:%Y%m%d}",
        "event_timestamp": str(int(moment.timestamp()) * 1_000_000),
        "event_name": name,
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": str(session)}},
            {"key": "page_location", "value": {"string_value": f"https://rapibuku.example{page}"}},
        ],
        "user_id": None,
        "user_pseudo_id": story.contact.device,
        "platform": "WEB",
        "device": {"category": "desktop", "language": "id-id"},
        "geo": {"country": "Indonesia", "city": story.company.city},
        "collected_traffic_source": {"manual_source": came_from[0], "manual_medium": came_from[1]},
        "traffic_source": {"source": source, "medium": medium},
    }
