"""A destination within the process: it remembers what it was told, and fails as it is told to."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from serving.destinations.destination import Acknowledged, Rejected
from serving.timing import Timing


class Killed(BaseException):
    """The process ends here; nothing that it would still have done happens."""


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    instant: datetime = datetime(2026, 11, 21, 1, tzinfo=UTC)
    slept: float = 0.0

    def sleep(self, seconds):
        self.slept += seconds
        self.instant += timedelta(seconds=seconds)

    @property
    def timing(self):
        return Timing(now=lambda: self.instant, sleep=self.sleep, chance=lambda: 0.5)


@dataclass
class Recipient:
    """Holds rows by key. `faults` says of each call what happens: a callable that may raise.

    A fault is called as `fault(batch, apply)`; where it does not call `apply`, nothing was written.
    """

    rows_a_batch: int = 3
    bytes_a_batch: int | None = None
    state: dict[str, dict] = field(default_factory=dict)
    journal: list = field(default_factory=list)
    faults: deque[Callable] = field(default_factory=deque)
    spoiling: set[str] = field(default_factory=set)
    """Keys that spoil a batch, and are refused alone."""
    calls_made: int = 0
    before: Callable = field(default=lambda _batch: None)

    def opened(self, pacer):
        self.pacer = pacer
        return self

    def weight(self, row):
        return len(row.key)

    def calls(self, batch):
        return [f"PUT {len(batch.rows)} rows"]

    def handed_over(self, notes):  # noqa: ARG002
        return False

    def send(self, batch, memo):  # noqa: ARG002
        self.pacer.before_call()
        self.calls_made += 1
        self.before(batch)
        fault = self.faults.popleft() if self.faults else _well
        try:
            return fault(batch, lambda: self.apply(batch))
        finally:
            self.pacer.after_call()

    def apply(self, batch):
        from serving.destinations.troubles import BatchRefused  # noqa: PLC0415

        keys = [row.key for row in batch.rows]
        assert len(keys) == len({*keys})
        if self.spoiling & {*keys}:
            if len(keys) > 1:
                raise BatchRefused("a row spoils it", code="VALIDATION_ERROR")
            return {keys[0]: Rejected("VALIDATION_ERROR", "it is spoilt")}
        for row in batch.rows:
            self.journal.append((batch.batch_id, row.key, row.op, dict(row.values)))
            self.state[row.key] = dict(row.values)
        return {key: Acknowledged() for key in keys}

    def close(self):
        pass


def _well(_batch, apply):
    return apply()
