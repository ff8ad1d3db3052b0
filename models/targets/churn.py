"""Churn, whatever its definition: two classes, and a base rate that can be learned from."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from features.errors import ModelRefused
from models.logit import Floats
from models.targets.target import Target

BASE_RATE = (0.002, 0.998)
"""A definition under which fewer leave, or stay, separates nothing."""


@dataclass(frozen=True, kw_only=True)
class Churn(Target):
    """Leaving: label 1; staying: 0.

    `further_horizons_days` are horizons that are answered beside the first, of the same customers.
    """

    predicts: ClassVar[str] = "churn"

    further_horizons_days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse spans that are none, and a horizon that is named twice."""
        super().__post_init__()
        if min(self.further_horizons_days, default=1) < 1:
            raise ValueError("further_horizons_days names a horizon of no days; write at least 1")
        if len(set(self.horizons_days)) <= len(self.further_horizons_days):
            raise ValueError("further_horizons_days names one horizon twice; name it once")
        if max(self.further_horizons_days, default=0) > self.MOST_DAYS:
            msg = f"further_horizons_days names a horizon too long; write at most {self.MOST_DAYS}"
            raise ValueError(msg)

    @property
    def horizons_days(self) -> tuple[int, ...]:
        """Every horizon that is answered, ascending."""
        return tuple(sorted({self.horizon_days, *self.further_horizons_days}))

    def over(self, horizon_days: int) -> Self:
        """The same question over one other horizon."""
        return replace(self, horizon_days=horizon_days, further_horizons_days=())

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
