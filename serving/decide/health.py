"""Health from 0 to 100: the probability as a number that agents read, in its band's colour."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from serving.decide.bands import band_begins
from serving.decide.params import DecideParams

AMBER_FROM, GREEN_FROM, SAFEST = 30, 60, 100
"""Below the first a customer's health is red, from the second on green."""

BORDERS: Mapping[str, tuple[int, int]] = {
    "high": (0, AMBER_FROM - 1),
    "medium": (AMBER_FROM, GREEN_FROM - 1),
    "low": (GREEN_FROM, SAFEST),
}
"""The least and the greatest health of each band."""


def health(
    probabilities: NDArray[np.float64], bands: Sequence[str], params: DecideParams
) -> NDArray[np.int64]:
    """Whole numbers from 0 to 100, 100 the safest, never outside the borders of the band.

    The probability on a line through 100 at 0, 60 at half the profit cut, 30 at the cut and 0
    at 1. Who is in another band than the probability alone would say (capacity, or the night
    before) has the nearest health of that band; without a probability it is the middle of it.

    >>> health(np.array([0.0, 0.1, 0.9, np.nan]), ["low", "medium", "high", "low"], DecideParams())
    array([100,  53,   3,  80])
    """
    knots = np.minimum([0, band_begins("medium", params), band_begins("high", params), 1], 1)
    line = np.interp(probabilities, knots, [SAFEST, GREEN_FROM, AMBER_FROM, 0])
    least, most = np.array([BORDERS[band] for band in bands]).reshape(-1, 2).T
    middle = (least + most + 1) // 2
    told = np.where(np.isnan(probabilities), middle, np.nan_to_num(line))
    return np.clip(np.floor(told), least, most).astype(np.int64)
