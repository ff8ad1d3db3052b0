"""Writes the tables of the guides that are made from the code: python docs/tables.py"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from features.catalog import FeatureParams, Vocabulary
from features.families import FAMILIES, catalog
from features.known.needs import Attribute
from features.own.laws import LAWS, company
from features.roles import PARTS, ROLES
from models.reasons.acting import acts
from models.reasons.languages.english import ENGLISH
from models.reasons.languages.indonesian import INDONESIAN
from models.reasons.variants import VARIANTS
from pipelines.data.listing import Listing, overview
from pipelines.data.proving import sentence

DOCS = Path(__file__).parent

BUSINESS = Vocabulary(
    pairs=(
        ("app", "visit"),
        ("email", "email_click"),
        ("email", "email_open"),
        ("email", "email_sent"),
        ("sales", "offer_accepted"),
        ("sales", "offer_sent"),
        ("store", "purchase"),
        ("store", "refund"),
        ("ticket", "ticket_opened"),
        ("ticket", "ticket_rated"),
        ("ticket", "ticket_reopened"),
        ("ticket", "ticket_replied_agent"),
        ("ticket", "ticket_replied_customer"),
        ("ticket", "ticket_solved"),
        ("web", "visit"),
        ("whatsapp", "message_in"),
        ("whatsapp", "message_out"),
    ),
    steps_with_value=("purchase", "refund"),
    steps_with_sentiment=("message_in", "ticket_rated"),
    event_attributes=("campaign", "discount", "item", "ticket", "topic"),
    tables=("contracts", "customers", "stage_history"),
    stages=("awareness", "consideration", "decision", "retention", "advocacy"),
    exits=("lost", "churned"),
    attributes=(Attribute("plan", "category", ("basic", "plus")), Attribute("seats", "number")),
)
"""A made-up business that every family finds something in."""


def families() -> Iterator[str]:
    """What each family has for that business, all switched on; and which are on by default."""
    params = replace(FeatureParams(), families=tuple(FAMILIES), segments=("plan",))
    yield from overview(Listing(catalog(params, BUSINESS)).families)
    yield ""
    yield f"Without `families`, a workspace uses {', '.join(FeatureParams().families)}."


def roles() -> Iterator[str]:
    """The steps that play a part, and the attributes of events that do."""
    yield "| part | steps, or the attribute of events |"
    yield "|---|---|"
    for part, words in (*ROLES.items(), *PARTS.items()):
        yield f"| {part} | {', '.join(words)} |"


def laws() -> Iterator[str]:
    """The laws as they are printed."""
    for law in (*LAWS.values(), company):
        yield f"- {sentence(law)}"


def reasons() -> Iterator[str]:
    """Every code by its theme, whether one can act on it, and its sentences."""
    yield "| theme | code | kind | English | Indonesian |"
    yield "|---|---|---|---|---|"
    for theme, variants in VARIANTS.items():
        for code in dict.fromkeys((*(code for _, code in variants), theme)):
            said = [language.sentences[code] for language in (ENGLISH, INDONESIAN)]
            yield f"| {theme} | `{code}` | {acts(code)} | {' | '.join(said)} |"


TABLES = {
    "features.md": {"families": families, "parts": roles, "laws": laws},
    "reasons.md": {"reasons": reasons},
}


def written(guide: str, text: str) -> str:
    """A guide with each table as the code would have it."""
    for name, lines in TABLES[guide].items():
        block = "\n".join((f"<!-- {name} -->", *lines(), "<!-- end -->"))
        text = re.sub(rf"(?s)<!-- {name} -->.*?<!-- end -->", lambda _, new=block: new, text)
    return text


if __name__ == "__main__":
    for guide in TABLES:
        place = DOCS / guide
        place.write_text(written(guide, place.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"wrote {guide}\n")
