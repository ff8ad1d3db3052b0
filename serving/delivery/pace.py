"""How fast calls go out: never more than a vendor allows in any span of time."""

from collections import deque
from datetime import datetime, timedelta

from serving.store.leases import Lease, paused_too_long
from serving.timing import Timing


class Pace:
    """A `Pacer` for one worker at one destination.

    A call counts from when it was *answered*: the vendor counted it no later, so whatever the
    network delays, no window of the vendor's holds more calls than it allows. A bucket that
    refills while it drains, the usual way, lets nearly twice as many through in one window.

    `last_call_at` is of an earlier process, of whose calls nothing else is known: until a whole
    span of `seconds` has passed since, none is made. Nobody waits longer than that, though the
    clock was set back. Whoever has lost the `lease`, as after a pause, calls nobody any more.
    """

    def __init__(
        self,
        timing: Timing,
        *,
        calls: int,
        seconds: float,
        last_call_at: datetime | None = None,
        lease: Lease | None = None,
    ) -> None:
        self._timing, self._lease = timing, lease
        self._calls, self._span = calls, timedelta(seconds=seconds)
        self._answered: deque[datetime] = deque()
        self._not_before = last_call_at and min(last_call_at, timing.now()) + self._span
        self.made = 0

    def allow(self, calls: int, seconds: float) -> None:
        """The vendor says that so many calls are allowed in any span of so many seconds."""
        self._calls, self._span = max(calls, 1), timedelta(seconds=seconds)

    def before_call(self) -> None:
        """Wait until one more call is allowed; `AnotherAtWork` once the right to call is over."""
        self.wait_until(self._not_before)
        while len(self._answered) >= self._calls:
            self.wait_until(self._answered[-self._calls] + self._span)
            self._forget()
        if self._lease and self._lease.lost:
            raise paused_too_long(self._lease)
        self.made += 1

    def after_call(self) -> None:
        """The call has been answered, or was given up."""
        self._answered.append(self._timing.now())
        self._forget()

    def wait_until(self, instant: datetime | None) -> None:
        """Sleep until an instant; not at all where it has passed, once where the clock stands."""
        now = None
        while instant and instant > (later := self._timing.now()) != now:
            now = later
            self._timing.sleep((instant - now).total_seconds())

    def _forget(self) -> None:
        long_ago = self._timing.now() - self._span
        while self._answered and self._answered[0] <= long_ago:
            self._answered.popleft()
