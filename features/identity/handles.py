"""Handles: what a person is reached by, written one way.

Providers were taken from their own help pages: Google ignores dots and a plus tag and treats its
two domains as one; the others named here ignore a plus tag only. Everywhere else a dot or a plus
may be another person's.
"""

import re
import unicodedata
from functools import lru_cache

import idna
import phonenumbers
from phonenumbers import PhoneNumberFormat

SAME_DOMAIN = {"googlemail.com": "gmail.com"}
"""Domains that deliver to the same mailboxes as another one."""

DOTS_IGNORED = frozenset({"gmail.com"})
"""Domains where `budi.s@` and `budis@` are one mailbox."""

_TAGS_IGNORED = """
fastmail.com gmail.com hotmail.com icloud.com live.com mac.com me.com msn.com outlook.com
proton.me protonmail.com
"""

TAGS_IGNORED = frozenset(_TAGS_IGNORED.split())
"""Domains where `budi+news@` and `budi@` are one mailbox."""

KIND = re.compile(r"(email|phone|domain|(id|device|account):[\w.-]+)")
"""What a handle may be."""

KINDS_TOLD = ("email", "phone", "domain", "id:NAME", "device:NAME", "account:NAME")
"""The same to a person; `NAME` tells of which system an id, a device or an account is."""

_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
_LOCAL = re.compile(r"""[^\s@"(),:;<>\[\]\\]{1,64}""")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+")
_MOST_CHARACTERS = 254
_INVISIBLE = {"Cc", "Cf", "Cs"}


def email(raw: str) -> str | None:
    """The mailbox that an address reaches, or None if it is no address.

    >>> email(" Budi Santoso <Budi.Santoso+promo@GoogleMail.com>")
    'budisantoso@gmail.com'
    >>> email("Budi.Santoso+promo@Contoh.co.id")
    'budi.santoso+promo@contoh.co.id'
    >>> email("budi@") is None
    True
    """
    text = _clean(raw)
    bracketed = _IN_BRACKETS.search(text)
    text = (bracketed[1] if bracketed else text).strip().removeprefix("mailto:")
    local, _, after = text.rpartition("@")
    domain = _domain(after)
    if domain in TAGS_IGNORED:
        local = local.partition("+")[0]
    if domain in DOTS_IGNORED:
        local = local.replace(".", "")
    if domain is None or not _LOCAL.fullmatch(local):
        return None
    return f"{local}@{domain}" if len(local) + len(domain) < _MOST_CHARACTERS else None


def phone(raw: str, region: str) -> str | None:
    """A number in E.164, with `;ext=` where it has an extension, or None if it is no number.

    Without a country code it is read in the `region`, a country in two letters.

    >>> written = ["0812345678", "+62 812 345 678", "62812345678", "(0812) 345-678"]
    >>> {phone(raw, "ID") for raw in written}
    {'+62812345678'}
    >>> phone("12345", "ID") is None
    True
    """
    text = identifier(_clean(raw)) or ""
    for reading in _readings(text, region):
        try:
            number = phonenumbers.parse(reading, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            return f"{written};ext={number.extension}" if number.extension else written
    return None


def identifier(raw: str) -> str | None:
    """An id of some system without blanks around it; `12.0` is 12, a blank is None.

    >>> identifier(" 0031t00000XyZ "), identifier("12.0"), identifier(" ")
    ('0031t00000XyZ', '12', None)
    """
    text = _visible(raw)
    whole = _WHOLE_NUMBER.fullmatch(text)
    return (whole[1] if whole else text) or None


def _clean(raw: str) -> str:
    """Compatible characters in lower case, without marks that nobody sees."""
    if raw.isascii():
        return _visible(raw).lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _visible(raw)).lower())


def _visible(raw: str) -> str:
    """Text without control characters, marks of direction, lone surrogates and outer blanks."""
    if raw.isprintable():
        return raw.strip()
    return "".join(c for c in raw if unicodedata.category(c) not in _INVISIBLE).strip()


@lru_cache(maxsize=1 << 16)
def _domain(text: str) -> str | None:
    try:
        ascii_ = text if text.isascii() else idna.encode(text, uts46=True).decode()
    except UnicodeError:
        return None
    ascii_ = ascii_.removesuffix(".")
    return SAME_DOMAIN.get(ascii_, ascii_) if _DOMAIN.fullmatch(ascii_) else None


def _readings(text: str, region: str) -> list[str]:
    """The ways in which a number may be meant, the likeliest first.

    Where numbers are dialled at home with a leading 0, one that begins with the country's code
    instead is meant internationally; the library alone would read 62812… as an area code.
    """
    code = str(phonenumbers.country_code_for_region(region))
    at_home = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True)
    abroad = [f"+{text}"] if at_home and text.startswith(code) else []
    return [*abroad, text, *([f"+{text[2:]}"] if text.startswith("00") else [])]
