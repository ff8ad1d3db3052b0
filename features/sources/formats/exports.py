"""Records of a CRM's export unfolded into touches: one record tells of several.

A deal, say, was created, entered a stage and was won; each has a time column of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.sources.formats.labels import Labels, refusal, slug
from features.sources.kinds import csv
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

MAPPED: dict[str, dict[str, str]] = {
    "events": {
        name: name
        for name in ("customer_id", "occurred_at", "channel", "step", "value", "source_key")
    },
    "stages": {
        "customer_id": "customer_id",
        "stage": "stage",
        "entered_at": "occurred_at",
        "source_key": "source_key",
    },
    "customers": {"customer_id": "customer_id", "valid_from": "valid_from"},
}
"""By table: which columns made here are the contract's."""

Tidied = Callable[[pl.LazyFrame, SourceSpec], pl.LazyFrame]


@dataclass(frozen=True, kw_only=True)
class Touch:
    """One touch that a record may tell of; it did not happen where its time is blank."""

    name: str
    """Unlike that of any other touch of the record."""
    step: pl.Expr
    occurred_at: pl.Expr
    stage: pl.Expr | None = None
    """The stage that is entered, if any."""
    value: pl.Expr | None = None


def unfold(records: pl.LazyFrame, touches: list[Touch], spec: SourceSpec) -> pl.LazyFrame:
    """One row a touch that happened, in the order of the records, beside the record's columns.

    A record of which nothing happened is kept once, without a time: it is to be found in
    quarantine. For the table `stages` only touches that enter a stage are rows.
    """
    if is_table(spec.table, "stages"):
        touches = [touch for touch in touches if touch.stage is not None]
        kept = [touch.occurred_at.is_not_null() for touch in touches]
    else:
        nothing = ~pl.any_horizontal(touch.occurred_at.is_not_null() for touch in touches)
        kept = [nothing | touches[0].occurred_at.is_not_null()]
        kept += [touch.occurred_at.is_not_null() for touch in touches[1:]]
    parts = [
        records.filter(happened).with_columns(**_cells(touch))
        for touch, happened in zip(touches, kept, strict=True)
    ]
    return pl.concat(parts).sort(ROW, maintain_order=True)


def is_table(table: str, name: str) -> bool:
    """Whether a source fills this table."""
    return table == name


def is_won(stage: pl.Expr, won: str) -> pl.Expr:
    """Whether a stage is one of `won`, names between semicolons."""
    names = pl.DataFrame({"name": won.split(";")}).select(slug(pl.col("name"))).to_series()
    return slug(stage).is_in(names.to_list()).fill_null(value=False)


def amount(
    rows: pl.LazyFrame,
    labels: Labels,
    spec: SourceSpec,
    companys: tuple[str, ...],
    currency: tuple[str, ...],
) -> pl.Expr:
    """The amount of a record: the company's, under these labels, if the export has it.

    Where the spec says a `currency`, the amount is the record's own, and is converted later.
    Raises `DataRefused` if amounts of several currencies would stand in one column.
    """
    if spec.currency is not None:
        return labels.cell("Amount")
    if labels.find(*companys) is None:
        _check_currency(rows, labels.find(*currency), spec)
    return labels.cell(*companys, "Amount")


def schema(path: Path, spec: SourceSpec, tidied: Tidied) -> pl.Schema:
    """Columns of the file and of what is made of it."""
    names = csv.schema(path, spec)
    if twice := sorted({*names} & {*MAPPED["events"], *MAPPED["customers"], "stage"}):
        raise refusal(
            spec,
            f"the export has columns with names that jejak makes: {', '.join(twice)}",
            "rename them in the export",
        )
    found = tidied(pl.LazyFrame(schema={ROW: pl.UInt32, **names}), spec).collect_schema()
    return pl.Schema({name: dtype for name, dtype in found.items() if name != ROW})


def head(path: Path, spec: SourceSpec, tidied: Tidied) -> pl.DataFrame:
    """What is made of the first rows."""
    rows = csv.head(path, spec).lazy().with_row_index(ROW, offset=1)
    return tidied(rows, spec).collect().drop(ROW)


def read(path: Path, spec: SourceSpec, tidied: Tidied) -> Raw:
    """What is made of all rows; every row of the file is in it or broken."""
    raw = csv.read(path, spec)
    return Raw(tidied(raw.rows, spec), raw.broken)


def _cells(touch: Touch) -> dict[str, pl.Expr]:
    blank = pl.lit(None, pl.String)
    return {
        "occurred_at": touch.occurred_at,
        "step": touch.step,
        "stage": blank if touch.stage is None else touch.stage,
        "value": blank if touch.value is None else touch.value,
        "source_key": pl.concat_str("source_key", pl.lit(touch.name), separator=":"),
    }


def _check_currency(rows: pl.LazyFrame, column: str | None, spec: SourceSpec) -> None:
    if column is None:
        return
    found = rows.select(pl.col(column).str.strip_chars().str.to_uppercase().unique().sort())
    currencies = [name for name in found.collect().to_series() if name]
    if len(currencies) > 1:
        raise refusal(
            spec,
            f"there are amounts in several currencies: {', '.join(currencies)}",
            "export the amount in the company's currency too, or say the column in `currency`",
        )
