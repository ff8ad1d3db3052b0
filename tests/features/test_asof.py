"""As of: what is computed once serves every feature, and none may spoil it for the next."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from worlds import border_world

from features.build import build
from features.catalog import Feature, reads
from features.known.past import EVERYTHING
from features.known.told import Told

UTC_ZONE = ZoneInfo("UTC")


def scribbled(past):
    """Days since the last event, with zeros written over what is kept of it."""
    days = past.days_since_last(EVERYTHING)
    days[:] = 0
    return days


def test_what_is_kept_cannot_be_written():
    feature = Feature(
        name="x", family="mine", unit="days", meaning="", function=scribbled, needs=reads()
    )
    told = Told(events=border_world(UTC_ZONE))
    with pytest.raises(ValueError, match="read-only"):
        build(told, None, [datetime(2026, 4, 6, tzinfo=UTC)], [feature], UTC_ZONE)
