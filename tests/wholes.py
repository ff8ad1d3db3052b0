"""Made-up worlds in which every table tells something: for laws and oracles of the whole catalog.

A world is drawn by a seed, so that a large one costs no more than a small one; times lie on the
borders of windows and beside them, several events share an instant, rows become known late and are
corrected.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st
from worlds import ZONES, cutoffs_in

from features.catalog import FeatureParams, Vocabulary
from features.clock import microseconds
from features.contracts import CONTRACTS, CUSTOMERS, DIRECTIONS, EVENTS, STAGE_HISTORY
from features.known.needs import Attribute
from features.known.told import Told

PEOPLE = ("a", "b", "c", "dé")
PAIRS = (
    ("web", "visit"),
    ("app", "visit"),
    ("email", "email_sent"),
    ("email", "email_open"),
    ("email", "email_unsubscribe"),
    ("store", "purchase"),
    ("store", "refund"),
    ("ticket", "ticket_opened"),
    ("ticket", "ticket_replied_agent"),
    ("ticket", "ticket_replied_customer"),
    ("ticket", "ticket_solved"),
    ("ticket", "ticket_reopened"),
    ("ticket", "ticket_rated"),
    ("whatsapp", "message_in"),
    ("whatsapp", "message_out"),
    ("sales", "offer_sent"),
    ("sales", "offer_accepted"),
)
UNSEEN = (("fax", "fax_received"),)
"""A channel and a step that the vocabulary does not know."""

STAGES = ("aware", "looking", "buying")
EXITS = ("lost", "gone")
EVENT_ATTRIBUTES = {
    "ticket": ("t1", "t2", "t3", None),
    "topic": ("billing", "login", None),
    "item": ("book", "pen", "lamp", None),
    "campaign": ("spring", "summer", None),
}
VOCABULARY = Vocabulary(
    pairs=tuple(sorted(PAIRS)),
    steps_with_value=("purchase", "refund", "visit"),
    steps_with_sentiment=("message_in", "ticket_rated"),
    event_attributes=(*sorted(EVENT_ATTRIBUTES), "discount"),
    tables=("contracts", "customers", "stage_history"),
    stages=STAGES,
    exits=EXITS,
    attributes=(
        Attribute("plan", "category", ("basic", "plus")),
        Attribute("seats", "number"),
        Attribute("signed_up", "instant"),
    ),
)
PARAMS = FeatureParams(windows_days=(7, 28, 168), segments=("plan",))
EVERYBODY = pl.Series("customer_id", [*PEOPLE, "nobody"])


@st.composite
def wholes(draw, most: int = 60) -> tuple[Told, ZoneInfo]:
    """What is told of a few customers, and the business's time zone."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    dice = random.Random(draw(st.integers(0, 2**32 - 1)))
    return world(dice, zone, draw(st.integers(0, most))), zone


def world(dice: random.Random, zone: ZoneInfo, events: int) -> Told:
    """A world of so many events, and some rows of every other table."""
    few = min(events, 12)
    attributes = {**dict.fromkeys(EVENT_ATTRIBUTES, pl.String), "discount": pl.Float64}
    profile = {"plan": pl.String, "seats": pl.Int64, "signed_up": pl.Datetime("us", "UTC")}
    return Told(
        events=_table(EVENTS, _rows(dice, zone, events, _event), attributes),
        customers=_table(CUSTOMERS, _rows(dice, zone, few, _version), profile),
        contracts=_table(CONTRACTS, _rows(dice, zone, few, _term)),
        stage_history=_table(STAGE_HISTORY, _rows(dice, zone, few, _entry)),
    )


def instant(dice: random.Random, zone: ZoneInfo) -> datetime:
    """On a border of some window, a microsecond beside it, a shared moment, or anywhere."""
    cutoff = dice.choice(cutoffs_in(zone))
    kind = dice.randrange(4)
    if kind == 0:
        days = dice.choice([0, 0, 1, 7, 14, 28, 84, 168])
        return cutoff - timedelta(days=days, microseconds=dice.choice([-1, 0, 0, 1]))
    if kind == 1:
        return cutoff - timedelta(hours=dice.choice([1, 5, 26, 30, 100, 500]))
    return cutoff - timedelta(seconds=dice.randrange(-5 * 86_400, 200 * 86_400))


