"""The panel in memory: ours, what a user would pick instead, and the floor of reading and sorting.

At each size the contenders that can do it take turns, each run a process of its own, and the
medians are compared; one that takes longer than `PATIENCE_SECONDS` has one turn. The benchmark
fails unless all panels are the same.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import panel_events
from bench_log import BUILD, record, table
from environments import python_of
from panel_work import SIZES, differences
from processes import run

REPETITIONS = 3
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Contender:
    """A program beside ours, and the sizes that it can do; `environment` names one of its own."""

    name: str
    program: str
    sizes: str
    arguments: tuple[str, ...] = ()
    environment: str = ""

    def turn(self, folder: Path) -> dict:
        """One run on the events of a folder."""
        python = python_of(self.environment) if self.environment else sys.executable
        return run(self.program, *self.arguments, folder, python=python)


OURS = Contender("ours", "panel_ours.py", "S M L")
OTHERS = (
    Contender("read and sort by key", "panel_sort.py", "S M L", ("key",)),
    Contender("read and sort by two columns", "panel_sort.py", "S M L", ("columns",)),
    Contender("duckdb range join", "panel_duckdb.py", "S M L"),
    Contender("pandas", "panel_pandas.py", "S M L"),
    Contender("churnkit", "panel_churnkit.py", "S M", environment="churnkit"),
    Contender("featuretools", "panel_featuretools.py", "S M", environment="featuretools"),
)


def main(largest: str) -> None:
    """Compare at every size up to the largest, and print one table."""
    sizes = list(SIZES)[: list(SIZES).index(largest) + 1]
    rows = [row for size in sizes if size in OURS.sizes.split() for row in compared(size)]
    print(table(("size", "who", "seconds", "against ours", "peak MiB", "others' cores"), rows))


def compared(size: str) -> Iterator[tuple[str, ...]]:
    """The rows of the table for one size; each comparison is recorded."""
    folder = BUILD / "bench" / size
    panel_events.write(folder, size)
    contenders = [OURS, *(other for other in OTHERS if size in other.sizes.split())]
    turns = taken(contenders, folder)
    for contender, runs in turns.items():
        _refuse_different(contender, turns[OURS][-1], runs[-1])
        yield _row(size, contender, runs, _seconds(turns[OURS]))
        if contender is not OURS:
            record(
                f"panel-core-{size}",
                ours_seconds=_seconds(turns[OURS]),
                rival=contender.name,
                rival_seconds=_seconds(runs),
                peak_mib=max(one["peak_mib"] for one in turns[OURS]),
            )


def taken(contenders: list[Contender], folder: Path) -> dict[Contender, list[dict]]:
    """What each contender reports of its turns."""
    turns: dict[Contender, list[dict]] = {contender: [] for contender in contenders}
    for _ in range(REPETITIONS):
        for contender, runs in turns.items():
            if not runs or runs[-1]["seconds"] <= PATIENCE_SECONDS:
                runs.append(contender.turn(folder))
    return turns


def _refuse_different(contender: Contender, ours: dict, theirs: dict) -> None:
    different = differences(ours["checksum"], theirs.get("checksum", {}))
    if different:
        sys.exit(f"the panel of {contender.name} differs: " + "; ".join(different[:5]))


def _seconds(runs: list[dict]) -> float:
    return median(one["seconds"] for one in runs)


def _row(size: str, contender: Contender, runs: list[dict], ours: float) -> tuple[str, ...]:
    return (
        size,
        contender.name,
        f"{_seconds(runs):.2f}",
        f"{_seconds(runs) / ours:.2f}",
        f"{max(one['peak_mib'] for one in runs):.0f}",
        f"{max(one['others_cores'] for one in runs):.2f}",
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
