"""Who a customer is at a cutoff: attributes as they were known then, and personas by rules."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from features.contracts import CUSTOMERS
from features.errors import WorkspaceInvalid

OTHER = "other"
"""The persona of customers for whom no rule holds."""


def attributes_at(customers: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """One row a customer: each attribute as last told before the cutoff, by both clocks.

    A source's newer version replaces its older one whole; where two sources tell one attribute,
    the version that is valid from later wins.
    """
    names = [name for name in customers.columns if name not in CUSTOMERS.schema]
    order = ("valid_from", "known_at", "source")
    told = customers.filter((pl.col("valid_from") < cutoff) & (pl.col("known_at") < cutoff))
    latest = told.sort(*order, *names).group_by("customer_id", "source").last().sort(*order)
    merged = latest.group_by("customer_id").agg(pl.col(*names).drop_nulls().last())
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
    held = [
        pl.when(_rule(name, text, known.columns[1:])).then(pl.lit(name))
        for name, text in rules.items()
    ]
    return known.select("customer_id", persona=pl.coalesce(*held, pl.lit(OTHER)))


def _rule(name: str, text: str, attributes: list[str]) -> pl.Expr:
    try:
        rule = pl.sql_expr(text)
    except pl.exceptions.PolarsError as error:
        raise WorkspaceInvalid(
            f"the rule of persona {name!r} cannot be read: {str(error).splitlines()[0]}",
            where=f"personas.{name}",
            mend="write it as SQL, such as `employees >= 250`",
        ) from None
    unknown = sorted({*rule.meta.root_names()} - {*attributes})
    if unknown:
        raise WorkspaceInvalid(
            f"the rule of persona {name!r} reads {', '.join(unknown)}, which no source tells",
            where=f"personas.{name}",
            mend=f"there are: {', '.join(attributes)}",
        )
    return rule
