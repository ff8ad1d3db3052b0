"""Programs of the benchmarks, each run in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from bench_log import HOUSE

HERE = Path(__file__).parent


def run(program: str, *arguments: object, python: Path | str = sys.executable) -> dict:
    """What one program of this folder reports of its run.

    `others_cores` is added: how many cores the rest of the machine kept busy meanwhile.
    """
    command = [str(python), str(HERE / program), *map(str, arguments)]
    started, busy, own = time.perf_counter(), _busy_seconds(), _children_seconds()
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HOUSE)
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
