"""The columns and expressions that a source's settings name, over its raw table."""

import re

import polars as pl

from features import quarantine
from features.sources.raw import ROW
from features.sources.spec import SourceSpec
from features.stages.rules import is_by_row

HANDLE = "_jejak_handle:"
"""Before the kind of a handle, and its place if there are several: the column that holds it."""

TRAIT = "_jejak_trait:"
"""Before the name of a trait: the column that holds it."""

CURRENCY = "_jejak_currency"
"""The column that says the currency of a row's money."""

TEXT = "_jejak_text"
"""The column that holds the text out of which a sentiment is read."""

_THREE_LETTERS = re.compile("[A-Z]{3}")


def by_row(spec: SourceSpec) -> bool:
    """Whether each row is mapped by itself, so that the raw table may come in parts."""
    return spec.sql is None and all(map(_is_by_row, said(spec).values()))


def _is_by_row(text: str) -> bool:
    try:
        return is_by_row(pl.sql_expr(text))
    except pl.exceptions.PolarsError:
        return False


def said(spec: SourceSpec) -> dict[str, str]:
    """The columns and expressions of a source by the key that says them."""
    mapped = {f"columns.{name}": text for name, text in spec.columns.items()}
    handles = {f"handles.{kind}": text for kind, text in spec.handle_columns.items()}
    traits = {f"likely.{kind}": text for kind, text in spec.likely.items()}
    alone = {"currency": spec.currency, "sentiment_from": spec.sentiment_from}
    return {**mapped, **handles, **traits, **{key: text for key, text in alone.items() if text}}


def pick(raw: pl.LazyFrame, spec: SourceSpec) -> pl.LazyFrame:
    """The row number and one raw column for each that the source's settings name."""
    names = raw.collect_schema().names()
    number = pl.col(ROW) if ROW in names else pl.lit(quarantine.UNNUMBERED)
    mapped = [expression(text, names).alias(name) for name, text in spec.columns.items()]
    handles = [
        expression(text, names).alias(HANDLE + kind) for kind, text in spec.handle_columns.items()
    ]
    traits = [expression(text, names).alias(TRAIT + kind) for kind, text in spec.likely.items()]
    attributes = (pl.col(name) for name in spec.attributes)
    texts = [expression(spec.sentiment_from, names).alias(TEXT)] if spec.sentiment_from else []
    told = [*mapped, *handles, *traits, *_currency(spec, names), *texts, *attributes]
    return raw.select(number.alias(ROW), *told)


def expression(text: str, names: list[str]) -> pl.Expr:
    """A column of the raw table if there is one of this name, else a Polars SQL expression."""
    return pl.col(text) if text in names else pl.sql_expr(text)


def one_currency(spec: SourceSpec, names: list[str]) -> str | None:
    """The currency of all rows, if it is one and not told by a column of the raw table."""
    told = spec.currency or ""
    return told if _THREE_LETTERS.fullmatch(told) and told not in names else None


def _currency(spec: SourceSpec, names: list[str]) -> list[pl.Expr]:
    if spec.currency is None:
        return []
    one = one_currency(spec, names)
    cell = expression(spec.currency, names) if one is None else pl.lit(one)
    return [cell.cast(pl.String).alias(CURRENCY)]
