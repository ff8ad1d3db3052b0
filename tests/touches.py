"""Touches of people who are awake by day: events without any fault, to be spoilt one by one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.contracts import CUSTOMERS, EVENTS
from features.health.finding import SEVERITIES, Finding
from features.health.tables import check_tables
from features.sources.spec import SourceSpec

ZONE = ZoneInfo("Asia/Jakarta")
UNTIL = datetime(2026, 3, 1, 17, tzinfo=UTC)  # a midnight in Jakarta
DAYS = 200
SPECS = (
    SourceSpec(name="till", kind="csv", path="till.csv", latency_hours=2),
    SourceSpec(name="site", kind="csv", path="site.csv", latency_hours=2),
)
ORDERS = pl.col("source") == "till"
STEPS = {"till": (("store", "order"),), "site": (("web", "visit"), ("web", "basket"))}


def touches(customers: int = 80, seed: int = 0, *, days: int = DAYS) -> pl.DataFrame:
    """Events of two sources, at office hours and in the evening, known within an hour."""
    random = np.random.default_rng(seed)
    rows = [row for number in range(customers) for row in _one(f"cust-{number:03d}", random, days)]
    return table(rows)


def table(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows as events that keep the contract, each with a key of its own."""
    keyed = [row | {"source_key": str(place)} for place, row in enumerate(rows)]
    return pl.DataFrame(keyed, schema=dict(EVENTS.schema), orient="row")


def attributes(customers: int = 80, versions: int = 2, **values: object) -> pl.DataFrame:
    """Versions of customers half a year apart, with the same attributes for all."""
    rows = [
        {
            "customer_id": f"cust-{number:03d}",
            "valid_from": UNTIL - timedelta(days=180 * (version + 1)),
            "known_at": UNTIL - timedelta(days=180 * (version + 1)),
            "superseded_at": None,
            "source": "crm",
            **values,
        }
        for number in range(customers)
        for version in range(versions)
    ]
    kept = {name: CUSTOMERS.schema[name] for name in rows[0] if name in CUSTOMERS.schema}
    return pl.DataFrame(rows).cast(kept)


def looked_at(events=None, customers=None, *, now=UNTIL, zone=ZONE, specs=SPECS):
    """Every finding on events and customers that are clean unless given."""
    return check_tables(
        touches() if events is None else events,
        attributes(segment="retail") if customers is None else customers,
        specs,
        until=UNTIL,
        now=now,
        zone=zone,
    )


def fired(findings, at_least="note"):
    """The codes that fired, once each."""
    severe = SEVERITIES[: SEVERITIES.index(at_least) + 1]
    return {finding.code for finding in findings if finding.severity in severe}


def moved(column, by, where=True):  # noqa: FBT002  an expression, or always
    """The clean events with a column moved where an expression holds."""
    return touches().with_columns(pl.when(where).then(pl.col(column) + by).otherwise(column))


def only(findings, code) -> Finding:
    """The one finding of a code."""
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def _one(customer: str, random: np.random.Generator, days: int) -> list[dict[str, object]]:
    """One customer at a pace of their own, to the second."""
    rows: list[dict[str, object]] = []
    for day in np.cumsum(random.integers(1, 9, days)):
        if day >= days:
            break
        source = ("till", "site")[int(random.integers(2))]
        channel, step = STEPS[source][int(random.integers(len(STEPS[source])))]
        seconds = int(np.clip(random.normal(14, 3.5), 7, 22.9) * 3600)
        at = UNTIL - timedelta(days=int(days - day)) + timedelta(seconds=seconds)
        rows.append(
            {
                "customer_id": customer,
                "occurred_at": at,
                "known_at": at + timedelta(minutes=int(random.integers(60))),
                "superseded_at": None,
                "channel": channel,
                "step": step,
                "value": int(random.gamma(2, 400_000)) if step == "order" else None,
                "sentiment": None,
                "source": source,
            }
        )
    return rows
