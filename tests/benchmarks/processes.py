"""Programs of the benchmarks, each run in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from bench_log import HOUSE

HERE = Path(__file__).parent
REPETITIONS = 3
PATIENCE_SECONDS = 20


def in_turns(programs: Mapping[str, Callable[[], dict]]) -> dict[str, list[dict]]:
    """What each program reports of its runs; they take turns, so that a busy minute hits all.

    One that needs longer than `PATIENCE_SECONDS` has one turn.
    """
    turns: dict[str, list[dict]] = {name: [] for name in programs}
    for _ in range(REPETITIONS):
        for name, runs in turns.items():
            if not runs or runs[-1]["seconds"] <= PATIENCE_SECONDS:
                runs.append(programs[name]())
    return turns


def seconds(runs: list[dict]) -> float:
    """The median of what some runs took."""
    return median(one["seconds"] for one in runs)


def cpu_seconds(runs: list[dict]) -> float:
    """The median of what the cores worked for some runs."""
    return median(one["cpu_seconds"] for one in runs)


def peak_mib(runs: list[dict]) -> float:
    """The most memory that one of them held."""
    return max(one["peak_mib"] for one in runs)


def run(
    program: str,
    *arguments: object,
    python: Path | str = sys.executable,
    settings: Mapping[str, str] | None = None,
) -> dict:
    """What one program of this folder reports of its run, with `settings` in its environment.

    `others_cores` is added: how many cores the rest of the machine kept busy meanwhile.
    """
    command = [str(python), str(HERE / program), *map(str, arguments)]
    started, busy, own = time.perf_counter(), _busy_seconds(), _children_seconds()
    said = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HOUSE,
        env={**os.environ, **(settings or {})},
    )
    elapsed = time.perf_counter() - started
    others = _busy_seconds() - busy - (_children_seconds() - own)
    told = json.loads(said.stdout.splitlines()[-1])
    return told | {"others_cores": round(max(others, 0.0) / elapsed, 2)}


def _busy_seconds() -> float:
    """Seconds that all cores together have worked; 0 where the system does not tell."""
    status = Path("/proc/stat")
    if not status.exists():
        return 0.0
    ticks = [int(word) for word in status.read_text(encoding="utf-8").split("\n")[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
