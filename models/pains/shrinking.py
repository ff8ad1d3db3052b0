"""Excesses drawn towards none, the more the less is known of them."""

from collections.abc import Iterable

import numpy as np

from models.pains.contrast import Excess


def spread_of(found: Iterable[Excess]) -> float:
    """The variance of true excesses around none (DerSimonian and Laird 1986), by all cells."""
    known = [one for one in found if one.error > 0]
    weight = np.array([one.error**-2 for one in known])
    square = float((weight * np.array([one.excess for one in known]) ** 2).sum())
    return max(0.0, (square - len(known)) / float(weight.sum())) if known else 0.0


def shrunk(excess: float, error: float, spread: float) -> float:
    """An excess drawn towards none (Efron and Morris 1975).

    >>> shrunk(0.5, 0.5, 0.25)
    0.25
    """
    return excess * spread / (spread + error**2) if spread else 0.0
