"""What happens to a customer week by week, and what that does to its wish to leave."""

import math
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.examples.omnichannel.calendar import DAY, SECOND_NIGHT, START, WEEK
from pipelines.examples.omnichannel.company import Company
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.money import Invoice, invoices
from pipelines.examples.omnichannel.service import Call, Ticket, calls, tickets

COEFFICIENTS = {
    "intercept": -6.6,
    "tickets_opened": 0.45,
    "slow_first_replies": 0.55,
    "late_payments": 0.7,
    "login_drop": 2.6,
    "success_call": -1.1,
    "offer": -0.8,
}
"""Of the log odds of leaving within a week; `offer` is the effect of the outreach."""

OFFER_WEEKS = 8
_SINCE = {
    "tickets": 8 * WEEK,
    "payments": 12 * WEEK,
    "call": 12 * WEEK,
    "offer": OFFER_WEEKS * WEEK,
}
MOST = 4
_RECENT_WEEKS, _BEFORE_WEEKS = 4, 12
INSOLVENT = 0.0004
_OFFERS_FROM = datetime(2025, 3, 1, tzinfo=START.tzinfo)
RISKY = 0.003
TREATED = 0.7


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """What makes a customer leave or stay, as it stood when a week began."""

    tickets_opened: int
    """In the last eight weeks; four at most count, here and below."""
    slow_first_replies: int
    """In the last eight weeks, slower than a day."""
    late_payments: int
    """Invoices of the last twelve weeks that were not paid when they were due."""
    login_drop: float
    """By what share logins of four weeks are fewer than those of the eight before."""
    success_call: int
    """Whether there was one in the last twelve weeks."""
    offer: int
    """Whether a credit was offered in the last eight weeks."""


@dataclass(frozen=True, kw_only=True)
class Week:
    """A customer's drivers in one week, and what came of them."""

    starts_at: datetime
    drivers: Drivers
    probability: float
    """Of leaving within the week."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One drawing of lots: whether the customer was offered a credit."""

    drawn_at: datetime
    is_treated: bool


@dataclass(kw_only=True)
class Life:
    """All that happened to one customer, in order."""

    company: Company
    begins_at: datetime
    weeks: list[Week] = field(default_factory=list[Week])
    logins: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])
    """When, and the place among the company's people of who logged in."""
    tickets: list[Ticket] = field(default_factory=list[Ticket])
    invoices: list[Invoice] = field(default_factory=list[Invoice])
    calls: list[Call] = field(default_factory=list[Call])
    offers: list[Offer] = field(default_factory=list[Offer])
    churned_at: datetime | None = None
    """When it used the product no more."""
    noted_at: datetime | None = None
    """When Rapibuku understood that, and ended the contract."""
    is_voluntary: bool = True


def live(company: Company, begins_at: datetime, seed: int) -> Life:
    """The life of a customer from its contract on, until it leaves or the files end."""
    life = Life(company=company, begins_at=begins_at)
    draw = Draw(seed, "life", company.number)
    habit = _Habit(draw)
    bills = invoices(company, begins_at, draw)
    counts: list[int] = []
    at = begins_at
    while at < SECOND_NIGHT:
        life.invoices += [bill for bill in bills if at <= bill.issued_at < at + WEEK]
        week = _week(life, counts, at, habit.frailty)
        if at >= START:
            life.weeks.append(week)
            _draw_lots(life, week, draw)
            if _leaves(life, week, draw):
                break
        habit.next(draw, is_new=at < begins_at + 6 * WEEK)
        counts.append(_log_in(life, at, habit, draw))
        life.tickets += tickets(company, at, draw, is_troubled=habit.is_troubled)
        life.calls += calls(at, draw, has_manager=habit.has_manager)
        at += WEEK
    _settle(life, bills, draw)
    return life


