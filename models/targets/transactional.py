"""Churn of buyers: no order in the label window, among those who are not overdue yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import pandas as pd

from features.catalog import Feature, reads
from features.contracts import Frame
from features.errors import DataRefused
from features.families.rhythm import gap_quantile
from features.known.past import Where
from models.limits import at_least
from models.rows.activity import ACTIVE, ACTIVE_DAYS, RECENCY, activity, collapse
from models.targets.silence import Silence
from models.targets.target import Target

GAP = "own_gap_p90"

OWN_GAPS_LEAST = 3
"""So many gaps between own orders say how long a customer usually waits; fewer do not."""


@dataclass(frozen=True, kw_only=True)
class TransactionalChurn(Silence):
    """No further order, of those who order again and again.

    At risk at a cutoff is who has ordered on `orders_least` days or more, the last time no longer
    ago than they usually wait: the 90th percentile of their own gaps, not below
    `quiet_days_least` and not above `quiet_days_most`; who has fewer than three gaps may wait
    `usual_gap_days`. Churned is who of them has none of `steps` in the label window. Steps are
    orders; a return is a step of its own that does not count.
    """

    kind: ClassVar[str] = "transaction"
    LEAST: ClassVar[Mapping[str, float]] = {
        **Target.LEAST,
        "orders_least": 1,
        "usual_gap_days": 1,
        "quiet_days_least": 1,
        "quiet_days_most": 1,
    }

    orders_least: int = 2
    usual_gap_days: int = 90
    quiet_days_least: int = 30
    quiet_days_most: int = 365

    def __post_init__(self) -> None:
        """Refuse a target without steps, and spans that are none."""
        super().__post_init__()
        at_least(self, quiet_days_most=self.quiet_days_least)

    @property
    def sight_days(self) -> int:
        """As long as anybody may wait."""
        return self.quiet_days_most

    def telling(self) -> tuple[Feature, ...]:
        """What the orders say, step by step, and how long is usual between any two of them."""
        where = Where(step=self.steps)
        usual = Feature(
            name=GAP,
            family="target",
            unit="days",
            meaning="90th percentile of the days between orders",
            function=gap_quantile,
            arguments={"where": where, "tenths": 9},
            needs=reads(where),
        )
        return (*activity(self.steps, self.quiet_days_most, self.horizon_days), usual)

    def at_risk(self, built: Frame) -> Frame:
        """The rows of those who order again and are not overdue."""
        days = built.select([f"{ACTIVE_DAYS}:{step}" for step in self.steps]).sum_horizontal()
        own = built[GAP].fill_nan(None).clip(self.quiet_days_least, self.quiet_days_most)
        told = own.zip_with(days > OWN_GAPS_LEAST, own.clear(len(own)))
        allowed = told.fill_null(self.usual_gap_days)
        recency = built.select([f"{RECENCY}:{step}" for step in self.steps]).fill_nan(None)
        quiet = recency.min_horizontal()
        return built.filter((days >= self.orders_least) & (quiet <= allowed))

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Recency, frequency and money over all orders."""
        told = [one for one in self.telling() if one.name != GAP]
        return collapse(rows.drop(columns=GAP), told, self.steps).drop(columns=ACTIVE)

    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """That nobody orders again."""
        return DataRefused(
            f"no customer had {self.orders_least} or more of {', '.join(self.steps)}, the last "
            f"within the usual wait before {max(cutoffs):%Y-%m-%d}",
            where="[churn]",
            mend="check the steps, lower orders_least, or lengthen usual_gap_days",
        )
