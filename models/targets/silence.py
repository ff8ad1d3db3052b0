"""Churn that nobody announces: none of the target's own steps in the label window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import reads
from features.hindsight import count_between
from features.known.needs import Needs
from features.known.past import Where
from features.known.told import Told
from features.known.versions import latest
from models.rows.activity import BASELINES
from models.targets.churn import Churn


@dataclass(frozen=True, kw_only=True)
class Silence(Churn):
    """Leaving is to have none of `steps` in the label window, whoever is at risk of it."""

    steps: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a target without steps, and spans that are none."""
        super().__post_init__()
        check_steps(self.steps)

    @property
    def own_steps(self) -> tuple[str, ...]:
        """The steps by which a customer stays."""
        return self.steps

    @property
    def otherwise(self) -> int:
        """Churned: who is not heard of has left."""
        return 1

    @property
    def baselines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A rule on recency, and a regression on recency, frequency and money."""
        return BASELINES

    def reads(self) -> Needs:
        """The events of the own steps."""
        return reads(Where(step=self.steps))

    def first(self, told: Told) -> datetime | None:
        """The first of them."""
        return first_of(self.steps, told)

    def found(self, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
        """Who has one in the label window, and so has stayed."""
        counts = count_between(told.events, cutoffs, *self.span_days, self.steps, zone)
        return counts.select("customer_id", "cutoff").to_pandas().assign(label=0)


def check_steps(steps: tuple[str, ...]) -> None:
    """Refuse, as `ValueError`, no steps and a step that is named twice."""
    if not steps:
        raise ValueError("steps is empty; name the steps by which a customer is active")
    if len(set(steps)) < len(steps):
        raise ValueError("steps name one step twice; name it once")


def first_of(steps: tuple[str, ...], told: Told) -> datetime | None:
    """When the first of some steps happened, as far as it is known today."""
    known = latest(told.events)
    chosen = known.filter(known["step"].is_in(steps)) if steps else known
    return cast("datetime | None", chosen["occurred_at"].min())
