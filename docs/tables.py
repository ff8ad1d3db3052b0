"""Writes the tables of docs/features.md that are made from the code: python docs/tables.py"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from features.catalog import FeatureParams, Vocabulary
from features.families import FAMILIES, catalog
from features.laws import LAWS, company
from features.needs import Attribute
from features.roles import PARTS, ROLES
from pipelines.listing import Listing, overview
from pipelines.proving import sentence

GUIDE = Path(__file__).parent / "features.md"

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


TABLES = {"families": families, "parts": roles, "laws": laws}


def written(text: str) -> str:
    """The guide with each table as the code would have it."""
    for name, lines in TABLES.items():
        block = "\n".join((f"<!-- {name} -->", *lines(), "<!-- end -->"))
        text = re.sub(rf"(?s)<!-- {name} -->.*?<!-- end -->", lambda _, new=block: new, text)
    return text


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"wrote {GUIDE.name}\n")
