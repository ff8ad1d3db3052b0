"""What a stub server received, never changed afterwards: the history that tests judge by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Received:
    """One row as it reached the vendor, whether or not it was accepted.

    `batch` is what the vendor tells calls apart by: a trace, the id of a job, an idempotency key.
    """

    at: datetime
    batch: str
    key: str
    op: str
    values: Mapping[str, Any]
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call and the status of its answer; 0 where the connection was cut before one.

    `content` is what was sent, where the journal keeps it.
    """

    at: datetime
    method: str
    path: str
    status: int
    content: bytes = b""


class Journal:
    """Rows and calls in the order in which they came; safe to be read while the server runs."""

    def __init__(self, *, keeps_content: bool = False) -> None:
        self.keeps_content = keeps_content
        self._rows: list[Received] = []
        self._calls: list[Call] = []
        self._lock = Lock()

    def note_row(self, row: Received) -> None:
        """One more row."""
        with self._lock:
            self._rows.append(row)

    def note_call(self, call: Call) -> None:
        """One more call."""
        with self._lock:
            self._calls.append(call)

    def rows(self) -> list[Received]:
        """Every row so far."""
        with self._lock:
            return list(self._rows)

    def calls(self, path: str = "") -> list[Call]:
        """Every call so far whose path holds some text."""
        with self._lock:
            return [call for call in self._calls if path in call.path]
