"""The money of a customer, and how much of it is at risk."""

import numpy as np
from numpy.typing import NDArray

from serving.decide.params import DecideParams

Floats = NDArray[np.float64]

DAYS_A_YEAR = 365


def yearly_value(past_money: Floats, params: DecideParams) -> Floats:
    """Money a year, if the year to come is like the window that has passed.

    A plain assumption, not a forecast: the money of the last `value_window_days` is stretched to
    365 days, also for a customer who is younger than the window. Refunds beyond purchases count 0.

    >>> yearly_value(np.array([91.0, -5.0]), DecideParams()).tolist()
    [182.5, 0.0]
    """
    return np.maximum(past_money, 0) * (DAYS_A_YEAR / params.value_window_days)


def value_at_risk(probabilities: Floats, yearly: Floats) -> Floats:
    """The money a year that is expected to leave with the customer."""
    return probabilities * yearly
