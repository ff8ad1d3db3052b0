"""Attributes: do they have a history, or only what the export says today?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pandas as pd
import polars as pl

from features.contracts import CUSTOMERS, Frame
from features.health.finding import Finding, examined, share
from features.health.parts import parts
from features.stages.personas import attributes_at

CUSTOMERS_LEAST = 20
ONE_VERSION_SHARE = 0.95
LATE_DAYS = 30
LATE_SHARE = 0.5


def check_history(customers: Frame, until: datetime) -> list[Finding]:
    """L01 for every source of customers."""
    told = customers if attribute_names(customers) else customers.clear()
    found = [f for source, rows in parts(told, "source") for f in _history(source, rows, until)]
    return examined("L01", "attributes of customers have a history", found)


def attribute_names(customers: Frame) -> list[str]:
    """The columns that the workspace names besides those of the contract."""
    return [name for name in customers.columns if name not in CUSTOMERS.schema]


def attributes_then(customers: Frame, cutoffs: Sequence[datetime]) -> pd.DataFrame:
    """Every customer's attributes as they were known at each cutoff.

    Columns customer_id, cutoff, and one for each attribute; a customer of whom nothing was known
    has no row.
    """
    frames = [
        attributes_at(customers, cutoff).with_columns(
            cutoff=pl.lit(cutoff).dt.cast_time_unit("us").dt.convert_time_zone("UTC")
        )
        for cutoff in cutoffs
    ]
    return pl.concat(frames).to_pandas()


def _history(source: str, rows: pl.DataFrame, until: datetime) -> Iterator[Finding]:
    versions = rows.group_by("customer_id").len()["len"]
    single = share(int((versions == 1).sum()), len(versions))
    if len(versions) < CUSTOMERS_LEAST or single < ONE_VERSION_SHARE:
        return
    since = until - timedelta(days=LATE_DAYS)
    late = share(int((rows["valid_from"] >= since).sum()), rows.height)
    told = (
        f"{late:.0%} hold only from the last {LATE_DAYS} days on: no model has seen them in the "
        "past, and tonight it would"
        if late > LATE_SHARE
        else "what was overwritten since looks as if it had been known from the beginning"
    )
    yield Finding(
        code="L01",
        severity="warn" if late > LATE_SHARE else "note",
        sentence=f"source {source}: {single:.0%} of {len(versions):,} customers have one version "
        f"of their attributes; {told}",
        measured=round(single, 3),
        needed=ONE_VERSION_SHARE,
        mends=(
            "export the history of changes, with `valid_from` and `known_at` of each",
            "keep every night's export: each becomes a version from when it was read",
            "name only attributes that never change, such as the year of birth",
        ),
    )
