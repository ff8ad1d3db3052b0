"""What had been told by an instant: everything later deleted, as if nobody had known it yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from features.known.compact import CLOCKS
from features.known.needs import Needs
from features.known.told import TABLES, Parts, Told, narrowed


@dataclass(frozen=True)
class Beforehand:
    """Parts without any row that happened, was known or was corrected at an instant or later.

    What lies in files is deleted as it is read; the files stay as they are.
    """

    parts: Parts
    instant: datetime

    def narrowed(self, needs: Needs) -> "Beforehand":
        """The same with only the tables and columns that are needed."""
        return replace(self, parts=narrowed(self.parts, needs))

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Told]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, at: int, /) -> Told:
        """One part, without what came later."""
        return told_by(self.parts[at], self.instant)


def told_by(told: Told, instant: datetime) -> Told:
    """The rows of each table that had happened and were known before an instant.

    A row that was superseded only later stands again as if nothing had been known against it.
    """
    return replace(told, **{name: _before(name, told.table(name), instant) for name in TABLES})


def only(told: Told, customers: Sequence[str]) -> Told:
    """What is told of some customers."""
    some = pl.Series(customers, dtype=pl.String).implode()
    return told.map(lambda rows: rows.filter(pl.col("customer_id").is_in(some)))


def _before(name: str, rows: pl.DataFrame, instant: datetime) -> pl.DataFrame:
    clocks = [clock for clock in (CLOCKS[name], "known_at") if clock in rows.columns]
    kept = rows.filter(*(pl.col(clock) < instant for clock in clocks))
    if "superseded_at" not in rows.columns:
        return kept
    end = pl.col("superseded_at")
    return kept.with_columns(superseded_at=pl.when(end < instant).then(end))
