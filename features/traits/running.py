"""Running terms: which term of a contract runs at each cutoff, and what it follows.

A term has begun before the cutoff; it runs until its end, and one that ends at the cutoff still
does.
"""

from collections.abc import Callable

import numpy as np

from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import AsOf, Floats
from features.known.compact import NEVER, NOBODY
from features.known.past import Past
from features.known.trace import Flags, Ints
from features.measures import SCALE

RENEWAL = 30 * MICROSECONDS_PER_DAY
"""How far from the end of a term the next one may begin and renew it."""


def counted(past: Past, holds: Callable[[Ints, Ints], Flags]) -> Ints:
    """How many begun terms fulfil, by their ends, what depends on the cutoff."""
    terms = past.contracts
    total = np.zeros(len(terms.trace.key) + 1, dtype=np.int64)
    out = np.empty(terms.shape, dtype=np.int64)
    for k in range(len(out)):
        cutoff = terms.of_rows(terms.cutoffs, k)
        np.cumsum(holds(terms.columns["ends_at"], cutoff), out=total[1:])
        out[k] = total[terms.position[k]] - total[terms.trace.starts]
    return out


def number(past: Past) -> Ints:
    """Number of terms that run."""
    return past.contracts.kept(
        ("running", "number"), lambda: counted(past, lambda ends, cutoff: ends >= cutoff)
    )


def term(past: Past) -> Ints:
    """The row of the running term, of several the one that began last; -1 where none runs."""
    return past.contracts.kept(("running", "term"), lambda: _term(past.contracts))


def former(past: Past) -> Ints:
    """For each term the row of the one before it of the same contract; -1 for the first."""
    return past.contracts.kept(("running", "former"), lambda: _former(past.contracts))


def last_end(past: Past, *, least: bool = False) -> Ints:
    """The last end of the terms that have begun, `NEVER` if one is open; 0 where there is none.

    With `least`, no term ends before it begins.
    """
    terms = past.contracts
    begun = np.where(terms.position > terms.trace.starts, terms.position - 1, -1)
    return terms.taken(_last_ends(terms, least=least), begun, 0)


def gap(past: Past) -> Ints:
    """For each term the microseconds since all before it had ended; 0 for the first."""
    terms = past.contracts
    between = np.zeros(len(terms.trace.key), dtype=np.int64)
    between[1:] = np.maximum(terms.at[1:] - _last_ends(terms, least=True)[:-1], 0)
    between[terms.trace.starts[terms.trace.starts < terms.trace.ends]] = 0
    return between


def renews(past: Past) -> Flags:
    """Whether each term began within 30 days of the end of the one before it of its contract."""
    before = former(past)
    end = past.contracts.taken(past.contracts.columns["ends_at"], before, NEVER)
    apart = past.contracts.at - end
    return (end != NEVER) & (apart >= -RENEWAL) & (apart < RENEWAL)


def term_days(past: Past) -> Floats:
    """Length of each term in days; NaN if it has no end, or ends no later than it begins."""
    ends, starts = past.contracts.columns["ends_at"], past.contracts.at
    known = (ends != NEVER) & (ends > starts)
    return np.where(known, (ends - starts) / MICROSECONDS_PER_DAY, np.nan)


def price(past: Past) -> Floats:
    """Money per 30 days of each term; NaN where its amount or its length is not told."""
    terms = past.contracts
    amount = np.where(terms.columns["amount?"], terms.columns["amount"] / SCALE, np.nan)
    return amount * 30 / term_days(past)


def notice(past: Past) -> Ints:
    """When notice is given of the running term; `NEVER` where none runs or none is."""
    return past.contracts.taken(past.contracts.columns["cancelled_at"], term(past), NEVER)


def _term(terms: AsOf) -> Ints:
    ends, rows = terms.columns["ends_at"], np.arange(len(terms.trace.key))
    last = np.full(len(rows) + 1, -1)
    out = np.empty(terms.shape, dtype=np.int64)
    for k in range(len(out)):
        runs = ends >= terms.of_rows(terms.cutoffs, k)
        np.maximum.accumulate(np.where(runs, rows, -1), out=last[1:])
        found = last[terms.position[k]]
        out[k] = np.where(found >= terms.trace.starts, found, -1)
    return out


def _former(terms: AsOf) -> Ints:
    contract, customer = terms.columns["contract"], terms.customer
    order = np.lexsort((contract, customer))
    same = (contract[order[1:]] == contract[order[:-1]]) & (
        customer[order[1:]] == customer[order[:-1]]
    )
    before = np.full(len(order), NOBODY, dtype=np.int64)
    before[order[1:][same]] = order[:-1][same]
    return before


def _last_ends(terms: AsOf, *, least: bool) -> Ints:
    """For each term the last end up to it, among those of its customer."""

    def last_ends() -> Ints:
        ends = terms.columns["ends_at"]
        ends = np.maximum(ends, terms.at) if least else ends
        known, rank = np.unique(ends, return_inverse=True)
        floor = terms.customer * len(known)
        return known[np.maximum.accumulate(floor + rank) - floor]

    return terms.kept(("running", "last_ends", least), last_ends)
