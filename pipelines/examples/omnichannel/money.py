"""What customers owe and pay."""

from dataclasses import dataclass, replace
from datetime import datetime

from pipelines.examples.omnichannel.calendar import DAY, SECOND_NIGHT, later
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.draws import Draw

IDR_PER_USD = 16_000
_TERMS = 14 * DAY
_FEE_A_HEAD = 9_000
_LEAST_FEE = 450_000
_STRETCH_MONTHS = 3


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """A month's fee, and when it was paid, if it was."""

    number: str
    issued_at: datetime
    due_at: datetime
    paid_at: datetime | None
    amount: int
    """In rupiah, or in cents where the customer pays in dollars."""

    @property
    def is_late(self) -> bool:
        """Whether it was not paid when it was due."""
        return self.paid_at is None or self.paid_at > self.due_at

    def owed(self, end: datetime, draw: Draw) -> "Invoice":
        """The invoice of a customer who left at `end`: what is open by then is hardly ever paid."""
        is_open = self.paid_at is not None and self.paid_at > end
        never = self.issued_at >= end or (is_open and draw.chance(0.7))
        return replace(self, paid_at=None) if never else self


def monthly_fee(company: Company) -> int:
    """What a company pays a month, in rupiah."""
    return max(_LEAST_FEE, round(company.employees * _FEE_A_HEAD / 50_000) * 50_000)


def billed(company: Company) -> int:
    """What stands on the invoice: rupiah, or cents of a dollar."""
    fee = monthly_fee(company)
    return fee if company.currency == "IDR" else round(fee / IDR_PER_USD) * 100


def invoices(company: Company, begins_at: datetime, draw: Draw) -> list[Invoice]:
    """One a month; a customer short of money pays late for some months in a row."""
    careless = 0.05 if draw.chance(0.8) else 0.25
    short, number, bills = 0, 0, list[Invoice]()
    while (issued := later(begins_at, number).replace(hour=1, minute=0, second=0)) < SECOND_NIGHT:
        short = short - 1 if short else (_STRETCH_MONTHS if draw.chance(0.025) else 0)
        is_late = draw.chance(0.75 if short else careless)
        due = (issued + _TERMS).replace(hour=23, minute=59)
        days = draw.between(1, 40) if is_late else -draw.between(1, 13)
        bills.append(
            Invoice(
                number=f"INV-{company.number:04d}-{number + 1:03d}",
                issued_at=issued,
                due_at=due,
                paid_at=draw.at_work(due + days * DAY) if is_late else _before(due, days, draw),
                amount=billed(company),
            )
        )
        number += 1
    return bills


def _before(due: datetime, days: float, draw: Draw) -> datetime:
    return min(draw.at_work(due + days * DAY), due)
