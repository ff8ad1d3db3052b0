"""Ten million rows into the event lake, against Polars' bare CSV to Parquet of the same file.

Each run is a process of its own, the two take turns, and the medians are compared. Ours runs in
the environment that the command `jejak` gives itself, the rival as Polars comes.
"""

import json
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import rmtree
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from bench_log import BUILD, record
from panel_work import Clock
from processes import in_turns, peak_mib, run, seconds

from features import lake
from features.sources import SourceSpec, read
from pipelines.environment import SETTINGS

ROWS = {"S": 10_000, "M": 1_000_000, "L": 10_000_000}
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = ("purchase", "email_open", "visit", "call", "ticket_opened", "demo")
CHANNELS = ("web", "store", "email", "whatsapp")
TOUCHES = SourceSpec(
    name="touches",
    kind="csv",
    path="touches.csv",
    columns={
        "customer_id": "customer",
        "occurred_at": "time",
        "channel": "channel",
        "step": "step",
        "value": "value",
        "source_key": "key",
    },
)


def write(path: Path, rows: int) -> None:
    """An export of two years, fifty rows a customer, the same in every run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(20260301)
    since = random.integers(0, 730 * 86_400, rows)
    pl.DataFrame(
        {
            "customer": random.integers(0, max(rows // 50, 1), rows),
            "time": np.datetime64("2024-03-01T00:00:00", "us") + since * 1_000_000,
            "step": pl.Series(STEPS)[random.integers(0, len(STEPS), rows)],
            "channel": pl.Series(CHANNELS)[random.integers(0, len(CHANNELS), rows)],
            "value": random.integers(100, 100_000, rows) / 100,
            "key": np.arange(rows),
        }
    ).with_columns(
        pl.format("c{}", "customer").alias("customer"), pl.format("k{}", "key").alias("key")
    ).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")


def ours(path: Path) -> int:
    """Read, check, map and store; the number of events in the lake."""
    root = path.with_name("lake")
    rmtree(root, ignore_errors=True)
    intake = lake.Intake(path.parent)
    reading = read([TOUCHES], path.parent, intake, as_of=AS_OF, zone=ZoneInfo("UTC"))
    stored = lake.write(root, intake, reading).snapshot.manifest.tables["events"]
    return sum(part.rows for part in stored)


def bare(path: Path) -> int:
    """What Polars alone does of it; the number of rows in the Parquet file."""
    target = path.with_suffix(".parquet")
    pl.scan_csv(path).sink_parquet(target)
    return pl.scan_parquet(target).select(pl.len()).collect().item()


def measure(program: str, path: Path) -> None:
    """Run one of the two here, and print what it took."""
    clock = Clock()
    rows = {"ours": ours, "bare": bare}[program](path)
    print(json.dumps(clock.told() | {"rows": rows}))


def main(size: str) -> None:
    """Compare the two at one size."""
    path = BUILD / "bench" / f"ingest-{size}" / TOUCHES.path
    write(path, ROWS[size])
    turns = in_turns(
        {
            "ours": partial(run, "ingest.py", "ours", path, settings=SETTINGS),
            "bare": partial(run, "ingest.py", "bare", path),
        }
    )
    if {one["rows"] for runs in turns.values() for one in runs} != {ROWS[size]}:
        sys.exit("a row was lost")
    record(
        f"ingest-{size}",
        ours_seconds=seconds(turns["ours"]),
        rival="polars csv to parquet",
        rival_seconds=seconds(turns["bare"]),
        peak_mib=peak_mib(turns["ours"]),
    )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else "L")
