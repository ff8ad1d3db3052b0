"""A clock that moves only when it is told to, so that windows, tokens and jobs end on demand."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from serving.timing import Timing

_START = datetime(2026, 11, 22, tzinfo=UTC)


class Clock:
    """An instant that its owner moves on; it may be asked from any thread.

    >>> clock = Clock()
    >>> clock.timing.sleep(90)
    >>> clock.now().isoformat()
    '2026-11-22T00:01:30+00:00'
    """

    def __init__(self, start: datetime = _START) -> None:
        self._now = start
        self._lock = Lock()

    def now(self) -> datetime:
        """The present instant."""
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now += timedelta(seconds=seconds)

    @property
    def timing(self) -> Timing:
        """Waiting by this clock: it takes no time, and chance is always in the middle."""
        return Timing(now=self.now, sleep=self.advance, chance=lambda: 0.5)
