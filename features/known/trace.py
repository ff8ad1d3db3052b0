"""The trace: a table of some customers, sorted once by customer and time.

Customer and time are packed into one 64-bit key, which sorts in well under half the time of two
columns and lets one binary search find a customer's position at an instant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from features.known.compact import coding, compact, runs, tie_columns, words_of
from features.known.needs import Needs
from features.known.told import Told

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Columns = dict[str, Ints]

KEY_BITS = 63
TICKS = (86_400_000_000, 1_000_000, 1_000, 1)
"""Microseconds in a day, a second, a millisecond, itself: the coarsest that loses nothing wins."""


@dataclass(frozen=True)
class Packing:
    """How an instant becomes the low bits of a key: `(instant - origin) / tick`."""

    origin: int
    tick: int
    bits: int

    def pack(self, instants: Ints) -> Keys:
        """Low bits such that an event lies before an instant just if its own are smaller."""
        ticks = -((self.origin - instants) // self.tick)
        return np.clip(ticks, 0, (1 << self.bits) - 1).astype(np.uint64)

    def unpack(self, key: Keys) -> Ints:
        """The instants, in microseconds, of some keys."""
        low = key & np.uint64((1 << self.bits) - 1)
        return low.astype(np.int64) * self.tick + self.origin


@dataclass(frozen=True)
class Trace:
    """Sorted rows of `customers` (sorted; those without rows included).

    `key` and `columns` have one entry a row; `code` and `starts` (its first row) one a customer.
    """

    customers: pl.Series
    code: Keys
    key: Keys
    packing: Packing
    columns: Columns
    words: dict[str, tuple[str, ...]]
    starts: Ints

    @property
    def ends(self) -> Ints:
        """The row after each customer's last."""
        return np.append(self.starts[1:], len(self.key))

    def word(self, column: str, text: str) -> int:
        """The integer that stands for a word in its column; `KeyError` if no feature needs it."""
        known = self.words[column]
        if text not in known:
            raise KeyError(column, text)
        return known.index(text)

    def chunk(self, first: int, last: int) -> "Trace":
        """The same trace for the customers `first:last` alone, without copying."""
        rows = slice(int(self.starts[first]), int(self.ends[last - 1]))
        return replace(
            self,
            customers=self.customers[first:last],
            code=self.code[first:last],
            key=self.key[rows],
            columns={name: column[rows] for name, column in self.columns.items()},
            starts=self.starts[first:last] - rows.start,
        )

    def keep(self, rows: Flags, customers: Ints) -> "Trace":
        """A trace of these customers (positions) alone, with those of their events in `rows`."""
        wanted = np.zeros(len(self.customers), dtype=np.bool_)
        wanted[customers] = True
        rows = rows & np.repeat(wanted, self.ends - self.starts)
        key, code = self.key[rows], self.code[customers]
        return replace(
            self,
            customers=self.customers[customers],
            code=code,
            key=key,
            columns={name: column[rows] for name, column in self.columns.items()},
            starts=np.searchsorted(key, code << np.uint64(self.packing.bits)),
        )


def traces(
    told: Told, customers: pl.Series | None, cutoffs: Sequence[int], needs: Needs
) -> Iterator[dict[str, Trace]]:
    """Sort tables into traces by name; several times only where customers and time overflow a key.

    Only the columns that are needed must be there, and a missing `known_at` means known when it
    happened. Without `customers`, everyone with an event is taken. Traces have a column
    `superseded_at` only where a row is superseded. `cutoffs` are microseconds.
    """
    known: dict[str, pl.Expr] = {}
    if customers is None and told.ordered:
        customers, inorder = runs(told.events["customer_id"])
        known["events"] = pl.lit(inorder)
    else:
        some = told.events["customer_id"] if customers is None else customers
        customers = some.unique().sort()
    parts = {
        name: _Part.of(name, told, customers, known.get(name), needs, cutoffs)
        for name in ("events", *sorted(needs.tables - {"events"}))
    }
    codes = parts["events"].codes
    bits = KEY_BITS - max(part.packing.bits for part in parts.values())
    for share in _shares(codes, bits):
        yield {name: part.sort(customers[share], codes[share]) for name, part in parts.items()}


