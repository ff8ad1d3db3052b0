"""Intervals that hold however often one looks: confidence sequences for a mean.

Asymptotic confidence sequences of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024,
"Time-uniform central limit theory and asymptotic confidence sequences", theorem 2.2).
"""

import math

from models.uplift.power import SURE

EXPECTED = 1_000
"""For how many rows bounds are made narrow where nobody says how many there will be."""


def half_width(deviation: float, rows: int, *, expected: float = EXPECTED) -> float:
    """How far the mean of all rows so far may be from the truth, at this look and all others.

    `deviation` is the standard deviation of a row. The bounds are narrowest near `expected` rows,
    a number that must be chosen before the outcomes are known, and hold for any other.

    >>> half_width(1.0, 1000) / (1.96 / math.sqrt(1000))
    1.548...
    """
    error = 1 - SURE
    narrow = -2 * math.log(error)
    squared = (narrow + math.log(narrow) + 1) / expected
    grown = rows * squared + 1
    return deviation * math.sqrt(
        2 * grown / (rows * rows * squared) * math.log(math.sqrt(grown) / error)
    )
