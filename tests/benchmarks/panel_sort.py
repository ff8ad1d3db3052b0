"""The floor: what it takes Polars to read the events and to sort them by customer and time.

Either by the two columns, as anybody would, or by one integer that holds both.
"""

import json
import sys
from pathlib import Path

import polars as pl
from panel_work import Clock, paths


def by_columns(events: Path) -> pl.DataFrame:
    """All columns, sorted by two of them."""
    return pl.read_parquet(events).sort("customer_id", "ts")


def by_key(events: Path) -> pl.DataFrame:
    """Channel and amount, sorted by customer and time in one integer."""
    rows = pl.read_parquet(events)
    ticks = rows["ts"].to_physical()
    first, last = ticks.min(), ticks.max()
    key = pl.col("customer_id").cast(pl.UInt64) * (1 << (last - first).bit_length())
    key += (pl.col("ts").to_physical() - first).cast(pl.UInt64)
    return rows.select("channel", "amount", key=key).sort("key")


def main(way: str, folder: Path) -> None:
    """One file to sorted rows in memory, timed."""
    clock = Clock()
    {"columns": by_columns, "key": by_key}[way](paths(folder)[0])
    print(json.dumps(clock.told()))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
