"""Several processes and one store; run as a program, so that they may fork while nothing runs."""

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from nights import a_night, a_run
from pandas import DataFrame
from sqlalchemy import event

import serving.store.migrating  # noqa: F401  before any race, which importing would even out
from features.errors import AnotherAtWork
from serving.store import Store, rows
from serving.store.leases import holding
from serving.timing import Timing

TIMING = Timing(now=lambda: datetime.now(UTC), sleep=time.sleep, chance=random.random)
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
NIGHTS = {night: a_night(a_run(night), 10) for night in (1, 2, 3)}
AT_ONCE = 8
MOMENTS_AT_MOST = 30


def forked(work: Callable[[], object]) -> int:
    """The number of a child that does some work; its exit code is that of an error."""
    child = os.fork()
    if child:
        return child
    code = 1
    with suppress(BaseException):
        try:
            work()
            code = 0
        except AnotherAtWork as error:
            code = error.exit_code
    os._exit(code)


def ended(child: int) -> int:
    """The exit code of a child."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_once(work: Callable[[], object]) -> list[int]:
    """Children that begin in the same moment."""
    begin, begun = os.pipe()

    def waiting() -> None:
        os.close(begun)
        os.read(begin, 1)
        work()

    children = [forked(waiting) for _ in range(AT_ONCE)]
    os.close(begin)
    os.close(begun)
    return children


def opening(url: str) -> list[int]:
    """Exit codes of processes that open an empty database at once."""
    return [ended(child) for child in at_once(lambda: Store(url).close())]


def competing(url: str) -> list[int]:
    """Exit codes of processes that want one lease at once; who has it waits for the others."""
    wait, over = os.pipe()

    def compete() -> None:
        os.close(over)
        with holding(Store(url), "night", TIMING):
            os.read(wait, 1)

    left = set(at_once(compete))
    codes = []
    while left:
        if len(left) == 1:
            os.close(over)
        child, status = os.wait()
        left.remove(child)
        codes.append(os.waitstatus_to_exitcode(status))
    return sorted(codes)


def pausing(url: str) -> tuple[int, str]:
    """How a run ends that was stopped past its lease while another published; what is published."""
    ready, say_ready = os.pipe()
    go_on, say_go_on = os.pipe()

    def paused() -> None:
        store = Store(url)
        with holding(store, "night", TIMING, seconds=0.5) as lease:
            os.write(say_ready, b".")
            os.read(go_on, 1)
            store.publish(a_run(2), NIGHTS[2], published_at=NOW, lease=lease)

    child = forked(paused)
    os.close(say_ready)
    os.read(ready, 1)
    os.kill(child, signal.SIGSTOP)
    time.sleep(0.6)
    store = Store(url)
    with holding(store, "night", TIMING) as lease:
        store.publish(a_run(1), NIGHTS[1], published_at=NOW, lease=lease)
    os.write(say_go_on, b".")
    os.kill(child, signal.SIGCONT)
    code = ended(child)
    found = store.published()
    store.close()
    return code, found.run.run_id


def killing(url: str) -> list[int]:
    """Exit codes of runs that die at the first, second, ... moment of publishing; the last do not.

    Each holds a lease, of which the next one must not take notice.
    """
    codes = []
    while 0 not in codes and len(codes) < MOMENTS_AT_MOST:
        codes.append(ended(forked(partial(publish_and_die, url, len(codes) + 1))))
    return codes


def publish_and_die(url: str, nth: int) -> None:
    """Publish under a lease, until the nth statement, portion of a COPY or commit."""
    passed = itertools.count(1)

    def die(*_: object) -> None:
        if next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    def portion(scores: DataFrame, as_csv: Callable[..., object] = rows.as_csv) -> object:
        die()
        return as_csv(scores)

    store = Store(url)
    with holding(store, "night", TIMING) as lease:
        for moment in ("after_cursor_execute", "commit"):
            event.listen(store.engine, moment, die)
        rows.as_csv = portion
        store.publish(a_run(3), NIGHTS[3], published_at=NOW, lease=lease)


def main(urls: list[str]) -> None:
    """Tell how all of it ends in each database, as JSON."""
    rows.ROWS_A_STATEMENT = rows.ROWS_A_COPY = 3
    works = (opening, competing, pausing, killing)
    print(json.dumps([{work.__name__: work(url) for work in works} for url in urls]))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
