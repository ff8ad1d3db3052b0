"""The panel in memory: ours, what a user would pick instead, and the floor of reading and sorting.

At each size the contenders that can do it take turns, each run a process of its own, and the
medians are compared. The benchmark fails unless all panels are the same.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import panel_events
from bench_log import BUILD, figure, record, table
from environments import python_of
from panel_work import SIZES, differences
from processes import cpu_seconds, in_turns, peak_mib, run, seconds


@dataclass(frozen=True)
class Contender:
    """A program, and the sizes that it can do; `environment` names one of its own."""

    program: str
    sizes: str
    arguments: tuple[str, ...] = ()
    environment: str = ""

    def turn(self, folder: Path) -> dict:
        """One run on the events of a folder."""
        python = python_of(self.environment) if self.environment else sys.executable
        return run(self.program, *self.arguments, folder, python=python)


HEAD = ("size", "who", "seconds", "against ours", "CPU seconds", "peak MiB", "others' cores")
OURS = "ours"
LIMITS = {"read and sort by key": 3, "read and sort by two columns": 3, "duckdb range join": 0.1}
CONTENDERS = {
    OURS: Contender("panel_ours.py", "S M L"),
    "read and sort by key": Contender("panel_sort.py", "S M L", ("key",)),
    "read and sort by two columns": Contender("panel_sort.py", "S M L", ("columns",)),
    "duckdb range join": Contender("panel_duckdb.py", "S M L"),
    "pandas": Contender("panel_pandas.py", "S M L"),
    "churnkit": Contender("panel_churnkit.py", "S M", environment="churnkit"),
    "featuretools": Contender("panel_featuretools.py", "S M", environment="featuretools"),
}


def main(largest: str) -> None:
    """Compare at every size up to the largest, and print one table."""
    sizes = list(SIZES)[: list(SIZES).index(largest) + 1]
    rows = [row for size in sizes for row in compared(size)]
    print(table(HEAD, rows))


def compared(size: str) -> Iterator[tuple[str, ...]]:
    """The rows of the table for one size; each comparison is recorded."""
    folder = BUILD / "bench" / size
    panel_events.write(folder, size)
    able = {name: one for name, one in CONTENDERS.items() if size in one.sizes.split()}
    turns = in_turns({name: partial(one.turn, folder) for name, one in able.items()})
    ours = turns[OURS]
    for name, runs in turns.items():
        _refuse_different(name, ours[-1], runs[-1])
        yield _row(size, name, runs, seconds(ours))
        if name != OURS:
            record(
                f"panel-core-{size}",
                ours_seconds=seconds(ours),
                rival=name,
                rival_seconds=seconds(runs),
                peak_mib=peak_mib(ours),
            )
    for name, at_most in LIMITS.items():
        times = seconds(ours) / seconds(turns[name])
        figure(f"panel-core, ours against {name}", size, times, "times", at_most=at_most)


def _refuse_different(name: str, ours: dict, theirs: dict) -> None:
    different = differences(ours["checksum"], theirs.get("checksum", {}))
    if different:
        sys.exit(f"the panel of {name} differs: " + "; ".join(different[:5]))


def _row(size: str, name: str, runs: list[dict], ours: float) -> tuple[str, ...]:
    return (
        size,
        name,
        f"{seconds(runs):.2f}",
        f"{seconds(runs) / ours:.2f}",
        f"{cpu_seconds(runs):.2f}",
        f"{peak_mib(runs):.0f}",
        f"{max(one['others_cores'] for one in runs):.2f}",
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
