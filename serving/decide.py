"""Whom a score asks to contact: the profit cut, the risk band, the money at risk."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.profit import ProfitParams, profit_cut

BANDS = ("high", "medium", "low")
"""The risk bands, from the most urgent."""

DAYS_A_YEAR = 365
LONGEST_WINDOW_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class DecideParams(ProfitParams):
    """What a contact is worth, and over which past a customer's yearly value is counted.

    `value_window_days` is the span of past over which a customer's money is counted for the yearly
    value. Reasons are given from the band `reasons_from` on: high, medium, or low for everyone.
    """

    value_window_days: int = 182
    reasons_from: Literal["high", "medium", "low"] = "medium"

    def __post_init__(self) -> None:
        """Refuse spans and bands that are none."""
        super().__post_init__()
        if not 1 <= self.value_window_days <= LONGEST_WINDOW_DAYS:
            msg = f"value_window_days is {self.value_window_days}; write 1 to {LONGEST_WINDOW_DAYS}"
            raise ValueError(msg)
        if self.reasons_from not in BANDS:
            msg = f"reasons_from is {self.reasons_from!r}; write {', '.join(BANDS)}"
            raise ValueError(msg)


def risk_bands(probabilities: NDArray[np.float64], params: DecideParams) -> NDArray[np.str_]:
    """The band of each probability: high from the profit cut, medium from half of it, else low.

    >>> risk_bands(np.array([0.9, 0.1, 0.01]), DecideParams()).tolist()
    ['high', 'medium', 'low']
    """
    high, medium, low = BANDS
    below = np.where(probabilities >= band_begins(medium, params), medium, low)
    return np.where(probabilities >= band_begins(high, params), high, below)


def band_begins(band: str, params: DecideParams) -> float:
    """The least probability of a band.

    >>> band_begins("low", DecideParams())
    0.0
    """
    cut = profit_cut(params)
    return {"high": cut, "medium": cut / 2, "low": 0.0}[band]


def bands_told(params: DecideParams) -> tuple[str, ...]:
    """The bands whose customers are given reasons.

    >>> bands_told(DecideParams())
    ('high', 'medium')
    """
    return BANDS[: BANDS.index(params.reasons_from) + 1]


def yearly_value(past_money: NDArray[np.float64], params: DecideParams) -> NDArray[np.float64]:
    """Money a year, if the year to come is like the window that has passed.

    A plain assumption, not a forecast: the money of the last `value_window_days` is stretched to
    365 days, also for a customer who is younger than the window. Refunds beyond purchases count 0.

    >>> yearly_value(np.array([91.0, -5.0]), DecideParams()).tolist()
    [182.5, 0.0]
    """
    return np.maximum(past_money, 0) * (DAYS_A_YEAR / params.value_window_days)


def value_at_risk(
    probabilities: NDArray[np.float64], yearly: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The money a year that is expected to leave with the customer."""
    return probabilities * yearly
