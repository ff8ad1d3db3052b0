"""The closed loop of a million customers: report, watch and outcomes, each in its own process.

Four nights of scores in the store, four of ten customers drawn for an experiment that has run for
sixty nights, a pain of the ledger that was mended and two that are still open.
"""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import loop_workspace
import sqlalchemy as sa
from bench_log import append, figure
from journey_map import CUSTOMERS
from panel_work import Clock
from processes import in_turns, peak_mib, run, seconds

from pipelines.loop.outcomes import measure_outcomes
from pipelines.loop.report import write_report
from pipelines.loop.watch import watch_workspace
from pipelines.terminal.progress import timed
from serving.store import Store
from serving.store.loop_tables import matured, pain_measures, watches

SECONDS_MOST = {"report": 60, "watch": 60, "outcomes": 30}
MOST_MIB = 4096


def report(folder: Path) -> dict[str, object]:
    """The page: its size, and how many pains it tells of."""
    written = write_report(folder, None)
    return {"bytes": written.bytes_written, "pains": written.pains}


def watch(folder: Path) -> dict[str, object]:
    """What watching tells: how many alarms, and how many runs have matured."""
    found = watch_workspace(folder, None)
    return {"alarms": len(found.found["alarms"]), "matured": len(found.matured)}


def outcomes(folder: Path) -> dict[str, object]:
    """What the experiment tells: how many draws have matured."""
    return {"matured": measure_outcomes(folder).outcomes.counts["matured"]}


WORK: dict[str, Callable[[Path], dict[str, object]]] = {
    "report": report,
    "watch": watch,
    "outcomes": outcomes,
}


def alone(name: str, folder: Path) -> None:
    """Print one JSON line: what a command took, step by step, and what it found.

    What it keeps in the store is taken out, so that the next turn has the same to do.
    """
    clock = Clock()
    with timed() as steps:
        found = WORK[name](folder)
    print(json.dumps(clock.told() | {"steps": dict(steps)} | found))
    with closing(Store(f"sqlite:///{folder / 'jejak.db'}")) as store:
        for table in (watches, matured, pain_measures):
            store.write(lambda connection, table=table: connection.execute(sa.delete(table)))


def main(size: str) -> None:
    """Each command at one size."""
    folder = loop_workspace.place(size)
    turns = in_turns({name: partial(run, "closed_loop.py", name, folder) for name in WORK})
    for name, runs in turns.items():
        append("bench.jsonl", {"name": f"{name}-{size}"} | runs[-1])
        figure(f"{name}, time", size, seconds(runs), "s", at_most=SECONDS_MOST[name])
        figure(f"{name}, memory", size, peak_mib(runs), "MiB", at_most=MOST_MIB)
    page = turns["report"][-1]["bytes"] / 1e6
    figure("report, page", size, page, "MB", at_most=5)


if __name__ == "__main__":
    given = sys.argv[1:] or ["L"]
    if given[0] in CUSTOMERS:
        main(given[0])
    else:
        alone(given[0], Path(given[1]))
