"""Where a customer's rows lie: a partition by a hash of the id, and their order within it."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from features.contracts import PolarsDtype, Table

PARTITIONS = 16
_PACKED_BITS = 64
_WORD_BYTES = 8
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


class Places:
    """The partition of each customer, the same in every run and on every machine."""

    def __init__(self, count: int = PARTITIONS) -> None:
        self.count = count

    def of(self, customers: pl.Series) -> pl.Series:
        """A number from 0 for each id: a hash of its last sixteen bytes, without a loop.

        Ids that differ only before these lie together, which is no harm.
        """
        second, first = _last_bytes(customers)
        mixed = _mixed(second ^ _mixed(first))
        return pl.Series("place", (mixed % np.uint64(self.count)).astype(np.uint16))

    def split(self, rows: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
        """Rows by the partition of their customer; without a customer all are in the first."""
        if "customer_id" in rows.columns:
            yield from parted(rows, self.of(rows["customer_id"]))
        else:
            yield 0, rows


def _last_bytes(names: pl.Series) -> tuple[Words, Words]:
    """The last eight bytes of each name as a number, and the eight before; none are zero."""
    text = names.rechunk().to_arrow()
    offsets, content = (np.frombuffer(part or b"", np.uint8) for part in text.buffers()[1:])
    ends = offsets.view(np.int64)[text.offset : text.offset + len(text) + 1]
    size = np.diff(ends)
    padded = np.concatenate([np.zeros(2 * _WORD_BYTES, np.uint8), content])
    at_any = np.ndarray(len(padded) - _WORD_BYTES + 1, "<u8", padded, strides=(1,))
    last = at_any[ends[1:] + _WORD_BYTES]
    before = at_any[ends[1:]]
    return _own(last, size), _own(before, size - _WORD_BYTES)


def _own(words: Words, size: Ints) -> Words:
    """Words without what stands before a name that is shorter than they are."""
    foreign = (8 * np.clip(_WORD_BYTES - size, 0, _WORD_BYTES)).astype(np.uint64)
    kept = np.minimum(foreign, np.uint64(_PACKED_BITS - 1))
    return np.where(foreign < np.uint64(_PACKED_BITS), words >> kept << kept, np.uint64(0))


def _mixed(words: Words) -> Words:
    """Every bit depends on all (splitmix64, Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * _FACTORS[0]
    words = (words ^ (words >> np.uint64(27))) * _FACTORS[1]
    return words ^ (words >> np.uint64(31))


def parted(rows: pl.DataFrame, places: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """Rows by their places, the lowest first."""
    placed = rows.with_columns(places.alias("_place"))
    parts = placed.partition_by("_place", as_dict=True, maintain_order=False)
    for place in sorted(parts):
        yield int(place[0]), parts[place].drop("_place")


def ordered(rows: pl.DataFrame, table: Table[PolarsDtype]) -> pl.DataFrame:
    """Rows by customer and time, equals by source, key and content: no other order counts.

    Customer and time are packed into one integer where they fit, which sorts much faster than
    two columns; the few rows that share both are put in order afterwards.
    """
    first = [name for name in ("customer_id", table.clock) if name in rows.columns]
    then = [name for name in ("source", "source_key", "known_at") if name in rows.columns]
    ties = [*then, *(name for name in rows.columns if name not in (*first, *then))]
    packed = _packed(rows, table.clock) if len(first) > 1 and rows.height else None
    if packed is None:
        return rows.sort(*first, *ties)
    order = np.argsort(packed.to_numpy())  # several times as fast as Polars' own
    inorder = packed.gather(order)
    same = inorder == inorder.shift()
    tied = (same | same.shift(-1)).fill_null(value=False).arg_true().to_numpy()
    if len(tied):
        group = rows.select(ties)[order[tied]].with_columns(inorder[tied].alias("_packed"))
        among = group.with_row_index("_at").sort("_packed", *ties)["_at"].to_numpy()
        order[tied] = order[tied][among]
    return rows[pl.Series(order.astype(np.uint32))]


def _packed(rows: pl.DataFrame, clock: str) -> pl.Series | None:
    """Customer and time as one number, or None where that needs more bits than there are."""
    at = rows[clock].to_physical()
    first, last = (int(one) for one in (at.to_numpy().min(), at.to_numpy().max()))
    names = rows["customer_id"].unique().sort()
    bits = (last - first).bit_length()
    if names.len().bit_length() + bits > _PACKED_BITS:
        return None
    code = pl.col("customer_id").cast(pl.Enum(names)).to_physical().cast(pl.UInt64)
    low = (pl.col(clock).to_physical() - first).cast(pl.UInt64)
    return rows.lazy().select(code * (1 << bits) + low).collect().to_series()
