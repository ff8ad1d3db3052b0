"""Made-up events for the panel benchmark; the same size is the same data every time.

Events per customer follow a lognormal weight; times are uniform over the year at a resolution of
one second, in random order; one event in 500 lies exactly on the edge of a window, so that a wrong
rule for edges changes the checksum.
"""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from panel_work import CHANNELS, CUTOFFS, DAYS, SIZES, START, paths

SHARES = [0.45, 0.25, 0.12, 0.08, 0.10]
SECONDS_A_DAY = 86_400
AT_ONCE = 1_000_000
SCHEMA = pa.schema(
    {
        "customer_id": pa.int32(),
        "ts": pa.timestamp("us"),
        "channel": pa.string(),
        "amount": pa.float64(),
    }
)


def write(folder: Path, size: str) -> None:
    """Write events and customers of one size, unless they are there already."""
    events, customers = paths(folder)
    if customers.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    n_events, n_customers = SIZES[size]
    with pq.ParquetWriter(events, SCHEMA, compression="zstd") as writer:
        for table in _tables(n_events, n_customers):
            writer.write_table(table)
    everyone = pa.array(np.arange(n_customers, dtype=np.int32))
    pq.write_table(pa.table({"customer_id": everyone}), customers)


def _tables(n_events: int, n_customers: int) -> Iterator[pa.Table]:
    rng = np.random.default_rng(20240101)
    edges = shares(rng, n_customers)
    for _, rows in batches(n_events):
        yield _table(rng, edges, rows)


def batches(n_events: int) -> Iterator[tuple[int, int]]:
    """The number of the first event, and how many, of what is made and written at once."""
    for first in range(0, n_events, AT_ONCE):
        yield first, min(AT_ONCE, n_events - first)


def shares(rng: np.random.Generator, n_customers: int) -> np.ndarray:
    """Where each customer's part of all events ends: a few are far busier than most."""
    return np.cumsum(rng.lognormal(0.0, 1.5, n_customers))


def drawn(rng: np.random.Generator, edges: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Whose each event is, and when it happened, in seconds since the start."""
    number = np.searchsorted(edges, rng.random(rows) * edges[-1], side="right")
    return number.clip(0, len(edges) - 1), _seconds(rng, rows)


def _table(rng: np.random.Generator, edges: np.ndarray, rows: int) -> pa.Table:
    customer, seconds = drawn(rng, edges, rows)
    channel = pa.array(CHANNELS).take(pa.array(rng.choice(len(CHANNELS), rows, p=SHARES)))
    amount = np.round(rng.lognormal(2.5, 1.0, rows), 2)
    epoch = int(START.replace(tzinfo=UTC).timestamp())
    at = pa.array((seconds + epoch) * 1_000_000, pa.timestamp("us"))
    names = pa.array(customer.astype(np.int32))
    return pa.table([names, at, channel, pa.array(amount)], schema=SCHEMA)


def _seconds(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Seconds since the start; the grid of seven days holds every cutoff and window's edge."""
    seconds = rng.integers(0, DAYS * SECONDS_A_DAY, rows)
    on_edge = rng.random(rows) < 0.002
    first = (CUTOFFS[0] - START).days
    grid = (first + 7 * rng.integers(-(first // 7), 23, rows)) * SECONDS_A_DAY
    return np.where(on_edge, grid, seconds)
