"""Readers while a store is published to: every one of them sees one whole run."""

import threading
from datetime import UTC, datetime

import pandas as pd
from nights import a_night, a_run

from serving.store import Store

READERS = 4
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def run(url: str, publishes: int, reads: int) -> dict[str, int]:
    """How many reads there were over so many publishes, how many saw a mixture, and how many runs.

    Publishing is spread over the reads: the next run is published when its share of them is done,
    while the readers go on.
    """
    runs = [a_run(night) for night in range(publishes)]
    nights = {run.run_id: a_night(run, 10 + night % 7) for night, run in enumerate(runs)}
    writer, readers = Store(url), Readers(url, reads, nights)
    writer.publish(runs[0], nights[runs[0].run_id], published_at=NOW)
    readers.start()
    for night, run in enumerate(runs[1:], 1):
        readers.wait_for(night * reads // publishes)
        writer.publish(run, nights[run.run_id], published_at=NOW)
    readers.join()
    writer.close()
    return {
        "publishes": publishes,
        "reads": readers.reads,
        "mixed_reads": readers.mixed,
        "runs_seen": len(readers.runs),
    }


class Readers:
    """Threads that read what is published and compare it with what it must be."""

    def __init__(self, url: str, reads: int, nights: dict[str, pd.DataFrame]) -> None:
        self.url, self.left, self.nights = url, reads, nights
        self.reads = self.mixed = 0
        self.runs: set[str] = set()
        self._more = threading.Condition()
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def wait_for(self, reads: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: self.reads >= reads, timeout=300)

    def _read(self) -> None:
        store = Store(self.url)
        while self._begins():
            found = store.published()
            expected = self.nights[found.run.run_id]
            with self._more:
                self.reads += 1
                self.mixed += not found.scores.equals(expected)
                self.runs.add(found.run.run_id)
                self._more.notify_all()
        store.close()

    def _begins(self) -> bool:
        with self._more:
            self.left -= 1
            return self.left >= 0
