"""The whole catalog of the made-up journeys, streamed to Parquet.

Out of a lake at twelve cutoffs; out of raw events at one cutoff, and out of ten times as many.
"""

import sys
from functools import partial
from math import log10
from pathlib import Path

import journey_events
import journey_lake
from bench_log import BUILD, append, figure
from panel_work import CUTOFFS, SIZES
from processes import in_turns, peak_mib, run, seconds
from whole_stream import END

TOLD = ("features", "rows", "written_mib", "seconds", "cpu_seconds", "peak_mib", "others_cores")


def place(size: str) -> Path:
    """Where the journeys of one size lie, which are made unless they are there already."""
    folder = BUILD / "bench" / f"journeys-{size}"
    journey_events.write(folder, size)
    return folder


def noted(name: str, runs: list[dict]) -> list[dict]:
    """The same runs, with the last one printed and recorded."""
    line = {"name": name} | {told: runs[-1][told] for told in TOLD}
    append("bench.jsonl", line)
    print(line)
    return runs


def from_lake(size: str) -> None:
    """Every family at twelve cutoffs."""
    folder = place(size)
    if not (folder / "lake" / "manifest.json").exists():
        journey_lake.ingest(folder, END)
    program = partial(run, "whole_stream.py", "lake", len(CUTOFFS), folder)
    runs = noted(f"whole-catalog-{size}", in_turns({size: program})[size])
    figure("whole-catalog, time", size, seconds(runs), "s", at_most=60)
    figure("whole-catalog, memory", size, peak_mib(runs), "MiB", at_most=4096)


def from_raw(size: str) -> None:
    """Every family of events at one cutoff, at one size and at ten times as many events."""
    tenfold = next(name for name in SIZES if SIZES[name][0] == 10 * SIZES[size][0])
    program = partial(run, "whole_stream.py", "raw", 1)
    turns = in_turns({name: partial(program, place(name)) for name in (size, tenfold)})
    for name, runs in turns.items():
        noted(f"whole-catalog-raw-{name}", runs)
    slope = log10(seconds(turns[tenfold]) / seconds(turns[size]))
    figure(f"whole-catalog-raw, slope to {tenfold}", size, slope, "(1 is linear)", at_most=1.1)
    peak = peak_mib(turns[tenfold])
    figure(f"whole-catalog-raw-{tenfold}, memory", size, peak, "MiB", at_most=6144)


def main(size: str) -> None:
    """Both, from one size on."""
    from_lake(size)
    from_raw(size)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
