"""The whole catalog of the made-up journeys in a lake, at twelve cutoffs, streamed to Parquet."""

import sys
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

import journey_events
import journey_lake
from bench_log import BUILD, append, figure
from panel_work import CUTOFFS, DAYS, START
from processes import in_turns, peak_mib, run, seconds

TOLD = ("features", "rows", "written_mib", "cpu_seconds", "others_cores")
END = (START + timedelta(days=DAYS)).replace(tzinfo=UTC)


def prepare(folder: Path, size: str) -> None:
    """The journeys of one size in a lake, unless they are there already."""
    journey_events.write(folder, size)
    if not (folder / "lake" / "manifest.json").exists():
        journey_lake.ingest(folder, END)


def main(size: str) -> None:
    """Build at one size, and judge time and memory."""
    folder = BUILD / "bench" / f"journeys-{size}"
    prepare(folder, size)
    program = partial(run, "whole_stream.py", len(CUTOFFS), folder)
    runs = in_turns({"whole": program})["whole"]
    line = {"name": f"whole-catalog-{size}"} | {name: runs[-1][name] for name in TOLD}
    append("bench.jsonl", line)
    print(line)
    figure(f"whole-catalog-{size}, time", seconds(runs), "s", at_most=60)
    figure(f"whole-catalog-{size}, memory", peak_mib(runs), "MiB", at_most=4096)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
