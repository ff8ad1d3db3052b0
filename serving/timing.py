"""The clock, the pause and the chance that waiting needs, handed in so that a test may own them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What tells the time, waits, and spreads what would otherwise happen at once.

    `now` is an instant in UTC, `sleep` takes seconds, `chance` is drawn from 0 to 1.
    """

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    chance: Callable[[], float]
