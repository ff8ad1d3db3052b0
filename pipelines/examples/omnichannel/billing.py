"""The books: invoices with their payments, contracts, and the rates of the dollar."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.examples.omnichannel.book import Book, Row
from pipelines.examples.omnichannel.calendar import (
    DAY,
    SECOND_NIGHT,
    START,
    known,
    later,
    plain,
)
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.life import Life
from pipelines.examples.omnichannel.money import IDR_PER_USD, Invoice, monthly_fee
from pipelines.examples.omnichannel.world import World

_INVOICES = (
    "invoice_no",
    "account",
    "billing_email",
    "issued_on",
    "due_on",
    "paid_at",
    "amount",
    "currency",
    "booked_at",
)
_CONTRACTS = (
    "term",
    "contract",
    "account",
    "starts_on",
    "ends_on",
    "cancelled_on",
    "amount",
    "voluntary",
    "changed_on",
)
CREDITED_AT = SECOND_NIGHT - 0.5 * DAY
"""When the books put some invoices right, which had been too high."""
_TERM_MONTHS = 12
_CREDITED_SINCE = SECOND_NIGHT - 60 * DAY


def write(world: World, book: Book) -> None:
    """Invoices and contracts as they stood that night, and every day's rate."""
    bills = [row for life in world.customers for row in _invoices(life, book)]
    book.table("sources/invoices.csv", _INVOICES, bills)
    terms = [row for life in world.customers for row in _terms(life, book)]
    book.table("sources/contracts.csv", _CONTRACTS, terms)
    days = [START + number * DAY for number in range(-1, (book.until - START).days)]
    rates = [(f"{day:%Y-%m-%d}", "USD", _rate(day, world.seed)) for day in days]
    book.table("sources/rates.csv", ("day", "currency", "rate"), rates)


def is_credited(bill: Invoice) -> bool:
    """Whether the second night's export corrects the amount."""
    recent = bill.paid_at is not None and _CREDITED_SINCE < bill.paid_at < CREDITED_AT - DAY
    return recent and int(bill.number[4:8]) % 13 == 3  # noqa: PLR2004 (some)


def amount(bill: Invoice, until: datetime) -> int:
    """As the books had it: a tenth less once it is credited."""
    return bill.amount * 9 // 10 if is_credited(bill) and until > CREDITED_AT else bill.amount


def _invoices(life: Life, book: Book) -> Iterator[Row]:
    company = life.company
    for bill in life.invoices:
        if not START <= bill.issued_at < book.until:
            continue
        paid_at = bill.paid_at
        booked_at = paid_at and (paid_at + DAY).replace(hour=9, minute=0, second=0)
        is_booked = known(booked_at, book.until) is not None
        if is_credited(bill) and book.until > CREDITED_AT:
            booked_at = CREDITED_AT
        for source in ("invoices", "payments"):
            book.identity[source, bill.number] = (company.billing_person, company.key)
        yield (
            bill.number,
            company.crm_id,
            company.billing_mail,
            f"{bill.issued_at:%Y-%m-%d}",
            f"{bill.due_at:%Y-%m-%d}",
            plain(paid_at) if is_booked else "",
            _written(amount(bill, book.until), company.currency),
            company.currency,
            plain(booked_at) if is_booked else "",
        )


def _written(amount: int, currency: str) -> str:
    return f"{amount}.00" if currency == "IDR" else f"{amount // 100}.{amount % 100:02d}"


def _terms(life: Life, book: Book) -> Iterator[Row]:
    """A year each; the last one is cut short where notice was given."""
    company, number = life.company, 0
    end = life.noted_at or SECOND_NIGHT
    while (starts := later(life.begins_at, _TERM_MONTHS * number)) < min(end, book.until):
        ends = later(life.begins_at, _TERM_MONTHS * (number + 1))
        left = known(life.noted_at, book.until)
        cancelled = left if left and left < ends else None
        key = f"K-{company.number:04d}-{number + 1}"
        book.tell("contracts", key, None, company)
        yield (
            key,
            f"K-{company.number:04d}",
            company.crm_id,
            f"{starts:%d/%m/%Y}",
            f"{later(cancelled, 1) if cancelled else ends:%d/%m/%Y}",
            f"{cancelled:%d/%m/%Y}" if cancelled else "",
            _rupiah(monthly_fee(company) * _TERM_MONTHS),
            ("ya" if life.is_voluntary else "tidak") if cancelled else "",
            f"{cancelled or starts:%d/%m/%Y}",
        )
        number += 1


def _rupiah(amount: int) -> str:
    return f"Rp {amount:,}".replace(",", ".") + ",00"


def _rate(day: datetime, seed: int) -> int:
    return IDR_PER_USD + Draw(seed, "rate", f"{day:%Y%m%d}").whole(-300, 300)
