"""The log of the outreach: who was drawn to be offered a credit, and who was held out."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.life import TREATED, Life
from pipelines.examples.omnichannel.world import World

_HEADER = ("draw", "assigned_at", "account", "arm", "action", "channel", "probability")


def write(world: World, book: Book) -> None:
    """Every drawing of lots, in the order of time."""
    rows = [row for life in world.customers for row in _lots(life, book)]
    book.table("sources/outreach.csv", _HEADER, [row for _, row in sorted(rows)])


def _lots(life: Life, book: Book) -> Iterator[tuple[datetime, Row]]:
    for number, lot in enumerate(life.offers):
        if lot.drawn_at < book.until:
            key = f"O-{life.company.number:04d}-{number}"
            book.tell("outreach", key, None, life.company)
            arm, share = ("treated", TREATED) if lot.is_treated else ("control", 1 - TREATED)
            at, account = lot.drawn_at, life.company.crm_id
            row = (key, at.isoformat(), account, arm, "service_credit", "whatsapp", f"{share:.1f}")
            yield at, row
