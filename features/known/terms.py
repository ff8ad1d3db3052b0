"""What a customer's contracts say at a cutoff."""

from datetime import datetime

import polars as pl

from features.clock import MICROSECONDS_PER_DAY
from features.known.versions import visible

CONTRACT_FACTS = ("contract_active", "days_to_contract_end", "days_since_contract_end")
"""Whether a term runs; days until the last running one ends, days since the last one ended."""


def contracts_at(contracts: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """customer_id and `CONTRACT_FACTS`, one row for who has a term that was known by then.

    A term that ends at the cutoff still runs: its end is future, as an event at the cutoff is.
    What has no end ends in no number of days.

    >>> from datetime import UTC
    >>> day = lambda number: datetime(2026, 1, number, tzinfo=UTC)
    >>> terms = pl.DataFrame(
    ...     {
    ...         "customer_id": ["a", "a", "b"],
    ...         "starts_at": [day(1), day(11), day(1)],
    ...         "ends_at": [day(11), day(21), day(5)],
    ...         "known_at": day(1),
    ...     }
    ... )
    >>> contracts_at(terms, day(15)).rows()
    [('a', True, 6.0, None), ('b', False, None, 10.0)]
    """
    end = pl.col("ends_at")
    ends = (
        visible(contracts, "starts_at", cutoff)
        .group_by("customer_id")
        .agg(
            contract_active=(end.is_null() | (end >= cutoff)).any(),
            _for_good=end.is_null().any(),
            _last=end.max(),
        )
    )
    active = pl.col("contract_active")
    return ends.select(
        "customer_id",
        active,
        days_to_contract_end=pl.when(active & ~pl.col("_for_good")).then(
            _days(pl.col("_last") - cutoff)
        ),
        days_since_contract_end=pl.when(~active).then(_days(cutoff - pl.col("_last"))),
    ).sort("customer_id")


def _days(span: pl.Expr) -> pl.Expr:
    return span.dt.total_microseconds() / MICROSECONDS_PER_DAY
