"""People and what they are reached by, written as differently as life writes it."""

from dataclasses import dataclass

from pipelines.examples.omnichannel.draws import Draw

JUNK_PHONE = "081234567890"
"""What is typed where a form insists on a number: a hub."""

FAIR_TABLET = "1700000000.1731900000"
"""The tablet on which visitors of a trade fair filled in the form: a hub."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody, with every handle that is truly theirs."""

    key: str
    """Names the person in the truth."""
    name: str
    role: str
    mail: str
    """At work, or private where there is no work address."""
    private: str | None
    """A mailbox at Gmail in its plainest spelling."""
    mobile: str
    """Digits after +62."""
    contact_id: str
    """In HubSpot, if the company is there."""
    twin_id: str | None
    """A second HubSpot contact of the same person, under the private address."""
    requester_id: str
    """In Zendesk, if they ever asked."""
    device: str
    """In Google Analytics."""
    chat_name: str | None
    """As sales saved them in WhatsApp; without it the chat bears the number."""
    talks: bool
    """Whether sales and they ever chat."""


def mobile(number: str, style: int) -> str:
    """A mobile number in one of five spellings.

    >>> [mobile("81200123456", style) for style in range(5)]
    ['081200123456', '+62 812-0012-3456', '6281200123456', '0812 0012 3456', '81200123456']
    """
    first, second, third = number[:3], number[3:7], number[7:]
    spelt = (
        f"0{number}",
        f"+62 {first}-{second}-{third}",
        f"62{number}",
        f"0{first} {second} {third}",
        number,
    )
    return spelt[style]


def private_mail(address: str, draw: Draw) -> str:
    """A Gmail address with the dots, tags and capitals that Gmail ignores."""
    local = address.partition("@")[0]
    match draw.whole(0, 3):
        case 0:
            return address
        case 1:
            return f"{local[:4]}.{local[4:]}@gmail.com"
        case 2:
            return f"{local}+rapibuku@gmail.com"
        case _:
            return f"{local.capitalize()}@googlemail.com"


def any_mail(person: Person, draw: Draw, private: float = 0.25) -> str:
    """The address that a person happens to give."""
    if person.private and draw.chance(private):
        return private_mail(person.private, draw)
    return person.mail if draw.chance(0.9) else person.mail.upper()


def any_mobile(person: Person, draw: Draw) -> str:
    """The mobile number as the person happens to write it."""
    return mobile(person.mobile, draw.whole(0, 3))