def _rows(dice, zone, number, make) -> Iterator[dict[str, object]]:
    """Rows with their versions: most hold for good, some are corrected or taken back."""
    for key in range(number):
        row = make(dice, zone)
        clock = next(name for name in row if isinstance(row[name], datetime))
        common = {
            "customer_id": dice.choice(PEOPLE),
            "known_at": row[clock],
            "superseded_at": None,
            "source": dice.choice(["crm", "sheet"]),
            "source_key": f"key{key}",
        }
        if dice.randrange(4) == 0:
            common["known_at"] = instant(dice, zone)
        if dice.randrange(5) == 0:
            end = instant(dice, zone)
            yield common | row | {"superseded_at": end}
            if dice.randrange(3):
                changed = make(dice, zone)
                common |= {"known_at": end}
                yield common | (changed if dice.randrange(2) else changed | {clock: row[clock]})
            continue
        yield common | row


def _event(dice, zone) -> dict[str, object]:
    channel, step = dice.choice(PAIRS if dice.randrange(12) else UNSEEN)
    return {
        "occurred_at": instant(dice, zone),
        "channel": channel,
        "step": step,
        "value": dice.choice([None, 0, 10_007, -5_000, dice.randrange(10**12)]),
        "sentiment": dice.choice([None, None, dice.randrange(-10_000, 10_001)]),
        **{name: dice.choice(values) for name, values in EVENT_ATTRIBUTES.items()},
        "discount": dice.choice([None, 0.0, 2.5, -1.0, float("nan"), float("inf")]),
    }


def _version(dice, zone) -> dict[str, object]:
    return {
        "valid_from": instant(dice, zone),
        "plan": dice.choice([None, "basic", "plus", "gold"]),
        "seats": dice.choice([None, 0, -3, 12]),
        "signed_up": dice.choice([None, instant(dice, zone)]),
    }


def _term(dice, zone) -> dict[str, object]:
    starts_at = instant(dice, zone)
    return {
        "starts_at": starts_at,
        "contract": dice.choice(["main", "extra", None]),
        "ends_at": dice.choice([None, starts_at + timedelta(days=dice.choice([0, 7, 30, 365]))]),
        "cancelled_at": dice.choice([None, None, instant(dice, zone)]),
        "amount": dice.choice([None, 0, 120_000_000, 90_000_000]),
        "voluntary": dice.choice([None, True, False]),
    }


def _entry(dice, zone) -> dict[str, object]:
    return {
        "entered_at": instant(dice, zone),
        "stage": dice.choice([*STAGES, *EXITS]),
        "direction": dice.choice(DIRECTIONS),
        "said_by": dice.choice(["crm", "rule"]),
    }


def _table(table, rows, more=None) -> pl.DataFrame:
    schema = dict(table.schema) | (more or {})
    plain = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(plain, schema=schema, orient="row")


CLOCKS = {
    "events": "occurred_at",
    "customers": "valid_from",
    "contracts": "starts_at",
    "stage_history": "entered_at",
}


def known(told: Told, customer: str, cutoff: datetime) -> dict[str, list[dict]]:
    """The rows of each table that had happened, were known and held before the cutoff.

    Of one customer, as dictionaries; events by time, source and key, others by time and when they
    were known.
    """
    return {
        name: _seen(told.table(name), clock, customer, cutoff) for name, clock in CLOCKS.items()
    }


def _seen(rows: pl.DataFrame, clock: str, customer: str, cutoff: datetime) -> list[dict]:
    seen = [
        row
        for row in rows.iter_rows(named=True)
        if row["customer_id"] == customer
        and row[clock] < cutoff
        and row["known_at"] < cutoff
        and (row["superseded_at"] is None or row["superseded_at"] >= cutoff)
    ]
    if clock == "occurred_at":
        order = ("occurred_at", "source", "source_key", "known_at")
        return sorted(seen, key=lambda row: [row[name] for name in order])
    names = [name for name in rows.columns if name not in (clock, "known_at")]
    first = [name for name in ("source", "said_by") if name in names]
    return sorted(
        seen,
        key=lambda row: (
            row[clock],
            row["known_at"],
            *(str(row[name]) for name in (*first, *names)),
        ),
    )


def days_between(earlier: datetime, later: datetime) -> float:
    """Days with fraction, by the same integers as the engine's."""
    return (microseconds(later) - microseconds(earlier)) / 86_400_000_000
