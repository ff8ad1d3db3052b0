"""When a workspace is told to look, and when its models are learned anew."""

from dataclasses import dataclass
from typing import Literal

from models.limits import at_least, at_most

_SHARES = ("quarantine_more_most", "emptier_most", "flips_most", "reasons_alike_least")


@dataclass(frozen=True, kw_only=True)
class WatchParams:
    """Limits of watching, `[watch]` in the workspace file; `docs/watch.md` tells each.

    `retrain` says what follows from a reason to retrain: it is recommended, or a night that finds
    one starts it, at most once in `cooldown_days`. A model is old `retrain_after_days` after the
    last outcome that it learned from. `auc_lower_most` is a difference, `precision_lower_most` a
    share of what was measured out of time, `expected_off_most` how far observed over expected may
    be from 1. The others are shares: rows set aside beyond a source's usual share, empty cells
    beyond a column's, customers in another band than last night, and reasons told again.
    """

    retrain: Literal["recommend", "start"] = "recommend"
    cooldown_days: int = 14
    retrain_after_days: int = 56
    auc_lower_most: float = 0.02
    precision_lower_most: float = 0.15
    expected_off_most: float = 0.15
    quarantine_more_most: float = 0.01
    emptier_most: float = 0.05
    flips_most: float = 0.05
    reasons_alike_least: float = 0.5

    def __post_init__(self) -> None:
        """Refuse limits that are none."""
        at_least(self, cooldown_days=1, retrain_after_days=1)
        at_most(self, cooldown_days=3650, retrain_after_days=3650)
        limits = ("auc_lower_most", "precision_lower_most", "expected_off_most", *_SHARES)
        at_least(self, **dict.fromkeys(limits, 0))
        at_most(self, **dict.fromkeys(limits, 1))
