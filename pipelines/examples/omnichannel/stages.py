"""The stages that the CRM states: the sale, and what became of the customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pipelines.examples.omnichannel.calendar import DAY
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.world import Story

LABELS = {
    "Demo scheduled": "consideration",
    "Proposal sent": "decision",
    "Closed won": "retention",
    "Closed lost": "lost",
    "Reference customer": "advocacy",
    "Cancelled": "churned",
}
"""A deal's stage as HubSpot names it, and the stage it means."""

PIPELINES = dict.fromkeys(LABELS, "Sales") | dict.fromkeys(
    ("Reference customer", "Cancelled"), "Customers"
)
"""The pipeline in which a deal has the stage."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry into a stage, as it stands on a deal."""

    deal: str
    deal_since: datetime
    label: str
    entered_at: datetime


def entries(story: Story, seed: int) -> Iterator[Entry]:
    """Every entry of a company, in the order of time."""
    way, life = story.funnel, story.life
    sale, care = f"7{story.company.number:06d}", f"8{story.company.number:06d}"
    if way.asked_at is None:
        return
    moments = {
        "Demo scheduled": way.asked_at if way.demo_at else None,
        "Proposal sent": way.proposal_at,
        "Closed won": way.won_at,
        "Closed lost": way.lost_at,
    }
    for label, moment in moments.items():
        if moment:
            yield _entry(sale, way.asked_at, label, moment)
    if life is None:
        return
    praised_at = _praised_at(story, seed)
    if praised_at and (life.churned_at is None or praised_at < life.churned_at):
        yield _entry(care, life.begins_at, "Reference customer", praised_at)
    if life.noted_at:
        yield _entry(care, life.begins_at, "Cancelled", life.noted_at)


def _entry(deal: str, since: datetime, label: str, moment: datetime) -> Entry:
    to_the_minute = moment.replace(second=0, microsecond=0)
    return Entry(deal=deal, deal_since=since, label=label, entered_at=to_the_minute)


def _praised_at(story: Story, seed: int) -> datetime | None:
    """When the customer agreed to be a reference, which one in six does."""
    draw, life = Draw(seed, "reference", story.company.number), story.life
    if life is None or not draw.chance(0.17):
        return None
    return draw.at_work(life.begins_at + draw.between(120, 420) * DAY)
