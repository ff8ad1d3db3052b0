"""Gaps: whole business days between one active day and the next.

A gap belongs to the event that ends it and is known from then on. Sums and squares are running
totals; quantiles, which are no differences, sort each customer's gaps once and, for every cutoff,
count through those already known.
"""

import numpy as np

from features.asof import Floats, ratio
from features.past import Past, Where
from features.trace import Ints


def number(past: Past, where: Where) -> Ints:
    """Gaps known at each cutoff."""
    return past.accumulated("gaps", where, lambda: (_gap_days(past, where) > 0).astype(np.int64))


def mean(past: Past, where: Where) -> Floats:
    """Mean gap in days; NaN before the second active day."""
    total = past.accumulated("gap_days", where, lambda: _gap_days(past, where))
    return ratio(total, number(past, where))


def spread(past: Past, where: Where) -> Floats:
    """Standard deviation of the gaps in days (n - 1); NaN before the third active day."""
    count = number(past, where)
    total = past.accumulated("gap_days", where, lambda: _gap_days(past, where))
    squares = past.accumulated("gap_days_squared", where, lambda: _gap_days(past, where) ** 2)
    return np.sqrt(ratio(count * squares - total * total, count * (count - 1)))


def quantile(past: Past, where: Where, tenths: int) -> Floats:
    """Quantile of the gaps in days, interpolated linearly; `tenths=5` is the median."""
    days = _gap_days(past, where)
    rows = np.flatnonzero(days)
    rows = rows[np.lexsort((days[rows], past.customer[rows]))]
    sizes, known_at = number(past, where), past.at[rows]
    out = np.full(sizes.shape, np.nan)
    for k, cutoff in enumerate(past.cutoffs):
        known = days[rows[known_at < cutoff]]
        some = np.flatnonzero(sizes[k])
        size = sizes[k][some]
        first = np.cumsum(size) - size
        rank, part = np.divmod(tenths * (size - 1), 10)
        lower, upper = known[first + rank], known[first + np.minimum(rank + 1, size - 1)]
        out[k, some] = (lower * (10 - part) + upper * part) / 10
    return out


def _gap_days(past: Past, where: Where) -> Ints:
    """Days since the previous active day for each event that opens a later one, else 0."""
    return past.per_event("gap_days", where, lambda: _days_between(past, where))


def _days_between(past: Past, where: Where) -> Ints:
    rows = np.flatnonzero(past.opens_day(where))
    days = np.zeros(len(past.trace.key), dtype=np.int64)
    same = past.customer[rows[1:]] == past.customer[rows[:-1]]
    days[rows[1:]] = np.where(same, past.day[rows[1:]] - past.day[rows[:-1]], 0)
    return days
