"""How many customers an experiment needs before it can tell whether contact helps."""

import math
from statistics import NormalDist

SURE = 0.95
"""Two-sided: so seldom may no effect look like one as the rest."""


def customers_needed(
    base: float, reduction: float, control_share: float, *, power: float = 0.8
) -> int:
    """Customers to be drawn into both arms together, those held out included.

    `base` is the share who leave without contact, `reduction` the part of them whom contact is
    hoped to keep, `power` the chance that such an effect is found (difference of two proportions,
    normal approximation).

    >>> customers_needed(0.20, 0.20, 0.10), customers_needed(0.20, 0.20, 0.50)
    (8582, 2889)
    """
    kept, treated = base * (1 - reduction), 1 - control_share
    noise = kept * (1 - kept) / treated + base * (1 - base) / control_share
    surely, likely = map(NormalDist().inv_cdf, [(1 + SURE) / 2, power])
    return math.ceil(noise * ((surely + likely) / (base - kept)) ** 2)
