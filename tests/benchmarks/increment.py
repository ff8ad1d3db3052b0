"""Tonight's table from a lake that is there already, against a full build from raw events.

The lake holds a year; since yesterday one customer in a hundred was active. Both tables hold every
customer at one cutoff, and are the same to the bit, or the benchmark fails. How long the night's
merge into the lake took is recorded too; it is no part of either.
"""

import shutil
import sys
import time
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

import journey_events
import journey_lake
import polars as pl
from bench_log import BUILD, append, figure, record
from panel_work import DAYS, START
from processes import in_turns, peak_mib, run, seconds

TONIGHT = (START + timedelta(days=DAYS)).replace(tzinfo=UTC)
YESTERDAY = TONIGHT - timedelta(days=1)
ACTIVE_SHARE = 0.01
MERGED = "merged-in-seconds"


def prepare(folder: Path, size: str) -> None:
    """The lake of two nights and the raw events of both, unless they are there already."""
    if (folder / MERGED).exists():
        return
    journeys = folder.with_name(f"journeys-{size}")
    journey_events.write(journeys, size)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "events").mkdir(parents=True)
    for table in journeys.glob("*.parquet"):
        shutil.copy(table, folder)
    events = pl.scan_parquet(journeys / journey_events.HISTORY)
    before = events.filter(pl.col("occurred_at") < YESTERDAY)
    before.sink_parquet(folder / journey_events.HISTORY)
    journey_lake.ingest(folder, YESTERDAY)
    _active(events).write_parquet(folder / "events" / "tonight.parquet")
    started = time.perf_counter()
    journey_lake.ingest(folder, TONIGHT)
    (folder / MERGED).write_text(f"{time.perf_counter() - started:.3f}")


def _active(events: pl.LazyFrame) -> pl.DataFrame:
    """The last day's events of one customer in a hundred."""
    today = events.filter(pl.col("occurred_at") >= YESTERDAY).collect()
    everyone = events.select(pl.col("customer_id").n_unique()).collect().item()
    active = today["customer_id"].unique().sort().head(int(everyone * ACTIVE_SHARE))
    return today.filter(pl.col("customer_id").is_in(active.implode()))


def main(size: str) -> None:
    """Compare the two at one size, for the core columns and for the whole catalog."""
    folder = BUILD / "bench" / f"nights-{size}"
    prepare(folder, size)
    merged = float((folder / MERGED).read_text())
    append("bench.jsonl", {"name": f"increment-merge-{size}", "seconds": merged})
    for wanted in ("core", "whole"):
        compare(size, wanted, folder)


def compare(size: str, wanted: str, folder: Path) -> None:
    """Some columns, both ways."""
    turns = in_turns(
        {way: partial(run, "increment_table.py", way, wanted, folder) for way in ("lake", "raw")}
    )
    if len({one["sha256"] for runs in turns.values() for one in runs}) != 1:
        sys.exit("the two tables differ")
    ours, full = seconds(turns["lake"]), seconds(turns["raw"])
    record(
        f"increment-{wanted}-{size}",
        ours_seconds=ours,
        rival="full build from raw events",
        rival_seconds=full,
        peak_mib=peak_mib(turns["lake"]),
    )
    figure(f"increment-{wanted}", size, ours / full, "of a full build", at_most=0.2)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
