"""What a contact is worth, and how customers fall into bands."""

from dataclasses import dataclass
from typing import Literal

from models.judging.profit import ProfitParams

BANDS = ("high", "medium", "low")
"""The risk bands, from the most urgent."""

Band = Literal["high", "medium", "low"]

LONGEST_WINDOW_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class DecideParams(ProfitParams):
    """What a contact is worth, who is urgent, and over which past a yearly value is counted.

    Bands begin by profit where an offer pays, or by capacity with so many customers: `capacity`
    are high and as many again medium, those first who are first by `rank_by`. A customer falls to
    a lower band only below the border less its share `margin`. `value_window_days` is the span of
    past over which a customer's money is counted for the yearly value. Reasons are given from the
    band `reasons_from` on: high, medium, or low for everyone.
    """

    bands_by: Literal["profit", "capacity"] = "profit"
    capacity: int | None = None
    rank_by: Literal["value_at_risk", "probability"] = "value_at_risk"
    margin: float = 0.1
    value_window_days: int = 182
    reasons_from: Band = "medium"

    def __post_init__(self) -> None:
        """Refuse spans, shares and bands that are none."""
        super().__post_init__()
        if not 1 <= self.value_window_days <= LONGEST_WINDOW_DAYS:
            msg = f"value_window_days is {self.value_window_days}; write 1 to {LONGEST_WINDOW_DAYS}"
            raise ValueError(msg)
        if self.reasons_from not in BANDS:
            msg = f"reasons_from is {self.reasons_from!r}; write {', '.join(BANDS)}"
            raise ValueError(msg)
        if not 0 <= self.margin < 1:
            msg = f"margin is {self.margin}; write a share from 0 and below 1"
            raise ValueError(msg)
        if (self.bands_by == "capacity") != (self.capacity is not None):
            msg = 'capacity belongs to bands_by = "capacity"; write both or neither'
            raise ValueError(msg)
        if self.capacity is not None and self.capacity < 1:
            msg = f"capacity is {self.capacity}; write how many customers a night, from 1"
            raise ValueError(msg)
