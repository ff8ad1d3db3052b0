"""The panel, ours against the straightforward DuckDB range join, on the same events.

Each run is a process of its own, the two take turns, and the medians are compared. The benchmark
fails unless both panels are the same.
"""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import panel_events
from bench_log import BUILD, HOUSE, record
from panel_work import differences

HERE = Path(__file__).parent
REPETITIONS = 3


def run(program: str, folder: Path) -> dict:
    """What one program reports of its run."""
    command = [sys.executable, str(HERE / program), str(folder)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HOUSE)
    return json.loads(said.stdout.splitlines()[-1])


def main(size: str) -> None:
    """Compare the two at one size."""
    folder = BUILD / "bench" / size
    panel_events.write(folder, size)
    ours, rival = [], []
    for _ in range(REPETITIONS):
        ours.append(run("panel_ours.py", folder))
        rival.append(run("panel_duckdb.py", folder))
    different = differences(ours[-1]["checksum"], rival[-1]["checksum"])
    if different:
        sys.exit("the panels differ: " + "; ".join(different[:5]))
    record(
        f"panel-core-{size}",
        ours_seconds=median(run["seconds"] for run in ours),
        rival="duckdb range join",
        rival_seconds=median(run["seconds"] for run in rival),
        peak_mib=max(run["peak_mib"] for run in ours),
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
