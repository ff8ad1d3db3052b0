"""Who a customer is at a cutoff: attributes as they were known then, and personas by rules."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import polars as pl

from features.contracts import CUSTOMERS
from features.known.versions import visible
from features.mistakes import Mistake
from features.stages.rules import first_that_holds, mistakes_in_facts, parsed, refuse_unknown

OTHER = "other"
"""The persona of customers for whom no rule holds."""


def mistakes_in_personas(rules: Mapping[str, str], attributes: Iterable[str]) -> Iterator[Mistake]:
    """What readable rules read that is no attribute, by the name of each persona."""
    yield from mistakes_in_facts(parsed("personas", rules), attributes)


def attributes_in(customers: pl.DataFrame) -> list[str]:
    """The names of the attributes that the table holds."""
    return [name for name in customers.columns if name not in CUSTOMERS.schema]


def attributes_at(customers: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """One row a customer: each attribute as last told before the cutoff, by both clocks.

    A source's newer version replaces its older one whole; where two sources tell one attribute,
    the version that is valid from later wins.
    """
    names = attributes_in(customers)
    order = ("valid_from", "known_at", "source")
    told = visible(customers, "valid_from", cutoff)
    latest = told.sort(*order, *names).group_by("customer_id", "source").last().sort(*order)
    merged = latest.group_by("customer_id").agg(pl.col(names).drop_nulls().last())
    return merged.sort("customer_id")


def personas_at(
    customers: pl.DataFrame, cutoff: datetime, rules: Mapping[str, str]
) -> pl.DataFrame:
    """customer_id and persona: the first whose rule, Polars SQL over the attributes, holds.

    >>> from datetime import UTC
    >>> then, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    >>> kept = pl.DataFrame(
    ...     {
    ...         "customer_id": ["a", "b"],
    ...         "valid_from": then,
    ...         "known_at": then,
    ...         "source": "crm",
    ...         "employees": [900, 4],
    ...     }
    ... )
    >>> personas_at(kept, now, {"enterprise": "employees >= 250"}).rows()
    [('a', 'enterprise'), ('b', 'other')]
    """
    known = attributes_at(customers, cutoff)
    expressions = parsed("personas", rules)
    refuse_unknown("personas", expressions, attributes_in(customers))
    persona = first_that_holds(known, "personas", expressions).fill_null(OTHER)
    return known.select("customer_id", persona=persona)