@dataclass(frozen=True)
class _Part:
    """One table as integers, with the codes of all customers."""

    name: str
    rows: pl.DataFrame
    codes: Keys
    packing: Packing
    words: dict[str, tuple[str, ...]]
    ordered: bool

    @classmethod
    def of(
        cls,
        name: str,
        told: Told,
        customers: pl.Series,
        code: pl.Expr | None,
        needs: Needs,
        cutoffs: Sequence[int],
    ) -> "_Part":
        table = told.table(name)
        ordered = told.ordered and name == "events"
        coder, codes = coding(table.schema["customer_id"], customers)
        coder = coder if code is None else code
        by_order = not ordered and (bool(needs.sequence) or name != "events")
        rows = compact(name, table, coder, needs, ties=by_order)
        packing = _packing(rows["at"], cutoffs)
        return cls(name, rows, codes.to_numpy(), packing, words_of(name, needs), ordered)

    def sort(self, customers: pl.Series, codes: Keys) -> Trace:
        """Pack and sort the rows of these customers."""
        lowest, highest = (int(codes[0]), int(codes[-1])) if len(codes) else (1, 0)
        low = ((pl.col("at") - self.packing.origin) // self.packing.tick).cast(pl.UInt64)
        high = (pl.col("code") - lowest) * (1 << self.packing.bits)
        columns = [name for name in self.rows.columns if name not in {"code", "at"}]
        packed = self.rows.lazy()
        if not self.ordered or len(codes) < len(self.codes) or self.rows["code"].null_count():
            packed = packed.filter(pl.col("code").is_between(lowest, highest))
        packed = packed.select((high + low).alias("key"), *columns)
        if not self.ordered:
            packed = packed.sort("key", maintain_order=True)
        frame = _untied(self.name, packed.collect())
        codes = codes - np.uint64(lowest)
        key = frame["key"].to_numpy()
        starts = np.searchsorted(key, codes << np.uint64(self.packing.bits))
        ends = np.searchsorted(key, (codes + np.uint64(1)) << np.uint64(self.packing.bits))
        if (ends - starts).sum() < len(key):
            frame = frame[_between(starts, ends, len(key))]
            key = frame["key"].to_numpy()
            starts = np.searchsorted(key, codes << np.uint64(self.packing.bits))
        return Trace(
            customers=customers,
            code=codes,
            key=key,
            packing=self.packing,
            columns={name: frame[name].to_numpy() for name in frame.columns if name != "key"},
            words=self.words,
            starts=starts,
        )


def _untied(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Sorted rows of which those of one customer and instant stand in the order of their texts.

    Few rows are tied as a rule, so that they alone are sorted by more than the key.
    """
    texts = [name for name in frame.columns if name.startswith("_")]
    if not texts:
        return frame
    key = frame["key"]
    same = key == key.shift()
    tied = (same | same.shift(-1)).fill_null(value=False).arg_true()
    if len(tied):
        order = np.arange(frame.height)
        rows = frame[tied].with_row_index("_row")
        within = rows.sort("key", *tie_columns(name, rows.drop("_row")))["_row"]
        order[tied.to_numpy()] = tied.gather(within).to_numpy()
        frame = frame[pl.Series(order)]
    return frame.drop(texts)


def _packing(at: pl.Series, cutoffs: Sequence[int]) -> Packing:
    instants = pl.concat([pl.Series(cutoffs, dtype=pl.Int64), at]).to_numpy()
    first, last = int(instants.min()), int(instants.max())
    tick = next(tick for tick in TICKS if (at % tick == 0).all())
    origin = first - first % tick
    return Packing(origin=origin, tick=tick, bits=((last - origin) // tick + 2).bit_length())


def _shares(codes: Keys, bits: int) -> Iterator[slice]:
    """Runs of customers whose codes, counted from the first of the run, fit `bits`."""
    if not len(codes):
        yield slice(0, 0)
    first = 0
    while first < len(codes):
        limit = int(codes[first]) + (1 << bits)
        last = int(np.searchsorted(codes, np.uint64(min(limit, (1 << 64) - 1))))
        yield slice(first, last)
        first = last


def _between(starts: Ints, ends: Ints, rows: int) -> pl.Series:
    """Numbers of the rows that belong to a customer who was asked for."""
    edges = np.zeros(rows + 1, dtype=np.int64)
    np.add.at(edges, starts, 1)
    np.subtract.at(edges, ends, 1)
    return pl.Series(np.flatnonzero(np.cumsum(edges[:-1])))
