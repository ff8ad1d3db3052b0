"""The logistics firms that Rapibuku sells to, and their people."""

from dataclasses import dataclass

from pipelines.examples.omnichannel import names
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.people import Person

COMPANIES = 900
_OLD, _OF = 4, 15
"""So many of so many were customers before the files begin."""
_STEP = 367
_SIZES = {"small": 0.55, "middle": 0.33, "large": 0.12}
_EMPLOYEES = {"small": (4, 39), "middle": (40, 249), "large": (250, 1800)}
_CROWD = 5
_SHARING = 300
"""In one firm of so many two people share one mobile phone."""


@dataclass(frozen=True, kw_only=True)
class Company:
    """A firm: what it is, and who works there."""

    number: int
    key: str
    """Names the company in the truth."""
    name: str
    domain: str | None
    """None for a firm of one person who writes from a private address."""
    crm_id: str
    """Of the company in HubSpot, once sales knows it."""
    branch: str
    city: str
    employees: int
    currency: str
    is_legacy: bool
    """Whether it was a customer before the files begin."""
    people: tuple[Person, ...]

    @property
    def is_crowd(self) -> bool:
        """Whether so many share the office's phone and `info@` that these are hubs."""
        return len(self.people) >= _CROWD

    @property
    def office_phone(self) -> str:
        """The number on the letterhead."""
        return f"(021) 5550-{self.number:04d}"

    @property
    def shared_mail(self) -> str:
        """The mailbox that everybody there writes down."""
        return f"info@{self.domain}"

    @property
    def billing_mail(self) -> str:
        """Where invoices go: a desk, not a person."""
        return f"finance@{self.domain}" if self.domain else self.people[0].mail

    @property
    def billing_person(self) -> str:
        """Who that desk is in the truth."""
        return f"{self.key}-finance" if self.domain else self.people[0].key


def companies(seed: int, number: int = COMPANIES) -> list[Company]:
    """All firms, whether they ever buy or not; of fewer, the first ones."""
    return [_company(seed, at) for at in range(number)]


def _company(seed: int, number: int) -> Company:
    draw = Draw(seed, "company", number)
    words = (number * _STEP) % (len(names.FIRST_WORDS) * len(names.SECOND_WORDS))
    first = names.FIRST_WORDS[words // len(names.SECOND_WORDS)]
    second = names.SECOND_WORDS[words % len(names.SECOND_WORDS)]
    branch = draw.one(list(names.BRANCHES))
    is_legacy = number % _OF < _OLD
    size = draw.weighted(_SIZES)
    is_alone = not is_legacy and size == "small" and draw.chance(0.12)
    domain = None if is_alone else f"{first}{second}{names.BRANCHES[branch]}.example".lower()
    people = (
        1 if is_alone else min(2 + draw.count({"small": 0.6, "middle": 1.6, "large": 3.5}[size]), 8)
    )
    return Company(
        number=number,
        key=f"F{number:04d}",
        name=f"{first} {second}" if is_alone else f"PT {first} {second} {names.BRANCHES[branch]}",
        domain=domain,
        crm_id=f"90{number * 7 + 41_000:08d}",
        branch=branch,
        city=draw.one(names.CITIES),
        employees=draw.whole(*_EMPLOYEES[size]),
        currency="USD" if size == "large" and draw.chance(0.4) else "IDR",
        is_legacy=is_legacy,
        people=tuple(_person(seed, number, at, domain) for at in range(people)),
    )


def _person(seed: int, company: int, at: int, domain: str | None) -> Person:
    draw = Draw(seed, "person", company, at)
    given, family = draw.one(names.GIVEN), draw.one(names.FAMILY)
    number = company * 10 + at
    shares = int(at == 1 and company % _SHARING == _SHARING - 1)
    private = f"{given}{family}contoh{number}@gmail.com".lower()
    return Person(
        key=f"P{number:05d}",
        name=f"{given} {family}",
        role=names.ROLES[at % len(names.ROLES)],
        mail=f"{given}.{family}{at or ''}@{domain}".lower() if domain else private,
        private=private if domain is None or draw.chance(0.45) else None,
        mobile=f"81200{(number - shares) * 37 + 100_000:06d}",
        contact_id=f"5{number:06d}1",
        twin_id=f"5{number:06d}2" if domain and draw.chance(0.06) else None,
        requester_id=f"38{number:06d}5",
        device=f"{1_000_000_000 + number * 7_919}.{1_717_200_000 + number * 613}",
        chat_name=f"{draw.one(('Pak', 'Bu', 'Kak'))} {given} {company:03d}"
        if draw.chance(0.6)
        else None,
        talks=draw.chance(0.45),
    )
