"""The journey map of a million customers with ten events each, counted out of a lake."""

import json
import sys
from functools import partial
from pathlib import Path

import journey_events
import journey_lake
from bench_log import BUILD, append, figure
from panel_work import Clock
from processes import in_turns, peak_mib, run, seconds
from whole_stream import END

from features.journey_map import journey_map
from features.lake import open_lake

CUSTOMERS = {"S": 10_000, "M": 100_000, "L": 1_000_000}
EVENTS_EACH = 10
PERSONAS = {"premium": "plan = 'premium'", "large": "seats >= 100"}


def place(size: str) -> Path:
    """The folder with the lake of one size, made unless it is there already."""
    folder = BUILD / "bench" / f"journey-map-{size}"
    journey_events.write_many(folder, EVENTS_EACH * CUSTOMERS[size], CUSTOMERS[size])
    if not (folder / "lake" / "manifest.json").exists():
        journey_lake.ingest(folder, END)
    return folder


def count(folder: Path) -> None:
    """Print one JSON line: what counting took, and how many cells there are."""
    snapshot = open_lake(folder / "lake")
    clock = Clock()
    found = journey_map(
        snapshot.told(),
        snapshot.table("spend"),
        cutoff=snapshot.as_of,
        zone=journey_lake.ZONE,
        order=journey_lake.STAGE_PARAMS.order,
        exits=journey_lake.STAGE_PARAMS.exits,
        personas=PERSONAS,
    )
    cells = {name: len(table) for name, table in vars(found).items() if hasattr(table, "columns")}
    print(json.dumps(clock.told() | {"cells": cells}))


def main(size: str) -> None:
    """The map of one size, in processes of its own."""
    program = partial(run, "journey_map.py", place(size))
    runs = in_turns({size: program})[size]
    append("bench.jsonl", {"name": f"journey-map-{size}"} | runs[-1])
    figure("journey-map, time", size, seconds(runs), "s", at_most=40)
    figure("journey-map, memory", size, peak_mib(runs), "MiB", at_most=4096)


if __name__ == "__main__":
    told = sys.argv[1] if len(sys.argv) > 1 else "L"
    if told in CUSTOMERS:
        main(told)
    else:
        count(Path(told))
