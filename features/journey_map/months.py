"""The business months of a map: half-open, the last one runs until the cutoff."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from features.clock import business_day, microseconds, midnight
from features.journey_map.cells import Coded
from features.known.trace import Flags, Ints


@dataclass(frozen=True)
class Months:
    """Months by name, such as `2026-05`; `edges` are where each begins, then the cutoff."""

    names: tuple[str, ...]
    edges: Ints

    @classmethod
    def until(cls, cutoff: datetime, number: int, zone: ZoneInfo) -> "Months":
        """So many months, the last of which is the one that runs just before the cutoff.

        >>> from datetime import UTC
        >>> Months.until(datetime(2026, 3, 1, tzinfo=UTC), 2, ZoneInfo("UTC")).names
        ('2026-01', '2026-02')
        """
        last = business_day(cutoff - timedelta(microseconds=1), zone)
        ordinal = last.year * 12 + last.month - 1
        firsts = [date(at // 12, at % 12 + 1, 1) for at in range(ordinal - number + 1, ordinal + 1)]
        begins = [microseconds(midnight(first, zone)) for first in firsts]
        edges = np.array([*begins, microseconds(cutoff)], dtype=np.int64)
        return cls(tuple(f"{first:%Y-%m}" for first in firsts), edges)

    def inside(self, at: Ints) -> Flags:
        """Whether instants lie in any of the months."""
        return (at >= self.edges[0]) & (at < self.edges[-1])

    def of(self, at: Ints) -> Coded:
        """The months of instants that lie inside."""
        return Coded(np.searchsorted(self.edges, at, side="right") - 1, self.names)
