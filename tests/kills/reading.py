"""Readers while a store is published to: every one of them sees one whole run."""

import threading
from datetime import UTC, datetime

import pandas as pd
import sqlalchemy as sa
from nights import a_night, a_run

from serving.store import Store

READERS = 4
READS_BY_OTHERS = 20
"""So many reads are one through the store, which makes a frame, and the rest plain SQL."""

NO_MORE = -1

OTHERS = sa.text(
    "SELECT run_id, customer_id, churn_probability FROM scores JOIN published USING (run_id)"
)
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def run(url: str, publishes: int, reads: int) -> dict[str, int]:
    """How many reads there were over so many publishes, how many saw a mixture, and how many runs.

    Each publish has its share of the reads, which begin when it does and end before the next.
    """
    runs = [a_run(night) for night in range(publishes + 1)]
    nights = {run.run_id: a_night(run, 10 + night % 7) for night, run in enumerate(runs)}
    writer, readers = Store(url), Readers(url, nights)
    writer.publish(runs[0], nights[runs[0].run_id], published_at=NOW)
    readers.start()
    for night, run in enumerate(runs[1:], 1):
        share = night * reads // publishes
        readers.allow(share)
        writer.publish(run, nights[run.run_id], published_at=NOW)
        readers.wait_for(share)
    readers.allow(NO_MORE)
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

    def __init__(self, url: str, nights: dict[str, pd.DataFrame]) -> None:
        self.url, self.nights = url, nights
        self.begun = self.allowed = self.reads = self.mixed = 0
        self.runs: set[str] = set()
        self._change = threading.Condition()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(READERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def allow(self, reads: int) -> None:
        with self._change:
            self.allowed = reads
            self._change.notify_all()

    def wait_for(self, reads: int) -> None:
        with self._change:
            assert self._change.wait_for(lambda: self.reads >= reads, timeout=60)

    def _read(self) -> None:
        store = Store(self.url)
        while (read := self._next()) != NO_MORE:
            look = _through_the_store if read % READS_BY_OTHERS == 0 else _as_others_do
            run_id, is_whole = look(store, self.nights)
            with self._change:
                self.reads += 1
                self.mixed += not is_whole
                self.runs.add(run_id)
                self._change.notify_all()
        store.close()

    def _next(self) -> int:
        with self._change:
            self._change.wait_for(lambda: self.begun < self.allowed or self.allowed == NO_MORE)
            self.begun += self.allowed != NO_MORE
            return self.begun if self.allowed != NO_MORE else NO_MORE


def _through_the_store(store: Store, nights: dict[str, pd.DataFrame]) -> tuple[str, bool]:
    found = store.published()
    return found.run.run_id, found.scores.equals(nights[found.run.run_id])


def _as_others_do(store: Store, nights: dict[str, pd.DataFrame]) -> tuple[str, bool]:
    """The one statement that the guide gives to other programs."""
    told = store.read(lambda connection: connection.execute(OTHERS).all())
    night = nights[told[0].run_id].set_index("customer_id")
    expected = {(told[0].run_id, one, p) for one, p in night["churn_probability"].items()}
    return told[0].run_id, set(map(tuple, told)) == expected
