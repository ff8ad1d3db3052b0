"""The tables at the borders between rooms: name, type, unit, nullability, meaning."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from features.errors import ContractBroken
from features.measures import SCALE

INSTANT = pl.Datetime("us", "UTC")

Frame = pl.DataFrame
"""The name by which rooms that do not know Polars hand its frames on."""


Dtype_co = TypeVar("Dtype_co", covariant=True)
"""How a column's type is told: as Polars tells it in this room, as pandas does where it leaves."""

PolarsDtype = pl.DataType | type[pl.DataType]


@dataclass(frozen=True)
class Column(Generic[Dtype_co]):
    """One column of a contract; `unit` is empty for names and flags."""

    name: str
    dtype: Dtype_co
    meaning: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Table(Generic[Dtype_co]):
    """A table that crosses a border; `open_ended` tables may carry further columns."""

    name: str
    meaning: str
    columns: tuple[Column[Dtype_co], ...]
    open_ended: bool = False

    @property
    def schema(self) -> dict[str, Dtype_co]:
        """Column names with their types, in order."""
        return {column.name: column.dtype for column in self.columns}


EVENTS: Table[PolarsDtype] = Table(
    "events",
    "One row a touch: something that happened between a customer and the business.",
    (
        Column("customer_id", pl.String, "who"),
        Column("occurred_at", INSTANT, "when it happened", "instant UTC"),
        Column("known_at", INSTANT, "when our data first had it", "instant UTC"),
        Column("channel", pl.String, "where: web, email, whatsapp, call, store, ..."),
        Column("step", pl.String, "what kind of touch: purchase, ticket_opened, ..."),
        Column("value", pl.Int64, "money", f"1/{SCALE} of the currency unit", nullable=True),
        Column("sentiment", pl.Int64, "from -1 to 1", f"1/{SCALE}", nullable=True),
        Column("source", pl.String, "the source in the workspace that it came from"),
        Column("source_key", pl.String, "unique within the source; makes re-reading idempotent"),
    ),
)

CUSTOMERS: Table[PolarsDtype] = Table(
    "customers",
    "What is known of a customer, as a slowly changing history; one row a version.",
    (
        Column("customer_id", pl.String, "who"),
        Column("valid_from", INSTANT, "from when the version holds", "instant UTC"),
        Column("known_at", INSTANT, "when our data first had it", "instant UTC"),
        Column("source", pl.String, "the source in the workspace that it came from"),
    ),
    open_ended=True,
)

STAGES: Table[PolarsDtype] = Table(
    "stages",
    "One row an entry into a stage, stated by a source or derived by the workspace's rules.",
    (
        Column("customer_id", pl.String, "who"),
        Column("stage", pl.String, "the stage that was entered"),
        Column("entered_at", INSTANT, "when it was entered", "instant UTC"),
        Column("known_at", INSTANT, "when our data first had it", "instant UTC"),
        Column("direction", pl.String, "enter, advance, skip, regress, exit or reentry"),
        Column("said_by", pl.String, "the source that stated it, or `rule`"),
    ),
)

QUARANTINE: Table[PolarsDtype] = Table(
    "quarantine",
    "Rows that could not be read; nothing is dropped in silence.",
    (
        Column("source", pl.String, "the source in the workspace"),
        Column("row", pl.Int64, "row number in the source, from 1", "rows"),
        Column("reason", pl.String, "a code: bad_time, no_customer, not_a_number, duplicate, ..."),
        Column("column", pl.String, "the contract column at fault", nullable=True),
    ),
)


def check(table: Table[PolarsDtype], raw_frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the contract's columns first, or `ContractBroken` naming each fault."""
    faults = list(_faults(table, raw_frame))
    if faults:
        raise ContractBroken("; ".join(faults), where=f"table {table.name}")
    extra = [name for name in raw_frame.columns if name not in table.schema]
    return raw_frame.select(*table.schema, *extra)


def _faults(table: Table[PolarsDtype], frame: pl.DataFrame) -> Iterator[str]:
    for column in table.columns:
        if column.name not in frame.columns:
            yield f"column {column.name} is missing"
        elif frame.schema[column.name] != column.dtype:
            yield f"column {column.name} is {frame.schema[column.name]}, not {column.dtype}"
        elif not column.nullable and frame[column.name].null_count():
            yield f"column {column.name} has empty cells"
    if not table.open_ended:
        for name in frame.columns:
            if name not in table.schema:
                yield f"column {name} is not in the contract"
