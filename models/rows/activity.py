"""What the target's own steps say before a cutoff: who is at risk, and the baselines' columns."""

from collections.abc import Iterator, Sequence

import pandas as pd

from features.catalog import Compute, Feature, reads
from features.families.frequency import events_in_window
from features.families.monetary import value_in_window
from features.families.recency import days_since_last
from features.families.tenure import days_since_first
from features.known.past import Past, Where
from features.known.trace import Ints

RECENCY, FREQUENCY, MONEY, TENURE = "rfm_recency_days", "rfm_events", "rfm_money", "rfm_tenure_days"
RFM = (RECENCY, FREQUENCY, MONEY, TENURE)
"""Days since the last qualifying event, their number, their money, days since the first."""

WINDOW_HORIZONS = 3
"""Events and money are counted over so many horizons."""

ACTIVE = "active_events"

ACTIVE_DAYS = "rfm_active_days"
"""Business days with a qualifying event, ever."""

_SUMMED = (ACTIVE, ACTIVE_DAYS, FREQUENCY, MONEY)


BASELINES = (("recency_rule", (RECENCY,)), ("rfm_regression", RFM))
"""What a model of churn by silence must beat, each by the columns that it reads."""


def activity(steps: Sequence[str], active_days: int, horizon_days: int) -> tuple[Feature, ...]:
    """Features that count, sum and date each qualifying step; `collapse` joins the steps.

    Who has had one within `active_days` counts as active.
    """
    return tuple(f for step in steps for f in _of_step(step, active_days, horizon_days))


def collapse(table: pd.DataFrame, told: Sequence[Feature], steps: Sequence[str]) -> pd.DataFrame:
    """The columns of `RFM`, `ACTIVE` and `ACTIVE_DAYS` over all qualifying steps together.

    They stand in place of those that were `told` of each step.
    """
    names = [feature.name for feature in told]
    joined = {
        name: _joined(table.loc[:, [f"{name}:{step}" for step in steps]], name)
        for name in (ACTIVE, ACTIVE_DAYS, *RFM)
    }
    return pd.concat([table.drop(columns=names), pd.DataFrame(joined)], axis=1)


def days_active(past: Past, where: Where) -> Ints:
    """Number of business days with an event, ever."""
    return past.active_days(where)


def _joined(columns: pd.DataFrame, name: str) -> pd.Series:
    if name in _SUMMED:
        return columns.sum(axis=1)
    return columns.min(axis=1) if name == RECENCY else columns.max(axis=1)


def _of_step(step: str, active_days: int, horizon_days: int) -> Iterator[Feature]:
    where, window = Where(step=step), WINDOW_HORIZONS * horizon_days

    def feature(
        name: str, unit: str, meaning: str, function: Compute, days: int | None = None
    ) -> Feature:
        spans = [] if days is None else [days]
        return Feature(
            name=f"{name}:{step}",
            family="target",
            unit=unit,
            meaning=f"{meaning} {step}" + (f" in the last {days} days" if days else ""),
            function=function,
            arguments={"where": where} | ({"days": days} if days else {}),
            needs=reads(where, *spans, measures=["value"] if name == MONEY else []),
            whole=unit in {"events", "active days"},
        )

    yield feature(ACTIVE, "events", "number of", events_in_window, active_days)
    yield feature(ACTIVE_DAYS, "active days", "business days with", days_active)
    yield feature(RECENCY, "days", "days since the last", days_since_last)
    yield feature(FREQUENCY, "events", "number of", events_in_window, window)
    yield feature(MONEY, "currency", "money of", value_in_window, window)
    yield feature(TENURE, "days", "days since the first", days_since_first)
