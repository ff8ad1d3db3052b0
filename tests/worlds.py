"""Small made-up worlds: events near the borders where mistakes live, and a slow, obvious oracle."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st

from features.clock import grid, midnight
from features.contracts import EVENTS

ZONES = ("UTC", "Asia/Jakarta", "Europe/Berlin")
PAIRS = (("web", "visit"), ("email", "email_open"), ("email", "email_click"), ("store", "visit"))
CUSTOMERS = ("a", "b", "dé")
CHANGES = ((), ("occurred_at",), ("value",), ("channel", "step"), ("customer_id",))
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
    """One event; most are known at once, some late, some before they happen; none corrected."""
    channel, step = draw(st.sampled_from(PAIRS))
    occurred_at = draw(instants(zone))
    return {
        "customer_id": draw(st.sampled_from(CUSTOMERS)),
        "occurred_at": occurred_at,
        "known_at": draw(instants(zone)) if draw(st.booleans()) else occurred_at,
        "channel": channel,
        "step": step,
        "value": draw(st.none() | st.integers(-(10**13), 10**13)),
        "sentiment": None,
        "superseded_at": None,
        "source": "made_up",
    }


@st.composite
def corrected_rows(draw, zone: ZoneInfo) -> list[dict[str, object]]:
    """The versions of one event, each changing one thing of the one before it, or nothing.

    Each holds until the next is known; of those known at one instant the first never held. The
    last may be taken back.
    """
    row = draw(event_rows(zone))
    known = sorted(draw(st.lists(instants(zone), min_size=1, max_size=3)))
    end = draw(instants(zone)) if draw(st.integers(0, 9)) == 0 else None
    rows = []
    for known_at, superseded_at in zip(known, [*known[1:], end], strict=True):
        other = draw(event_rows(zone))
        for change in draw(st.sampled_from(CHANGES)):
            row = row | {change: other[change]}
        rows.append(row | {"known_at": known_at, "superseded_at": superseded_at})
    return rows


def frame(rows: list[dict[str, object]], prefix: str = "row") -> pl.DataFrame:
    """Rows as an events table; each gets a key of its own."""
    keyed = [row | {"source_key": f"{prefix}{number}"} for number, row in enumerate(rows)]
    return pl.DataFrame(keyed, schema=dict(EVENTS.schema), orient="row")


def border_world(zone: ZoneInfo) -> pl.DataFrame:
    """Events at, just before and just after each border, known and superseded likewise."""
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
                "superseded_at": end and borders[(number + end) % len(borders)],
                "source": "borders",
            }
            for number in range(len(borders))
            for late in range(6)
            for end in (None, late + 1, 9 + late, 18 + late)
        ]
    )


@st.composite
def worlds(draw, max_events: int = 40) -> tuple[pl.DataFrame, ZoneInfo]:
    """Some events, a few of them corrected, and the business's time zone."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    events = [[row] for row in draw(st.lists(event_rows(zone), max_size=max_events))]
    corrected = draw(st.lists(corrected_rows(zone), max_size=max_events // 6))
    return versions([*events, *corrected]), zone


def versions(events: list[list[dict[str, object]]]) -> pl.DataFrame:
    """Events with their versions as a table; the versions of one share its key."""
    rows = [row | {"source_key": f"key{at}"} for at, event in enumerate(events) for row in event]
    return pl.DataFrame(rows, schema=dict(EVENTS.schema), orient="row")


def visible(events: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The events that had happened and were known before the cutoff, as they were known then."""
    rows = [
        row["occurred_at"] < cutoff
        and row["known_at"] < cutoff
        and (row["superseded_at"] is None or row["superseded_at"] >= cutoff)
        for row in events.iter_rows(named=True)
    ]
    return events.filter(pl.Series(rows, dtype=pl.Boolean))
