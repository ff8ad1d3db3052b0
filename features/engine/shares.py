"""Events too many for memory, cut into shares of customers on the disk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from features.contracts import EVENTS
from features.engine.spill import Spill
from features.known.told import Told

SHARE_EVENTS = 1 << 22
"""Events that are worked on at a time."""

HELD_BYTES = 1 << 28
"""What is kept in memory before it goes to the disk."""

BATCH_ROWS = 1 << 20


@dataclass(frozen=True)
class Shares:
    """Parts of events, each of other customers; `spill` holds them by number."""

    spill: Spill[int]
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Told]:
        return map(self.__getitem__, range(self.count))

    def __getitem__(self, at: int) -> Told:
        """What is told of the customers of one share."""
        if not 0 <= at < self.count:
            raise IndexError(at)
        frames = [*self.spill.frames(_EMPTY), *self.spill.frames(at)]
        return Told(events=pl.concat(frames) if frames else pl.DataFrame(schema=EVENTS.schema))


_EMPTY = -1
"""Under this number lies a frame without rows, which tells the columns."""


def shared(batches: Iterable[pl.DataFrame], events: int, folder: Path | None = None) -> Shares:
    """Cut about so many events, given some rows at a time, into shares of customers.

    A customer's share is a hash of the id, so that no order of the rows is needed. What does not
    fit in memory goes to a file without a name in `folder`, by default the system's for such.
    """
    count = max(1, -(-events // SHARE_EVENTS))
    spill: Spill[int] = Spill(folder, HELD_BYTES)
    place = (pl.col("customer_id").hash(seed=0) % count).alias("_share")
    for rows in batches:
        if _EMPTY not in spill.names():
            spill.add(_EMPTY, rows.clear())
        parts = rows.with_columns(place).partition_by("_share", as_dict=True, include_key=False)
        for (share,), part in parts.items():
            spill.add(int(share), part)
    return Shares(spill, count)


def batches_of(path: Path, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file, some at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=columns):
            frame = pl.from_arrow(batch)
            if isinstance(frame, pl.DataFrame):
                yield frame
