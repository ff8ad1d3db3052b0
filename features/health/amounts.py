"""Amounts: customers with absurdly many events, events that are there twice, mixed currencies."""

from collections.abc import Iterator
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.contracts import Frame
from features.health.finding import Finding, examined, share
from features.health.hours import sources_of_whole_days
from features.health.parts import parts

CUSTOMERS_LEAST = 50
TIMES_OTHERS = 10
"""So many times the events of the busiest hundredth are no person's."""
EVENTS_ABSURD = 200
"""With fewer nobody is absurd."""
TWICE_SHARE_MOST = 0.01
VALUES_LEAST = 100
TIMES_APART = 100.0
"""Small and large amounts of one step that lie so far apart are worth a look."""
TIMES_OF_CURRENCIES = 1000.0
_GAP_DECADES = 1.0
_TAILS = 0.05
_CONTENT = ("customer_id", "occurred_at", "channel", "step", "value")


def check_amounts(events: Frame, zone: ZoneInfo) -> list[Finding]:
    """C03 to C05 for events that are valid and had happened."""
    return [
        *examined("C03", "no customer has absurdly many events", _absurd(events)),
        *examined("C04", "hardly an event is there twice", _twice(events, zone)),
        *examined("C05", "the money of each step is of one order", _mixed(events)),
    ]


def _absurd(events: pl.DataFrame) -> Iterator[Finding]:
    counts = events.group_by("customer_id").len()["len"]
    if len(counts) < CUSTOMERS_LEAST:
        return
    usual = cast("float", counts.quantile(0.99, interpolation="lower"))
    limit = max(TIMES_OTHERS * usual, EVENTS_ABSURD)
    absurd = counts.filter(counts > limit)
    if absurd.is_empty():
        return
    part = share(int(absurd.sum()), events.height)
    yield Finding(
        code="C03",
        severity="warn",
        sentence=f"{len(absurd)} of {len(counts):,} customers have more than {limit:,.0f} events "
        f"each and {part:.0%} of them all; 99 % have at most {usual:,.0f}, so they may be "
        "machines, tests or a shop's own till",
        measured=float(cast("int", absurd.max())),
        needed=float(limit),
        mends=(
            "leave them out with WHERE in the source's `sql`",
            "count their rows by customer in the source, and mend the export",
            "if many people share one handle, map a finer one",
        ),
    )


def _twice(events: pl.DataFrame, zone: ZoneInfo) -> Iterator[Finding]:
    """Equal content under different keys; days without a time are alike by nature."""
    timed = events.filter(~pl.col("source").is_in(sources_of_whole_days(events, zone)))
    hashes = timed.select(_CONTENT).hash_rows()
    again = timed.height - hashes.n_unique()
    part = share(again, timed.height)
    if part <= TWICE_SHARE_MOST:
        return
    repeated = timed.filter(hashes.is_duplicated())
    names = ", ".join(repeated["source"].unique().sort())
    yield Finding(
        code="C04",
        severity="warn",
        sentence=f"{again:,} events ({part:.0%}) have the customer, instant, step and value of "
        f"another under another key; they are of {names}",
        measured=round(part, 4),
        needed=TWICE_SHARE_MOST,
        mends=(
            "map `source_key` to what names the touch, not the row of the export",
            "take out the source that repeats another one",
            "if one row is a product, make one row a basket in `sql`",
        ),
    )


def _mixed(events: pl.DataFrame) -> Iterator[Finding]:
    paid = events.filter(pl.col("value").is_not_null() & (pl.col("value") != 0))
    for step, rows in parts(paid, "step"):
        times = _times_apart(rows["value"])
        if times >= TIMES_APART:
            yield Finding(
                code="C05",
                severity="warn" if times >= TIMES_OF_CURRENCIES else "note",
                sentence=f"step {step}: its money is of two orders with nothing between, the large "
                f"amounts {times:,.0f} times the small, as where two currencies are mixed",
                measured=round(times, 1),
                needed=TIMES_APART,
                mends=(
                    "declare the source's `currency`, or the column that holds it",
                    "multiply in the expression of `value` where a row counts in thousands",
                    "leave it, if small and large purchases are two steps; better name them so",
                ),
            )


def _times_apart(values: pl.Series) -> float:
    """How many times larger the amounts above the widest gap are than those below; 1 if none.

    The gap lies well inside of all amounts and over a factor of ten at least.
    """
    sizes = np.sort(np.log10(np.abs(values.to_numpy().astype(np.float64))))
    tail = max(int(len(sizes) * _TAILS), 1)
    steps = np.diff(sizes)[tail - 1 : len(sizes) - tail]
    if len(sizes) < VALUES_LEAST or steps.max() < _GAP_DECADES:
        return 1.0
    small, large = np.split(sizes, [int(steps.argmax()) + tail])
    return float(10 ** (np.median(large) - np.median(small)))
