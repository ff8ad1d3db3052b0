"""Everything that the lake's tables tell of the health of a workspace."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from features.contracts import EVENTS, Frame
from features.health.amounts import check_amounts
from features.health.arrival import check_arrival
from features.health.attributes import check_history
from features.health.finding import Finding
from features.health.hours import check_hours
from features.health.words import check_words
from features.known.versions import latest, visible
from features.sources.spec import SourceSpec


def check_tables(
    events: Frame,
    customers: Frame,
    specs: Sequence[SourceSpec],
    *,
    until: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> list[Finding]:
    """Every check of what is in the lake; `until` is the cutoff, `now` the wall clock's instant.

    Rows that another has superseded are left out; of the others, those that had happened and were
    known at the cutoff are looked at, and whether some are of the future.
    """
    holding = latest(events)
    known = visible(holding, EVENTS.clock, until)
    return [
        *check_arrival(holding, specs, until=until, now=now, zone=zone),
        *check_hours(known, zone),
        *check_words(known, customers),
        *check_amounts(known, zone),
        *(check_history(customers, until) if len(customers) else []),
    ]
