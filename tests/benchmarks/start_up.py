"""How long `jejak --help` takes, against the half second that a person does not notice."""

import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench_log import record

REPETITIONS = 5
PATIENCE_SECONDS = 0.5


def seconds() -> float:
    """One run of the command, from start to end."""
    started = time.perf_counter()
    command = [str(Path(sys.executable).with_name("jejak")), "--help"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Compare the median of some runs, after one that warms the disk."""
    seconds()
    ours = median(seconds() for _ in range(REPETITIONS))
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    record(
        "jejak-help",
        ours_seconds=ours,
        rival="what a person does not notice",
        rival_seconds=PATIENCE_SECONDS,
        peak_mib=peak_mib,
    )


if __name__ == "__main__":
    main()
