"""What customers ask of support, and the calls of their success manager."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.examples.omnichannel.calendar import DAY
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.draws import Draw

SUBJECTS = (
    "Impor saldo awal gagal",
    "Bank feed not updating",
    "e-Faktur ditolak DJP",
    "Cannot close the month",
    "Hak akses pengguna baru",
    "Laporan arus kas tidak cocok",
    "Invoice template is wrong",
)
_A_DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One question, from its opening to its rating; None is never."""

    person_at: int
    """Place among the company's people of who asks."""
    subject: str
    opened_at: datetime
    reply_minutes: int
    solved_at: datetime
    is_answered: bool
    """Whether the customer wrote again before it was solved."""
    rating: str | None

    @property
    def is_slow(self) -> bool:
        """Whether nobody answered for a day."""
        return self.reply_minutes > _A_DAY

    @property
    def replied_at(self) -> datetime:
        """When support first answered."""
        return self.opened_at + timedelta(minutes=self.reply_minutes)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A video call of the success manager with the customer."""

    starts_at: datetime
    person_at: int
    minutes: int


def tickets(company: Company, week: datetime, draw: Draw, *, is_troubled: bool) -> list[Ticket]:
    """The week's tickets, of which those in trouble are many and slow."""
    number = draw.count(0.55 if is_troubled else 0.07)
    days = sorted(draw.between(0, 7) for _ in range(number))
    return [_ticket(company, week + day * DAY, draw, is_troubled=is_troubled) for day in days]


def _ticket(company: Company, day: datetime, draw: Draw, *, is_troubled: bool) -> Ticket:
    opened_at = draw.at_work(day)
    is_slow = draw.chance(0.5 if is_troubled else 0.15)
    minutes = int(draw.between(1_500, 6_000) if is_slow else min(draw.skewed(160, 0.9), 1_400))
    solved_at = opened_at + timedelta(minutes=minutes) + draw.between(0.1, 9) * DAY
    happy = 0.35 if is_slow else 0.85
    rating = ("good" if draw.chance(happy) else "bad") if draw.chance(0.4) else None
    return Ticket(
        person_at=draw.whole(0, min(2, len(company.people) - 1)),
        subject=draw.one(SUBJECTS),
        opened_at=opened_at,
        reply_minutes=minutes,
        solved_at=solved_at.replace(microsecond=0),
        is_answered=draw.chance(0.5),
        rating=rating,
    )


def calls(week: datetime, draw: Draw, *, has_manager: bool) -> list[Call]:
    """The week's call, if the customer has a success manager and it is its turn."""
    if not draw.chance(0.11 if has_manager else 0.01):
        return []
    starts_at = draw.at_work(week + draw.between(0, 5) * DAY).replace(minute=0, second=0)
    return [Call(starts_at=starts_at, person_at=0, minutes=draw.whole(15, 45))]
