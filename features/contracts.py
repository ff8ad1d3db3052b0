"""The tables at the borders between rooms: name, type, unit, nullability, meaning."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from features.errors import ContractBroken
from features.measures import SCALE

INSTANT = pl.Datetime("us", "UTC")

Frame = pl.DataFrame
Series = pl.Series
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
    """A table that crosses a border; `open_ended` tables may carry further columns.

    `clock` names the column that says when what a row tells happened or began.
    """

    name: str
    meaning: str
    columns: tuple[Column[Dtype_co], ...]
    open_ended: bool = False
    clock: str = ""

    @property
    def schema(self) -> dict[str, Dtype_co]:
        """Column names with their types, in order."""
        return {column.name: column.dtype for column in self.columns}


_CUSTOMER = Column("customer_id", pl.String, "who")
_KNOWN = Column("known_at", INSTANT, "when our data first had it", "instant UTC")
_SUPERSEDED = Column(
    "superseded_at", INSTANT, "when a corrected row of its key was known", "instant UTC", True
)
_SOURCE = Column("source", pl.String, "the source in the workspace that it came from")
_KEY = Column("source_key", pl.String, "unique within the source; makes re-reading idempotent")
_VERSION = (_KNOWN, _SUPERSEDED, _SOURCE, _KEY)
_MONEY = f"1/{SCALE} of the currency unit"

EVENTS: Table[PolarsDtype] = Table(
    "events",
    "One row a touch: something that happened between a customer and the business.",
    (
        _CUSTOMER,
        Column("occurred_at", INSTANT, "when it happened", "instant UTC"),
        Column("channel", pl.String, "where: web, email, whatsapp, call, store, ..."),
        Column("step", pl.String, "what kind of touch: purchase, ticket_opened, ..."),
        Column("value", pl.Int64, "money", _MONEY, nullable=True),
        Column("sentiment", pl.Int64, "from -1 to 1", f"1/{SCALE}", nullable=True),
        *_VERSION,
    ),
    open_ended=True,
    clock="occurred_at",
)

CUSTOMERS: Table[PolarsDtype] = Table(
    "customers",
    "What is known of a customer, as a slowly changing history; one row a version.",
    (
        _CUSTOMER,
        Column("valid_from", INSTANT, "from when the version holds", "instant UTC"),
        _KNOWN,
        _SUPERSEDED,
        _SOURCE,
    ),
    open_ended=True,
    clock="valid_from",
)

CONTRACTS: Table[PolarsDtype] = Table(
    "contracts",
    "One row a term of a contract; a renewal is a row of its own.",
    (
        _CUSTOMER,
        Column("contract", pl.String, "names the contract that its terms share", nullable=True),
        Column("starts_at", INSTANT, "when the term begins", "instant UTC"),
        Column("ends_at", INSTANT, "when it ends; none if it is open", "instant UTC", True),
        Column("cancelled_at", INSTANT, "when notice was given", "instant UTC", nullable=True),
        Column("amount", pl.Int64, "money for the whole term", _MONEY, nullable=True),
        Column("voluntary", pl.Boolean, "whether the customer wanted its end", nullable=True),
        *_VERSION,
    ),
    clock="starts_at",
)

STAGES: Table[PolarsDtype] = Table(
    "stages",
    "One row an entry into a stage, as a source states it.",
    (
        _CUSTOMER,
        Column("stage", pl.String, "the stage that was entered"),
        Column("entered_at", INSTANT, "when it was entered", "instant UTC"),
        *_VERSION,
    ),
    clock="entered_at",
)

SUPPRESSIONS: Table[PolarsDtype] = Table(
    "suppressions",
    "Who must not be scored or contacted.",
    (
        _CUSTOMER,
        Column("channel", pl.String, "the channel it is about; none means every", nullable=True),
        Column("purpose", pl.String, "the purpose it is about; none means every", nullable=True),
        Column("starts_at", INSTANT, "from when it holds", "instant UTC"),
        Column("ends_at", INSTANT, "until when; none means for good", "instant UTC", True),
        *_VERSION,
    ),
    clock="starts_at",
)

OUTREACH: Table[PolarsDtype] = Table(
    "outreach",
    "Who was treated and who was held out.",
    (
        _CUSTOMER,
        Column("assigned_at", INSTANT, "when the arm was drawn", "instant UTC"),
        Column("arm", pl.String, "treated or control"),
        Column("action", pl.String, "what was done, or would have been", nullable=True),
        Column("channel", pl.String, "by which channel", nullable=True),
        Column("probability", pl.Float64, "of the arm that was drawn", "0 to 1", nullable=True),
        *_VERSION,
    ),
    clock="assigned_at",
)

SPEND: Table[PolarsDtype] = Table(
    "spend",
    "What a campaign cost on a business day; it has no customer.",
    (
        Column("spent_at", INSTANT, "first instant of the business day", "instant UTC"),
        Column("channel", pl.String, "paid_search, paid_social, ..."),
        Column("campaign", pl.String, "the campaign", nullable=True),
        Column("cost", pl.Int64, "money", _MONEY),
        Column("impressions", pl.Int64, "how often it was shown", "times", nullable=True),
        Column("clicks", pl.Int64, "how often it was followed", "times", nullable=True),
        *_VERSION,
    ),
    clock="spent_at",
)

INPUTS = {
    table.name: table
    for table in (EVENTS, CUSTOMERS, CONTRACTS, STAGES, SUPPRESSIONS, OUTREACH, SPEND)
}
"""The tables that sources may fill."""

DIRECTIONS = ("advance", "enter", "exit", "reentry", "regress", "skip", "stay")
"""What a move between stages may be."""

STAGE_HISTORY: Table[PolarsDtype] = Table(
    "stage_history",
    "One row an entry into a stage, stated by a source or derived by the workspace's rules.",
    (
        _CUSTOMER,
        Column("stage", pl.String, "the stage that was entered"),
        Column("entered_at", INSTANT, "when it was entered", "instant UTC"),
        _KNOWN,
        _SUPERSEDED,
        Column("direction", pl.String, f"one of {', '.join(DIRECTIONS)}"),
        Column("said_by", pl.String, "the source that stated it, or `rule`"),
    ),
    clock="entered_at",
)

QUARANTINE: Table[PolarsDtype] = Table(
    "quarantine",
    "Rows that could not be read; nothing is dropped in silence.",
    (
        Column("source", pl.String, "the source in the workspace"),
        Column("file", pl.String, "its file, from the workspace's folder on", nullable=True),
        Column("row", pl.Int64, "row number in the file, from 1; 0 if it has none", "rows"),
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
