"""From the first touch to a deal that is won or lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.examples.omnichannel.calendar import DAY, FIRST_NIGHT, START
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.draws import Draw

ORIGINS = {
    "paid_search": 0.27,
    "paid_social": 0.16,
    "organic_search": 0.27,
    "referral": 0.16,
    "fair": 0.14,
}
"""What brings a lead, and how often."""

FAIR = datetime(2025, 11, 19, tzinfo=START.tzinfo)
_ASKS = {"referral": 0.85, "fair": 0.7}
_WINS = {"referral": 0.72, "fair": 0.55}
_FEW_WEEKS = 21


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """When a company did what before it was a customer; None is never."""

    origin: str
    first_at: datetime
    visits: tuple[datetime, ...]
    whitepaper_at: datetime | None
    asked_at: datetime | None
    """A demo was asked for; from then on sales knows the company."""
    demo_at: datetime | None
    proposal_at: datetime | None
    won_at: datetime | None
    lost_at: datetime | None
    contact_at: int
    """Place among the company's people of the one who asks."""

    @property
    def known_at(self) -> datetime | None:
        """When the company came into the CRM."""
        return self.first_at if self.origin == "fair" else self.asked_at


def funnel(company: Company, seed: int) -> Funnel:
    """The way of one company."""
    draw = Draw(seed, "funnel", company.number)
    if company.is_legacy:
        return _old_customer(company, draw)
    origin = draw.weighted(ORIGINS)
    first_at = draw.at_work(START + draw.between(3, 690) * DAY)
    if origin == "fair":
        first_at = draw.at_work(FAIR + draw.whole(0, 2) * DAY)
    reads = draw.chance(0.65) or company.is_crowd
    whitepaper_at = _after(first_at, 1, 14, draw) if reads else None
    asks = draw.chance(_ASKS.get(origin, 0.62))
    asked_at = _after(whitepaper_at or first_at, 2, 30, draw) if asks else None
    demo_at = _after(asked_at, 2, 9, draw) if asked_at and draw.chance(0.88) else None
    proposal_at = _after(demo_at, 1, 12, draw) if demo_at and draw.chance(0.85) else None
    wins = draw.chance(_WINS.get(origin, 0.6))
    won_at = _after(proposal_at, 3, 25, draw) if proposal_at and wins else None
    lost_at = _after(proposal_at or demo_at or asked_at, 10, 40, draw) if asked_at else None
    return Funnel(
        origin=origin,
        first_at=first_at,
        visits=_visits(first_at, asked_at or first_at + _FEW_WEEKS * DAY, draw),
        whitepaper_at=whitepaper_at,
        asked_at=asked_at,
        demo_at=demo_at,
        proposal_at=proposal_at,
        won_at=won_at,
        lost_at=None if won_at else lost_at,
        contact_at=draw.whole(0, min(1, len(company.people) - 1)),
    )


def _old_customer(company: Company, draw: Draw) -> Funnel:
    """A customer from before the files begin: only the CRM remembers how it came."""
    won_at = draw.at_work(START - draw.between(30, 700) * DAY)
    proposal_at = draw.at_work(won_at - draw.between(5, 20) * DAY)
    demo_at = draw.at_work(proposal_at - draw.between(4, 12) * DAY)
    asked_at = draw.at_work(demo_at - draw.between(4, 9) * DAY)
    return Funnel(
        origin=draw.weighted(ORIGINS),
        first_at=asked_at,
        visits=(),
        whitepaper_at=None,
        asked_at=asked_at,
        demo_at=demo_at,
        proposal_at=proposal_at,
        won_at=won_at,
        lost_at=None,
        contact_at=draw.whole(0, min(1, len(company.people) - 1)),
    )


def _after(moment: datetime | None, least: float, most: float, draw: Draw) -> datetime | None:
    """Some days later in office hours, and really later."""
    if moment is None:
        return None
    return draw.at_work(moment + draw.between(least, most) * DAY) + timedelta(hours=1)


def _visits(first: datetime, last: datetime, draw: Draw) -> tuple[datetime, ...]:
    """Visits to the web site, the first one included."""
    days = max((last - first) / DAY, 1.0)
    more = sorted(first + draw.between(0.1, days) * DAY for _ in range(draw.count(2.2)))
    return (first, *(moment for moment in more if moment < FIRST_NIGHT + DAY))
