"""Buyers at their own pace, some of whom stop for good: events to learn churn from."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.catalog import FeatureParams, Vocabulary
from features.contracts import EVENTS
from features.known.told import Told
from models.learning.boosting import BoostingParams
from models.learning.training import run_trial
from models.rows.panel import PanelParams
from models.targets.inactivity import InactivityChurn
from models.trial import Trial, TrialParams

ZONE = ZoneInfo("Asia/Jakarta")
FIRST = datetime(2025, 12, 31, 17, tzinfo=UTC)  # a midnight in Jakarta
DAYS = 210
WATERMARK = FIRST + timedelta(days=DAYS)
VOCABULARY = Vocabulary(pairs=(("mail", "letter"), ("store", "order")), steps_with_value=("order",))
TARGET = InactivityChurn(steps=("order",), active_within_days=42, embargo_days=1, horizon_days=14)
PARAMS = TrialParams(
    target=TARGET,
    panel=PanelParams(every_days=7, history_days=60),
    features=FeatureParams(windows_days=(7, 14, 28, 42)),
    boosting=BoostingParams(rounds=60, patience_rounds=10, rows_per_leaf=20, seeds=2),
)


@cache
def buying(customers: int = 240, seed: int = 0) -> pl.DataFrame:
    """Orders every three to twelve days until a customer stops, and a letter to a few."""
    random = np.random.default_rng(seed)
    rows = [row for number in range(customers) for row in _customer(f"buyer{number:04d}", random)]
    keyed = [row | {"source_key": str(place)} for place, row in enumerate(rows)]
    return pl.DataFrame(keyed, schema=dict(EVENTS.schema), orient="row")


def day(number: float) -> datetime:
    """The instant so many days after the first midnight."""
    return FIRST + timedelta(days=number)


@cache
def bought_trial() -> Trial:
    """A trial on these buyers."""
    return run_trial([Told(events=buying())], VOCABULARY, PARAMS, watermark=WATERMARK, zone=ZONE)


def event(customer: str, number: float, step: str = "order", value: int | None = None) -> dict:
    """One event, known when it happened."""
    at = day(number)
    return {
        "customer_id": customer,
        "occurred_at": at,
        "known_at": at,
        "channel": "store" if step == "order" else "mail",
        "step": step,
        "value": value,
        "sentiment": None,
        "source": "made_up",
    }


def table(*rows: dict) -> pl.DataFrame:
    """Events as a table that keeps the contract."""
    keyed = [row | {"source_key": str(place)} for place, row in enumerate(rows)]
    return pl.DataFrame(keyed, schema=dict(EVENTS.schema), orient="row")


def _customer(name: str, random: np.random.Generator) -> list[dict]:
    pace, stop = random.uniform(3, 12), random.exponential(160)
    instants = np.cumsum(random.exponential(pace, 90)) - pace
    orders = [
        event(name, float(at), value=int(random.gamma(2, 100_000)))
        for at in instants
        if 0 <= at < min(stop, DAYS)
    ]
    letters = (
        [event(name, float(random.uniform(0, DAYS)), "letter")] if random.random() < 0.3 else []
    )
    return orders + letters
