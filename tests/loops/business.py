"""A made-up business as drift sees it: features at cutoffs, scores, rows of sources a day.

Nothing changes in it but what changes in any: customers are drawn anew, each feature has its own
ups and downs from cutoff to cutoff, a season moves many at once, weekdays differ and weeks vary.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from features.catalog import Vocabulary
from models.drift.reference import Recent, Reference, reference_of
from models.logit import expit
from models.rows.panel import Panel

CUTOFFS, ORIGINS, EVERY = 12, 5, timedelta(days=14)
TONIGHT = datetime(2026, 9, 1, tzinfo=UTC)
AWAY = timedelta(days=42)
"""From the last cutoff that was learned from to tonight."""

STEADY, MONEY, COUNT, PARTLY = "steady", "money", "count", "partly"
KINDS = (STEADY, MONEY, COUNT, PARTLY)
FEATURES = tuple(f"{kind}_{number}" for kind in KINDS for number in range(10))
OWN, SEASON = 0.03, 0.02
"""By how many deviations a feature moves from cutoff to cutoff, by itself and by the season."""

TOUCHES = {
    "shop": {("web", "visit"): 6.0, ("web", "order"): 2.0, ("store", "order"): 3.0},
    "tickets": {("ticket", "ticket_opened"): 1.0},
    "mail": {("email", "email_open"): 5.0, ("email", "email_click"): 1.0},
    "invoices": {("billing", "invoice"): 1.0},
}
WORDS = Vocabulary(pairs=tuple(sorted({pair for some in TOUCHES.values() for pair in some})))
PAID = ("order", "invoice")
WEEKDAYS = np.array([1.0, 1.1, 1.0, 0.9, 1.0, 0.4, 0.3])
DAYS, WEEK = 91, 7
BY_WEEK, LATE, DRAWN_AS = 0.07, 0.02, 20


@dataclass(frozen=True, kw_only=True)
class Business:
    """One business, its past and tonight."""

    reference: Reference
    panel: Panel
    tonight: pd.DataFrame
    scores: np.ndarray
    volumes: pd.DataFrame
    words: Vocabulary = field(default=WORDS)

    def rows_at(self, cutoff: datetime) -> pd.DataFrame:
        """Rows at risk at a cutoff."""
        return self.tonight if cutoff == TONIGHT else self.panel.at(cutoff).rows

    def with_features(self, **columns: np.ndarray) -> "Business":
        """The same with other features tonight."""
        return replace(self, tonight=self.tonight.assign(**columns))

    def with_volumes(self, volumes: pd.DataFrame) -> "Business":
        """The same with other rows of sources."""
        return replace(self, volumes=volumes)


def business(seed: int, *, learned: int, tonight: int, touches: float) -> Business:
    """A business by the rows of a training cutoff, tonight's, and how many touches it has a day."""
    random = np.random.default_rng(seed)
    moves = _moves(random)
    last = TONIGHT - AWAY
    cutoffs = [last - EVERY * back for back in reversed(range(CUTOFFS))]
    spans = [_rows(random, learned, move, at) for at, move in zip(cutoffs, moves, strict=False)]
    panel = Panel(pd.concat(spans, ignore_index=True), FEATURES)
    measured = [score(rows) for rows in spans[-ORIGINS:]]
    now = _rows(random, tonight, moves[-1], TONIGHT)
    return Business(
        reference=reference_of(Recent.of(panel), dict.fromkeys(FEATURES, 1.0), scores=measured),
        panel=panel,
        tonight=now,
        scores=score(now),
        volumes=_volumes(random, touches),
    )


def score(rows: pd.DataFrame) -> np.ndarray:
    """Probabilities by a few of the features."""
    read = rows[[f"{STEADY}_{number}" for number in range(5)]].to_numpy()
    return expit(-1.5 + read.sum(axis=1) / 2)


def _moves(random: np.random.Generator) -> np.ndarray:
    """Where each feature stands at each cutoff and tonight: (cutoffs + 1, features)."""
    own = OWN * np.exp(random.normal(0, 0.4, len(FEATURES)))
    found = np.zeros((CUTOFFS + 1, len(FEATURES)))
    at = random.normal(size=len(FEATURES))
    for place in range(len(found)):
        at = 0.5 * at + np.sqrt(0.75) * random.normal(size=len(FEATURES))
        found[place] = at * own
    season = random.normal(0, SEASON, (CUTOFFS + 1, 1))
    return found + season * random.normal(size=len(FEATURES))


def _rows(random: np.random.Generator, count: int, move: np.ndarray, at: datetime) -> pd.DataFrame:
    x = random.normal(size=(count, len(FEATURES))) + move
    columns = {name: _as(name, x[:, place], random) for place, name in enumerate(FEATURES)}
    who = [f"c{number}" for number in range(count)]
    return pd.DataFrame(columns).assign(customer_id=who, cutoff=pd.Timestamp(at))


def _as(name: str, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    kind = name.split("_", maxsplit=1)[0]
    if kind == MONEY:
        return np.round(np.exp(1.2 * x + 8), 2)
    if kind == COUNT:
        return np.floor(np.exp(0.8 * x - 0.5))
    return np.where(random.random(len(x)) < 0.3, np.nan, x) if kind == PARTLY else x


def _volumes(random: np.random.Generator, touches: float) -> pd.DataFrame:
    ages = np.arange(DAYS)
    parts = [
        _flow(random, touches * rate, weeks[ages // WEEK], source, *pair)
        for source, pairs in TOUCHES.items()
        for weeks in [np.exp(random.normal(0, BY_WEEK, DAYS // WEEK))]
        for pair, rate in pairs.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _flow(
    random: np.random.Generator,
    rate: float,
    weeks: np.ndarray,
    source: str,
    channel: str,
    step: str,
) -> pd.DataFrame:
    ages = np.arange(DAYS)
    due = rate * WEEKDAYS[ages % WEEK] * weeks
    rows = random.negative_binomial(DRAWN_AS, DRAWN_AS / (DRAWN_AS + due))
    logs = [random.normal(5, 0.4, count if step in PAID else 0) for count in rows]
    found = {"table": "events", "source": source, "channel": channel, "step": step}
    told = pd.DataFrame({"age_days": ages, "rows": rows}).assign(
        **found,
        valued=[len(one) for one in logs],
        value_log=[one.sum() for one in logs],
        value_log_squared=[(one**2).sum() for one in logs],
        late=random.binomial(rows, LATE),
    )
    return told.loc[told["rows"] > 0]
