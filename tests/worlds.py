"""Small made-up worlds: events near the borders where mistakes live, and a slow, obvious oracle."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st

from features.clock import grid, midnight
from features.contracts import EVENTS

ZONES = ("UTC", "Asia/Jakarta", "Europe/Berlin")
PAIRS = (("web", "visit"), ("email", "email_open"), ("email", "email_click"), ("store", "visit"))
LAST_DAY = datetime(2026, 4, 6, tzinfo=UTC).date()  # a week after Berlin's clocks changed


def cutoffs_in(zone: ZoneInfo, number: int = 3) -> list[datetime]:
    """Business midnights a fortnight apart, ending on `LAST_DAY`."""
    last = midnight(LAST_DAY, zone)
    return grid(last, last - timedelta(days=14 * number - 10), 14, zone)


@st.composite
def instants(draw, zone: ZoneInfo) -> datetime:
    """On a border of some window, a microsecond beside it, or anywhere in half a year."""
    cutoff = draw(st.sampled_from(cutoffs_in(zone)))
    if draw(st.integers(0, 3)):
        days = draw(st.sampled_from([0, 0, 1, 7, 28, 168]))
        return cutoff + timedelta(days=-days, microseconds=draw(st.sampled_from([-1, 0, 0, 1])))
    return cutoff + timedelta(microseconds=draw(st.integers(-180, 5)) * 86_399_999_999)


@st.composite
def event_rows(draw, zone: ZoneInfo) -> dict[str, object]:
    """One event; most are known at once, some late, some before they happen."""
    channel, step = draw(st.sampled_from(PAIRS))
    occurred_at = draw(instants(zone))
    return {
        "customer_id": draw(st.sampled_from(["a", "b", "dé"])),
        "occurred_at": occurred_at,
        "known_at": draw(instants(zone)) if draw(st.booleans()) else occurred_at,
        "channel": channel,
        "step": step,
        "value": draw(st.none() | st.integers(-(10**13), 10**13)),
        "sentiment": None,
        "source": "made_up",
    }


def frame(rows: list[dict[str, object]], prefix: str = "row") -> pl.DataFrame:
    """Rows as an events table; each gets a key of its own."""
    keyed = [row | {"source_key": f"{prefix}{number}"} for number, row in enumerate(rows)]
    return pl.DataFrame(keyed, schema=dict(EVENTS.schema), orient="row")


def border_world(zone: ZoneInfo) -> pl.DataFrame:
    """Events at, just before and just after each border, known at, before and after each other."""
    borders = [
        cutoff + timedelta(days=-days, microseconds=nudge)
        for cutoff in cutoffs_in(zone)
        for days in (0, 7, 168)
        for nudge in (-1, 0, 1)
    ]
    return frame(
        [
            {
                "customer_id": "abc"[(number + late) % 3],
                "occurred_at": borders[number],
                "known_at": borders[(number + 7 * late) % len(borders)],
                "channel": PAIRS[late % 4][0],
                "step": PAIRS[late % 4][1],
                "value": number * 10_007,
                "sentiment": None,
                "source": "borders",
            }
            for number in range(len(borders))
            for late in range(6)
        ]
    )


@st.composite
def worlds(draw, max_events: int = 40) -> tuple[pl.DataFrame, ZoneInfo]:
    """Some events and the business's time zone."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return frame(draw(st.lists(event_rows(zone), max_size=max_events))), zone


def visible(events: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The events that had happened and were known before the cutoff."""
    return events.filter((pl.col("occurred_at") < cutoff) & (pl.col("known_at") < cutoff))
