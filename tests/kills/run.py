"""The faults that a night may meet, all of them or a few, and one line of JSON about what broke.

Run as a program: `python -m kills.run`, with the tests on the path. Each part is a process of its
own, because some fork and others have threads; two are at work at once.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from kills import parts
from kills.parts import Facts, Work
from kills.saying import say

AT_ONCE = 2


def main() -> int:
    """Run everything; 1 where anything is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    told = parser.parse_args()
    say(f"seed {told.seed}")
    began = time.monotonic()
    facts = total(ended_parts((parts.few if told.small else parts.everything)(told.seed)))
    facts["seconds"] = round(time.monotonic() - began)
    sys.stdout.write(f"{json.dumps(facts)}\n")
    bad = ("broken_invariants", "leaks", "mixed_reads", "writes_on_rerun", "failed_parts")
    return int(any(facts[name] for name in bad))


def ended_parts(todo: Iterator[tuple[str, Work]]) -> Iterator[Facts]:
    """What each part tells, in the order in which they end."""
    with tempfile.TemporaryDirectory(prefix="jejak-parts-") as folder:
        running: dict[int, tuple[str, Path, float]] = {}
        for place, (name, work) in enumerate(todo):
            if len(running) == AT_ONCE:
                yield _next_ended(running)
            file = Path(folder) / str(place)
            running[_apart(work, file)] = (name, file, time.monotonic())
        while running:
            yield _next_ended(running)


def _next_ended(running: dict[int, tuple[str, Path, float]]) -> Facts:
    number, status = os.wait()
    name, file, began = running.pop(number)
    code = os.waitstatus_to_exitcode(status)
    facts = json.loads(file.read_text()) if code == 0 else {"failed_parts": [name]}
    say(f"{name}: {facts} in {time.monotonic() - began:.0f} s")
    return facts


def _apart(work: Work, file: Path) -> int:
    """The number of a process that works and writes down what came of it."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        file.write_text(json.dumps(work()))
        code = 0
    except BaseException:  # noqa: BLE001  the parent's code must not run in its child
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def total(told: Iterator[Facts]) -> Facts:
    """The sums over all parts; of what is broken the number."""
    names = (
        "kills",
        "pauses",
        "races",
        "met",
        "leaks",
        "left",
        "reads",
        "mixed_reads",
        "publishes",
    )
    names += ("writes_on_rerun", "harmed_calls", "calls_for_one_bad_row")
    sums: Facts = dict.fromkeys(["broken_invariants", "failed_parts", *names], 0)
    for facts in told:
        sums["broken_invariants"] += len(facts.get("broken", ())) + facts.get("left", 0)
        sums["failed_parts"] += len(facts.get("failed_parts", ()))
        for name in names:
            sums[name] += facts.get(name, 0)
    return sums


if __name__ == "__main__":
    sys.exit(main())
