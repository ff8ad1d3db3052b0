"""Churn by silence: none of the qualifying steps over the whole label window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import pandas as pd

from features.catalog import Feature
from features.contracts import Frame
from features.errors import DataRefused
from models.rows.activity import ACTIVE, activity, collapse
from models.targets.silence import Silence
from models.targets.target import Target


@dataclass(frozen=True, kw_only=True)
class InactivityChurn(Silence):
    """Leaving without saying so: silence of the qualifying steps over the whole label window.

    At risk at a cutoff is who had one of `steps` in `[cutoff - active_within_days, cutoff)`, known
    by then. Churned is who of them has none in
    `[cutoff + embargo_days, cutoff + embargo_days + horizon_days)`.
    """

    kind: ClassVar[str] = "inactivity"
    LEAST: ClassVar[Mapping[str, float]] = {**Target.LEAST, "active_within_days": 1}

    active_within_days: int = 56

    @property
    def sight_days(self) -> int:
        """As long as somebody counts as active."""
        return self.active_within_days

    def telling(self) -> tuple[Feature, ...]:
        """What the qualifying steps say, step by step."""
        return activity(self.steps, self.active_within_days, self.horizon_days)

    def at_risk(self, built: Frame) -> Frame:
        """The rows of those who were active."""
        return built.filter(sum((built[f"{ACTIVE}:{step}"] for step in self.steps), start=0) > 0)

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Recency, frequency and money over all qualifying steps."""
        return collapse(rows, self.telling(), self.steps).drop(columns=ACTIVE)

    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """That nobody was active."""
        return DataRefused(
            f"no customer had one of {', '.join(self.steps)} within "
            f"{self.active_within_days} days before {max(cutoffs):%Y-%m-%d}",
            where="[churn]",
            mend="check the steps, and that the sources reach up to as_of",
        )
