"""Churn by silence: none of the qualifying steps over the whole label window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, cast
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Feature, reads
from features.contracts import Frame
from features.errors import DataRefused
from features.hindsight import count_between
from features.needs import Needs
from features.past import Where
from features.told import Told
from features.versions import latest
from models.activity import ACTIVE, BASELINES, activity, collapse
from models.targets.churn import Churn
from models.targets.target import Target


@dataclass(frozen=True, kw_only=True)
class InactivityChurn(Churn):
    """Leaving without saying so: silence of the qualifying steps over the whole label window.

    At risk at a cutoff is who had one of `steps` in `[cutoff - active_within_days, cutoff)`, known
    by then. Churned is who of them has none in
    `[cutoff + embargo_days, cutoff + embargo_days + horizon_days)`.
    """

    kind: ClassVar[str] = "inactivity"
    LEAST: ClassVar[Mapping[str, float]] = {**Target.LEAST, "active_within_days": 1}

    steps: tuple[str, ...]
    active_within_days: int = 56

    def __post_init__(self) -> None:
        """Refuse a target without steps, and spans that are none."""
        super().__post_init__()
        check_steps(self.steps)

    @property
    def own_steps(self) -> tuple[str, ...]:
        """The qualifying steps."""
        return self.steps

    @property
    def sight_days(self) -> int:
        """As long as somebody counts as active."""
        return self.active_within_days

    @property
    def otherwise(self) -> int:
        """Churned: who is not heard of has left."""
        return 1

    @property
    def baselines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A rule on recency, and a regression on recency, frequency and money."""
        return BASELINES

    def telling(self) -> tuple[Feature, ...]:
        """What the qualifying steps say, step by step."""
        return activity(self.steps, self.active_within_days, self.horizon_days)

    def at_risk(self, built: Frame) -> Frame:
        """The rows of those who were active."""
        return built.filter(sum((built[f"{ACTIVE}:{step}"] for step in self.steps), start=0) > 0)

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Recency, frequency and money over all qualifying steps."""
        return collapse(rows, self.telling(), self.steps).drop(columns=ACTIVE)

    def reads(self) -> Needs:
        """The qualifying events."""
        return reads(Where(step=self.steps))

    def first(self, told: Told) -> datetime | None:
        """The first qualifying event."""
        return first_of(self.steps, told)

    def found(self, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
        """Who has a qualifying event in the label window, and so has stayed."""
        return stayed(told, cutoffs, self.span_days, self.steps, zone)

    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """That nobody was active."""
        return DataRefused(
            f"no customer had one of {', '.join(self.steps)} within "
            f"{self.active_within_days} days before {max(cutoffs):%Y-%m-%d}",
            where="[churn]",
            mend="check the steps, and that the sources reach up to as_of",
        )


def check_steps(steps: tuple[str, ...]) -> None:
    """Refuse, as `ValueError`, no steps and a step that is named twice."""
    if not steps:
        raise ValueError("steps is empty; name the steps by which a customer is active")
    if len(set(steps)) < len(steps):
        raise ValueError("steps name one step twice; name it once")


def stayed(
    told: Told,
    cutoffs: Sequence[datetime],
    span_days: tuple[int, int],
    steps: tuple[str, ...],
    zone: ZoneInfo,
) -> pd.DataFrame:
    """Label 0 for each customer and cutoff with one of some steps in the label window."""
    counts = count_between(told.events, cutoffs, *span_days, steps, zone)
    return counts.select("customer_id", "cutoff").to_pandas().assign(label=0)


def first_of(steps: tuple[str, ...], told: Told) -> datetime | None:
    """When the first of some steps happened, as far as it is known today."""
    known = latest(told.events)
    chosen = known.filter(known["step"].is_in(steps)) if steps else known
    return cast("datetime | None", chosen["occurred_at"].min())
