"""Cells of a table of counts: rows that share all their words, packed into one integer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from features.known.trace import Flags, Ints

_CELL, _WHO = "cell", "who"


class Coded(NamedTuple):
    """One word a row, by its place among `words`."""

    codes: Ints
    words: Sequence[str] | Sequence[int]

    def at(self, rows: Ints | Flags) -> "Coded":
        """The words of some rows."""
        return Coded(self.codes[rows], self.words)


def numbers(codes: Ints, most: int) -> Coded:
    """Numbers below `most` that stand for themselves."""
    return Coded(codes, range(most))


def counted(
    by: Mapping[str, Coded],
    count: str,
    sums: Mapping[str, Ints | Flags] | None = None,
    distinct: tuple[str, Ints] | None = None,
) -> pl.DataFrame:
    """One row a cell that occurs: its words, the number of rows as `count`, and some sums.

    `distinct` are the name of a column and the integers of which the different ones are counted.
    """
    cell = np.zeros(len(next(iter(by.values())).codes), dtype=np.int64)
    for codes, words in by.values():
        cell = cell * len(words) + codes
    rows = pl.DataFrame({_CELL: cell, **(sums or {})}).lazy()
    totals = [pl.col(name).cast(pl.Int64).sum() for name in sums or {}]
    found = rows.group_by(_CELL).agg(pl.len().cast(pl.Int64).alias(count), *totals).collect()
    if distinct:
        found = found.join(_distinct(cell, *distinct), on=_CELL)
    return found.select(**_words(found[_CELL], by), **found.drop(_CELL).to_dict())


def merged(parts: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """The cells of several parts as one table, sorted by its words."""
    return pl.concat(parts).group_by(*keys).agg(pl.all().sum()).sort(*keys)


def _distinct(cell: Ints, name: str, whose: Ints) -> pl.DataFrame:
    pairs = pl.DataFrame({_CELL: cell, _WHO: whose}).lazy()
    return pairs.group_by(_CELL).agg(pl.col(_WHO).n_unique().cast(pl.Int64).alias(name)).collect()


def _words(cell: pl.Series, by: Mapping[str, Coded]) -> dict[str, pl.Series]:
    """The word of each key for each cell, unpacked from the last key to the first."""
    told: dict[str, pl.Series] = {}
    for name, (_, words) in reversed(tuple(by.items())):
        told[name] = pl.Series(name, words)[cell % len(words)]
        cell = cell // len(words)
    return dict(reversed(tuple(told.items())))
