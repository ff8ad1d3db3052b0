"""Whom a score asks to contact: the profit cut, the risk band, the money at risk."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BANDS = ("high", "medium", "low")
"""The risk bands, from the most urgent."""

DAYS_A_YEAR = 365
LONGEST_WINDOW_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class DecideParams:
    """What keeping a customer is worth and what an attempt costs, in the workspace's currency.

    `acceptance` is the assumed share of leaving customers that an offer keeps; measure it as soon
    as there is a campaign with a control arm. `value_window_days` is the span of past over which
    a customer's money is counted for the yearly value.
    """

    customer_value: float = 200.0
    offer_cost: float = 10.0
    contact_cost: float = 1.0
    acceptance: float = 0.3
    value_window_days: int = 182

    def __post_init__(self) -> None:
        for name in ("customer_value", "offer_cost", "contact_cost"):
            amount = getattr(self, name)
            if not (math.isfinite(amount) and amount >= 0):
                msg = f"{name} is {amount}; write an amount of money from 0"
                raise ValueError(msg)
        if not 0 < self.acceptance <= 1:
            msg = f"acceptance is {self.acceptance}; write a share above 0 and up to 1"
            raise ValueError(msg)
        if not 1 <= self.value_window_days <= LONGEST_WINDOW_DAYS:
            msg = f"value_window_days is {self.value_window_days}; write 1 to {LONGEST_WINDOW_DAYS}"
            raise ValueError(msg)


def profit_cut(params: DecideParams) -> float:
    """The probability of leaving above which contacting a customer pays.

    With value `v`, offer `d`, contact `f` and acceptance `g`, contact when
    `p > (d + f) / (g (v - d) + d)`: each contact costs `f`, a customer who would have stayed also
    takes `d`, and a leaving one who accepts brings `v - d`. Where the offer costs as much as the
    customer is worth, the cut is infinite: never (Verbraken and others 2013, for one customer).

    >>> round(profit_cut(DecideParams()), 3)
    0.164
    >>> profit_cut(DecideParams(customer_value=10, offer_cost=10))
    inf
    """
    gain = params.customer_value - params.offer_cost
    if gain <= 0:
        return math.inf
    cost = params.offer_cost + params.contact_cost
    return cost / (params.acceptance * gain + params.offer_cost)


def risk_bands(probabilities: NDArray[np.float64], params: DecideParams) -> NDArray[np.str_]:
    """The band of each probability: high from the profit cut, medium from half of it, else low.

    >>> risk_bands(np.array([0.9, 0.1, 0.01]), DecideParams()).tolist()
    ['high', 'medium', 'low']
    """
    high, medium, low = BANDS
    cut = profit_cut(params)
    below = np.where(probabilities >= cut / 2, medium, low)
    return np.where(probabilities >= cut, high, below)


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
