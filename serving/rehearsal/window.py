"""A vendor's limit: so many calls in any span of so many seconds."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta


class Window:
    """A rolling window that lets calls in until it is full; a call that is refused costs nothing.

    >>> from serving.rehearsal.clock import Clock
    >>> clock = Clock()
    >>> window = Window(2, 10, clock.now)
    >>> window.take(), window.take(), window.take(), window.seconds_left()
    (True, True, False, 10.0)
    >>> clock.advance(10)
    >>> window.take(), window.highest
    (True, 3)
    """

    def __init__(self, calls: int, seconds: float, now: Callable[[], datetime]) -> None:
        self.calls = calls
        self.seconds = seconds
        self.highest = 0
        """The most calls that came in one span, what was refused included: above `calls`, too many.
        """
        self._now = now
        self._taken: deque[datetime] = deque()

    def take(self) -> bool:
        """Whether one more call is let in now."""
        used = self._used()
        self.highest = max(self.highest, used + 1)
        if used >= self.calls:
            return False
        self._taken.append(self._now())
        return True

    def remaining(self) -> int:
        """How many calls would be let in now."""
        return self.calls - self._used()

    def seconds_left(self) -> float:
        """How long until a call is let in; 0 when one would be now."""
        if self.remaining() > 0:
            return 0.0
        free_at = self._taken[0] + timedelta(seconds=self.seconds)
        return (free_at - self._now()).total_seconds()

    def _used(self) -> int:
        border = self._now() - timedelta(seconds=self.seconds)
        while self._taken and self._taken[0] <= border:
            self._taken.popleft()
        return len(self._taken)