class _Habit:
    """How a customer is: what lasts, and the trouble that comes and goes."""

    def __init__(self, draw: Draw) -> None:
        self.frailty = 0.6 * draw.around()
        self.logins_a_week = min(max(draw.skewed(2.1, 0.45), 1.0), 8.0)
        self.has_manager = draw.chance(0.6)
        self.is_troubled = False
        self.interest = 1.0

    def next(self, draw: Draw, *, is_new: bool) -> None:
        """One week on: trouble begins, mostly while all is new, or it ends."""
        begins = 0.07 if is_new else 0.022
        self.is_troubled = draw.chance(0.88 if self.is_troubled else begins)
        change = 0.8 if self.is_troubled else 1.18
        self.interest = min(max(self.interest * change, 0.35), 1.0)


def _week(life: Life, counts: list[int], at: datetime, frailty: float) -> Week:
    recent = [ticket for ticket in life.tickets if ticket.opened_at >= at - _SINCE["tickets"]]
    due = [bill for bill in life.invoices if at - _SINCE["payments"] <= bill.due_at < at]
    spoken = [call for call in life.calls if call.starts_at >= at - _SINCE["call"]]
    offered = [lot for lot in life.offers if lot.drawn_at >= at - _SINCE["offer"]]
    drivers = Drivers(
        tickets_opened=min(len(recent), MOST),
        slow_first_replies=min(sum(ticket.is_slow for ticket in recent), MOST),
        late_payments=min(sum(bill.is_late for bill in due), MOST),
        login_drop=_drop(counts),
        success_call=int(bool(spoken)),
        offer=int(any(lot.is_treated for lot in offered)),
    )
    odds = math.exp(COEFFICIENTS["intercept"] + _driven(drivers) + frailty)
    return Week(starts_at=at, drivers=drivers, probability=odds / (1 + odds))


def _driven(drivers: Drivers) -> float:
    return sum(COEFFICIENTS[name] * value for name, value in vars(drivers).items())


def _drop(counts: list[int]) -> float:
    """By what share logins of the last weeks are fewer than of those before."""
    recent, before = counts[-_RECENT_WEEKS:], counts[-_BEFORE_WEEKS:-_RECENT_WEEKS]
    if not before or not sum(before):
        return 0.0
    ratio = (sum(recent) / len(recent)) / (sum(before) / len(before))
    return round(max(0.0, 1.0 - ratio), 4)


def _draw_lots(life: Life, week: Week, draw: Draw) -> None:
    """Who is at risk, and has had no offer for eight weeks, is drawn for one."""
    last = life.offers[-1].drawn_at if life.offers else START
    waited = week.starts_at >= max(_OFFERS_FROM, last + _SINCE["offer"])
    if waited and week.probability > RISKY:
        drawn_at = week.starts_at.replace(hour=8, minute=0, second=0)
        life.offers.append(Offer(drawn_at=drawn_at, is_treated=draw.chance(TREATED)))


def _leaves(life: Life, week: Week, draw: Draw) -> bool:
    chosen, insolvent = draw.chance(week.probability), draw.chance(INSOLVENT)
    if not (chosen or insolvent):
        return False
    life.churned_at = draw.at_work(week.starts_at + draw.between(0, 5) * DAY)
    life.noted_at = draw.at_work(life.churned_at + draw.between(25, 45) * DAY)
    life.is_voluntary = chosen
    return True


def _log_in(life: Life, at: datetime, habit: _Habit, draw: Draw) -> int:
    number = draw.count(habit.logins_a_week * habit.interest)
    users = min(3, len(life.company.people))
    moments = sorted(draw.at_work(at + draw.between(0, 7) * DAY) for _ in range(number))
    life.logins += [(moment, draw.whole(0, users - 1)) for moment in moments]
    return number


def _settle(life: Life, bills: list[Invoice], draw: Draw) -> None:
    """What comes after the end is taken away; bills go on until somebody notices."""
    end, noted_at = life.churned_at, life.noted_at
    if end is None or noted_at is None:
        return
    life.logins = [one for one in life.logins if one[0] < end]
    life.tickets = [one for one in life.tickets if one.opened_at < end]
    life.calls = [one for one in life.calls if one.starts_at < end]
    life.invoices = [bill.owed(end, draw) for bill in bills if bill.issued_at < noted_at]
