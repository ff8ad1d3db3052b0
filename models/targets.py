"""What is predicted: who was at risk at a cutoff, and who of them left. Looks past the cutoff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from features.clock import shift
from features.contracts import Frame
from features.errors import ModelRefused
from features.hindsight import count_between, first_move_between, first_step_between
from models.limits import at_least, at_most
from models.logit import Floats

BASE_RATE = (0.002, 0.998)
"""A definition under which fewer leave, or stay, separates nothing."""


@dataclass(frozen=True, kw_only=True)
class InactivityChurn:
    """Leaving without saying so: silence of the qualifying steps over the whole label window.

    At risk at a cutoff is who had one of `steps` in `[cutoff - active_within_days, cutoff)`, known
    by then. Churned is who of them has none in
    `[cutoff + embargo_days, cutoff + embargo_days + horizon_days)`.
    """

    steps: tuple[str, ...]
    active_within_days: int = 56
    embargo_days: int = 1
    horizon_days: int = 30

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("steps is empty; name the steps by which a customer is active")
        if len(set(self.steps)) < len(self.steps):
            raise ValueError("steps name one step twice; name it once")
        at_least(self, active_within_days=1, embargo_days=0, horizon_days=1)
        at_most(self, active_within_days=3650, embargo_days=3650, horizon_days=3650)

    def matured_at(self, cutoff: datetime, zone: ZoneInfo) -> datetime:
        """When the label window is over; before that there is no label."""
        return shift(cutoff, self.embargo_days + self.horizon_days, zone)

    def last_mature(self, watermark: datetime, zone: ZoneInfo) -> datetime:
        """The latest business midnight whose label window is over at the watermark."""
        return shift(watermark, -(self.embargo_days + self.horizon_days), zone)

    def stayed(
        self, events: Frame, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
    ) -> pd.DataFrame:
        """Customers and cutoffs with a qualifying event in the label window.

        Columns customer_id and cutoff. A cutoff that is not mature at the watermark is refused.
        """
        self._refuse_unripe(cutoffs, watermark, zone)
        counts = count_between(events, cutoffs, *self._span_days, self.steps, zone)
        return counts.select("customer_id", "cutoff").to_pandas()

    def first_steps(
        self, events: Frame, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
    ) -> pd.DataFrame:
        """The first step, of any kind, of who has one in the label window.

        Columns customer_id, cutoff and step; refusals as in `stayed`.
        """
        self._refuse_unripe(cutoffs, watermark, zone)
        return first_step_between(events, cutoffs, *self._span_days, zone).to_pandas()

    def first_moves(
        self, history: Frame, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
    ) -> pd.DataFrame:
        """The stage that is moved to first in the label window, by a table `stage_history`.

        Columns customer_id, cutoff and stage; refusals as in `stayed`.
        """
        self._refuse_unripe(cutoffs, watermark, zone)
        return first_move_between(history, cutoffs, *self._span_days, zone).to_pandas()

    def check_base_rate(self, churned: Floats) -> None:
        """Refuse labels of which almost none, or almost all, are churn."""
        rate = float(churned.mean())
        if BASE_RATE[0] <= rate <= BASE_RATE[1]:
            return
        raise ModelRefused(
            f"{rate:.2%} of {len(churned)} rows at risk churned; a model needs between "
            f"{BASE_RATE[0]:.1%} and {BASE_RATE[1]:.1%}",
            where="[churn]",
            mend="change horizon_days or active_within_days, or which steps count as activity",
        )

    @property
    def _span_days(self) -> tuple[int, int]:
        """From when to when the label window reaches, counted from the cutoff."""
        return self.embargo_days, self.embargo_days + self.horizon_days

    def _refuse_unripe(
        self, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
    ) -> None:
        unripe = [cutoff for cutoff in cutoffs if self.matured_at(cutoff, zone) > watermark]
        if unripe:
            raise ModelRefused(
                f"the label window of cutoff {unripe[0]:%Y-%m-%d} is over on "
                f"{self.matured_at(unripe[0], zone):%Y-%m-%d}, after the data are complete "
                f"({watermark:%Y-%m-%d})",
                where="churn label",
                mend=f"use cutoffs up to {self.last_mature(watermark, zone):%Y-%m-%d}",
            )
