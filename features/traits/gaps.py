"""Gaps: whole business days between one active day and the next.

A gap belongs to the event that ends it and is known from then on, so that what is known at a cutoff
are a customer's first gaps. Quantiles sort each customer's gaps once and, for every cutoff, count
through those already known.
"""

from dataclasses import dataclass

import numpy as np

from features.known.asof import Floats, ratio
from features.known.past import Past, Where
from features.known.trace import Ints

TOGETHER = (5, 9)
"""Tenths whose quantiles cost one pass."""


@dataclass(frozen=True)
class Gaps:
    """The gaps of some customers, one after the other.

    `days` and `since` (the first cutoff at which it is known, by number) have one entry a gap,
    `first` (the number of the first gap) one a customer; `number` counts the gaps that are known,
    shape (cutoffs, customers).
    """

    days: Ints
    since: Ints
    first: Ints
    number: Ints

    def total(self, per_gap: Ints) -> Ints:
        """Sum of a quantity over the gaps known at each cutoff."""
        running = np.concatenate([[0], np.cumsum(per_gap)])
        return running[self.first + self.number] - running[self.first]

    def taken(self, per_gap: Ints, nth: int) -> Floats:
        """A quantity at the nth last gap known at each cutoff; NaN where there are fewer."""
        if not len(per_gap):
            return np.full(self.number.shape, np.nan)
        taken = per_gap.take(self.first + self.number - nth, mode="clip")
        return np.where(self.number >= nth, taken, np.nan)


def mean(past: Past, where: Where) -> Floats:
    """Mean gap in days; NaN before the second active day."""
    gaps = _gaps(past, where)
    return ratio(_total(past, where), gaps.number)


def spread(past: Past, where: Where) -> Floats:
    """Standard deviation of the gaps in days (n - 1); NaN before the third active day."""
    gaps = _gaps(past, where)
    count, total = gaps.number, _total(past, where)
    squares = past.kept(("gap_days_squared", where), lambda: gaps.total(gaps.days**2))
    return np.sqrt(ratio(count * squares - total * total, count * (count - 1)))


def last(past: Past, where: Where, nth: int) -> Floats:
    """The nth last gap in days; NaN where there are fewer."""
    gaps = _gaps(past, where)
    return gaps.taken(gaps.days, nth)


def longest(past: Past, where: Where) -> Floats:
    """The longest gap in days; NaN before the second active day."""
    gaps = _gaps(past, where)
    above = gaps.days.max(initial=0) + 1
    raised = np.repeat(np.arange(len(gaps.first)), np.diff(gaps.first, append=len(gaps.days)))
    raised *= above
    return gaps.taken(np.maximum.accumulate(gaps.days + raised) - raised, 1)


def quantile(past: Past, where: Where, tenths: int) -> Floats:
    """Quantile of the gaps in days, interpolated linearly; `tenths=5` is the median."""
    some = TOGETHER if tenths in TOGETHER else (tenths,)
    name = ("gap_quantiles", where, some)
    found = past.kept(name, lambda: _quantiles(_gaps(past, where), some))
    return found[some.index(tenths)]


def _quantiles(gaps: Gaps, some: tuple[int, ...]) -> list[Floats]:
    """One array for each of the tenths, by one pass over the gaps sorted within customers.

    Customer, days and `since` share one 64-bit key: days of all history take 22 bits, customers
    that are worked on at a time 18.
    """
    customer = np.repeat(np.arange(len(gaps.first)), np.diff(gaps.first, append=len(gaps.days)))
    low, mid = _bits(gaps.since), _bits(gaps.days)
    key = np.sort((customer << (low + mid)) | (gaps.days << low) | gaps.since)
    since, days = key & ((1 << low) - 1), (key >> low) & ((1 << mid) - 1)
    out = [np.full(gaps.number.shape, np.nan) for _ in some]
    for k, number in enumerate(gaps.number):
        known, has = np.compress(since <= k, days), np.flatnonzero(number)
        size = number[has]
        first = np.cumsum(size) - size
        for tenths, column in zip(some, out, strict=True):
            rank, part = np.divmod(tenths * (size - 1), 10)
            lower, upper = known[first + rank], known[first + np.minimum(rank + 1, size - 1)]
            column[k, has] = (lower * (10 - part) + upper * part) / 10
    return out


def _bits(whole: Ints) -> int:
    return int(whole.max(initial=0)).bit_length()


def _total(past: Past, where: Where) -> Ints:
    gaps = _gaps(past, where)
    return past.kept(("gap_days", where), lambda: gaps.total(gaps.days))


def _gaps(past: Past, where: Where) -> Gaps:
    return past.kept(("gaps", where), lambda: _found(past, where))


def _found(past: Past, where: Where) -> Gaps:
    opens = np.flatnonzero(past.opens_day(where))
    days, customer = np.diff(past.day[opens]), past.customer[opens]
    ends = np.flatnonzero(customer[1:] == customer[:-1])
    row = opens[ends + 1]
    return Gaps(
        days=days[ends],
        since=past.reached(row),
        first=np.searchsorted(row, past.trace.starts),
        number=np.maximum(past.active_days(where) - 1, 0),
    )
