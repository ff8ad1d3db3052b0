"""The whole catalog out of core: a lake or raw events in, a folder of Parquet out, timed.

The clock stops when the last file is closed. Raw events come without the other tables, so the
families that read those have nothing to tell.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from shutil import rmtree

import pandas as pd  # noqa: F401  pyarrow imports it at its first array: that is not timed
import polars as pl
import pyarrow.parquet as pq
from journey_events import HISTORY
from journey_lake import ZONE, contracted, whole_catalog
from panel_work import CUTOFFS, DAYS, START, Clock

from features.catalog import Feature
from features.engine.partitions import Local
from features.engine.shares import batches_of, shared
from features.engine.stream import scan, stream
from features.known.told import Parts, Told
from features.lake import open_lake
from features.peers.peers import peers

END = (START + timedelta(days=DAYS)).replace(tzinfo=UTC)
Features = tuple[Feature, ...]


def of_lake(folder: Path) -> tuple[Features, Callable[[], Parts]]:
    """All families, and what gives the partitions of the lake in a folder."""
    snapshot = open_lake(folder / "lake")
    return whole_catalog(snapshot.told(), END), snapshot.told


def of_raw(folder: Path) -> tuple[Features, Callable[[], Parts]]:
    """The families of events, and what cuts the raw ones in a folder into shares."""
    file = folder / HISTORY
    few = pl.scan_parquet(file).head(100_000)
    wanted = whole_catalog([Told(events=contracted(few).collect())], END)
    batches = (contracted(rows.lazy(), wanted).collect() for rows in batches_of(file))
    return wanted, lambda: shared(batches, pq.read_metadata(file).num_rows, folder)


def main(way: str, cutoffs: int, folder: Path) -> None:
    """Files to files at the last of the cutoffs, for everyone with an event."""
    wanted, parts = {"lake": of_lake, "raw": of_raw}[way](folder)
    target = folder / "panel"
    rmtree(target, ignore_errors=True)
    instants = [cutoff.replace(tzinfo=UTC) for cutoff in CUTOFFS[-cutoffs:]]
    clock = Clock()
    given = parts()
    company = peers(given, instants, wanted, ZONE, engine=Local(2))
    files = stream(given, instants, wanted, ZONE, target, peers=company)
    told = clock.told() | {
        "features": len(wanted),
        "rows": scan(target).select(pl.len()).collect().item(),
        "written_mib": round(sum(file.stat().st_size for file in files) / (1 << 20)),
    }
    rmtree(target)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
