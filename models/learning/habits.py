"""BG/NBD as of each cutoff: who buys how often, and who has stopped, by the crowd's own past.

Nothing of a label window is looked at, so each cutoff has parameters of its own: those that were
to be had on that day.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import pandas as pd

from models.logit import Floats
from models.rows.activity import ACTIVE_DAYS, RECENCY, TENURE
from models.transforms.buying import Buying, fit_buying

EXPECTED, NONE = "bgnbd_expected", "bgnbd_none"
"""Purchases to be expected in the label window, and the chance that there is none."""

READS = (ACTIVE_DAYS, RECENCY, TENURE)
"""Days with a purchase, days since the last one, days since the first one."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """Parameters by cutoff, for label windows from `start_days` to `end_days` after it."""

    by_cutoff: Mapping[pd.Timestamp, Buying]
    start_days: int
    end_days: int

    @property
    def note(self) -> str:
        """At which cutoff the likelihood has no maximum, and what it ran off to; or nothing."""
        for cutoff, buying in self.by_cutoff.items():
            if buying.diverged:
                told = ", ".join(f"{name} {value:.3g}" for name, value in asdict(buying).items())
                return f"BG/NBD has no maximum of likelihood at {cutoff:%Y-%m-%d} ({told})"
        return ""

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """`EXPECTED` and `NONE` for rows at cutoffs whose parameters are known."""
        told = pd.DataFrame(np.nan, index=rows.index, columns=[EXPECTED, NONE])
        for cutoff, own in rows.groupby("cutoff").indices.items():
            buying = self.by_cutoff[cast("pd.Timestamp", cutoff)]
            window = (*_history(rows.iloc[own]), self.start_days, self.end_days)
            told.iloc[own] = np.column_stack([buying.expected(*window), buying.none(*window)])
        return told


def habits(
    rows: pd.DataFrame, start_days: int, end_days: int, active_within_days: int | None = None
) -> Habits:
    """The parameters of greatest likelihood at each cutoff of rows that hold everyone at risk.

    `active_within_days` says how silent a customer may be and still have a row; the likelihood
    allows for those who have none.
    """
    found = {
        cast("pd.Timestamp", cutoff): fit_buying(
            *_history(rows.iloc[own]), active_within_days=active_within_days
        )
        for cutoff, own in rows.groupby("cutoff").indices.items()
    }
    return Habits(by_cutoff=found, start_days=start_days, end_days=end_days)


def _history(rows: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Repeat purchases, when the last of them was, and now, in days since the first purchase.

    Several purchases of one business day are one.
    """
    days, silent, t_now = rows[list(READS)].to_numpy(np.float64, na_value=np.nan).T
    return np.maximum(days - 1, 0), t_now - silent, t_now
