"""Our panel out of core: raw events in, a folder of Parquet out, the clock stopped at its close."""

import json
import sys
from collections import Counter
from datetime import UTC
from pathlib import Path
from shutil import rmtree
from zoneinfo import ZoneInfo

import pandas as pd  # noqa: F401  pyarrow imports it at its first array: that is not timed
import panel_ours
import polars as pl
import pyarrow.parquet as pq
from panel_work import CUTOFFS, Clock, checksum, paths

from features.engine.shares import batches_of, shared
from features.engine.stream import stream


def main(cutoffs: int, folder: Path) -> None:
    """Files to files at the last of the cutoffs, timed; and the checksum of what was written."""
    target = folder / "panel"
    rmtree(target, ignore_errors=True)
    instants = [cutoff.replace(tzinfo=UTC) for cutoff in CUTOFFS[-cutoffs:]]
    clock = Clock()
    events, _ = paths(folder)
    batches = (panel_ours.contracted(rows.lazy()).collect() for rows in batches_of(events))
    parts = shared(batches, pq.read_metadata(events).num_rows, folder)
    files = stream(parts, instants, panel_ours.features(), ZoneInfo("UTC"), target)
    told = clock.told()
    told["written_mib"] = sum(file.stat().st_size for file in files) / (1 << 20)
    totals = Counter[str]()
    for file in files:
        totals.update(checksum(*panel_ours.checksum_arguments(pl.read_parquet(file))))
    rmtree(target)
    print(json.dumps(told | {"checksum": totals}))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
