"""What is told of some customers: tables by their contracts, with all versions of their rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Protocol, cast, runtime_checkable

import polars as pl

from features.contracts import (
    CONTRACTS,
    CUSTOMERS,
    STAGE_HISTORY,
    STAGES,
    PolarsDtype,
    Table,
)
from features.known.needs import Needs


def _none_of(table: Table[PolarsDtype]) -> pl.DataFrame:
    return pl.DataFrame(schema=table.schema)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Every row of some customers and of nobody else: the unit of work.

    `stages` holds what sources state, in their own words; `stage_history` what stages were made of
    it. `ordered` promises that the events stand as the lake stores them: by customer and time,
    equals by source, key and when they were known.
    """

    events: pl.DataFrame
    customers: pl.DataFrame = field(default_factory=lambda: _none_of(CUSTOMERS))
    contracts: pl.DataFrame = field(default_factory=lambda: _none_of(CONTRACTS))
    stages: pl.DataFrame = field(default_factory=lambda: _none_of(STAGES))
    stage_history: pl.DataFrame = field(default_factory=lambda: _none_of(STAGE_HISTORY))
    ordered: bool = False

    def table(self, name: str) -> pl.DataFrame:
        """One of the tables."""
        return cast("pl.DataFrame", getattr(self, name))

    def everyone(self) -> pl.Series:
        """Every customer of whom there are facts that are not about stages, sorted."""
        tables = (self.events, self.customers, self.contracts)
        return pl.concat([table["customer_id"].unique() for table in tables]).unique().sort()

    def map(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> "Told":
        """The same with each table changed; what is changed is no longer ordered."""
        changed = {name: change(self.table(name)) for name in TABLES}
        return replace(self, **changed, ordered=False)


class Parts(Protocol):
    """What is told of everyone, part after part; may be gone through several times."""

    def __len__(self) -> int:
        """How many parts there are."""
        ...

    def __getitem__(self, at: int, /) -> Told:
        """One part; each tells of other customers."""
        ...

    def __iter__(self) -> Iterator[Told]:
        """The parts, one after the other."""
        ...


@runtime_checkable
class Stored(Protocol):
    """Parts that lie in files, of which no more need be read than is asked for."""

    def narrowed(self, needs: Needs) -> Parts:
        """The same parts with only the tables and columns that are needed."""
        ...


def narrowed(parts: Parts, needs: Needs) -> Parts:
    """Parts with at least what features need, and not much more where that saves reading."""
    return parts.narrowed(needs) if isinstance(parts, Stored) else parts


TABLES = tuple(one.name for one in fields(Told) if one.name != "ordered")
"""The names of the tables that are told."""
