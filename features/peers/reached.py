"""Reached: how many customers had an event with each item, as of each cutoff."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from features.contracts import INSTANT
from features.known.trace import Ints
from features.known.versions import visible


def reached(
    events: pl.DataFrame, attribute: str, cutoffs: Sequence[datetime], days: Collection[int]
) -> pl.DataFrame:
    """Counts of the customers whom each item reached, and of those whom any did (key null)."""
    touches = _touches(events, attribute)
    item, items = _numbered(touches["key"])
    customer, customers = _numbered(touches["customer_id"].cast(pl.String))
    numbered = touches.with_columns(item=item, customer=customer)
    counts: list[Ints] = []
    for number, cutoff in enumerate(cutoffs):
        seen = visible(numbered, "occurred_at", cutoff)
        for each in days:
            window = seen.filter(pl.col("occurred_at") >= cutoff - timedelta(days=each))
            what, whose = window["item"].to_numpy(), window["customer"].to_numpy()
            single = _each(what, whose, len(customers))
            any_one = [[len(items)], [len(np.unique(whose))], [len(whose)]]
            found = np.hstack([single, any_one])
            counts.append(np.vstack([np.full_like(found[:2], [[number], [each]]), found]))
    at, window_days, key, who, times = np.hstack(counts)
    return pl.DataFrame(
        {
            "cutoff": pl.Series(cutoffs, dtype=INSTANT)[at],
            "days": window_days,
            "key": items.append(pl.Series([None], dtype=pl.String))[key],
            "customers": who,
            "active": who,
            "events": times,
        }
    )


def _touches(events: pl.DataFrame, attribute: str) -> pl.DataFrame:
    """The events that tell an item, with the item as `key`."""
    item = pl.col(attribute) if attribute in events.columns else pl.lit(None)
    known_at = "known_at" if "known_at" in events.columns else "occurred_at"
    rows = events.lazy().with_columns(key=item.cast(pl.String), known_at=pl.col(known_at))
    kept = ("customer_id", "occurred_at", "known_at", "superseded_at", "key")
    columns = [name for name in kept if name in {*events.columns, "known_at", "key"}]
    return rows.filter(pl.col("key").is_not_null()).select(columns).collect()


def _each(item: Ints, customer: Ints, customers: int) -> Ints:
    """The items that occur; of each, how many customers it reached, and how often."""
    events = np.bincount(item)
    pairs = np.unique(item * customers + customer)
    who = np.bincount(pairs // max(customers, 1), minlength=len(events))
    had = np.flatnonzero(events)
    return np.vstack([had, who[had], events[had]])


def _numbered(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The number of each text among all that occur, and these in order."""
    known = texts.unique().sort()
    return texts.cast(pl.Enum(known)).to_physical().cast(pl.Int64), known
