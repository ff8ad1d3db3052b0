"""Churn, whatever its definition: two classes, and a base rate that can be learned from."""

from dataclasses import dataclass
from typing import ClassVar

from features.errors import ModelRefused
from models.logit import Floats
from models.targets.target import Target

BASE_RATE = (0.002, 0.998)
"""A definition under which fewer leave, or stay, separates nothing."""


@dataclass(frozen=True, kw_only=True)
class Churn(Target):
    """Leaving: label 1; staying: 0."""

    predicts: ClassVar[str] = "churn"

    @property
    def classes(self) -> tuple[str, ...]:
        """Stayed, then churned."""
        return ("stayed", "churned")

    @property
    def rises(self) -> bool:
        """Whether a longer horizon makes leaving likelier: silence for longer is rarer."""
        return False

    def check_base_rate(self, churned: Floats) -> None:
        """Refuse labels of which almost none, or almost all, are churn."""
        rate = float(churned.mean())
        if BASE_RATE[0] <= rate <= BASE_RATE[1]:
            return
        raise ModelRefused(
            f"{rate:.2%} of {len(churned)} rows at risk churned; a model needs between "
            f"{BASE_RATE[0]:.1%} and {BASE_RATE[1]:.1%}",
            where="[churn]",
            mend="change horizon_days, or who counts as at risk and as gone",
        )
