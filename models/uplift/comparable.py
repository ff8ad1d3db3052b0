"""Whether treated and control were comparable: shares as drawn, balance of what was known then."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, chi2, norm

from models.logit import Floats

DOUBT = 0.001
"""So seldom may arms that were drawn by lot look as if they were not."""

ENOUGH = 5.0
"""So many of the rarer arm a normal distribution needs to stand for lots that are counted."""


@dataclass(frozen=True, kw_only=True)
class Imbalance:
    """Something known before the draw of which the arms have more or less than chance allows.

    `difference` is treated less control in standard deviations.
    """

    name: str
    difference: float
    chance: float


def share_chance(treated: Floats, probability: Floats, strata: Sequence[str]) -> float:
    """The chance of arms as unequal as these, had each been drawn with its probability.

    Exact in a single stratum of one probability, else by chi-square over the strata (a test for
    sample ratio mismatch), those together that are too small for it.

    >>> share_chance(np.ones(8), np.full(8, 0.5), ["high"] * 8)
    0.0078125
    """
    names, place = np.unique(np.asarray(strata), return_inverse=True)
    each = probability * (1 - probability)
    if np.ptp(probability) == 0 and (len(names) == 1 or each.sum() < ENOUGH):
        return float(binomtest(int(treated.sum()), len(treated), probability[0]).pvalue)
    is_small = np.bincount(place, weights=each) < ENOUGH
    place = np.where(is_small[place], len(names), place)
    off, spread = (np.bincount(place, weights=one) for one in (treated - probability, each))
    told = spread >= ENOUGH
    return float(chi2.sf((off[told] ** 2 / spread[told]).sum(), told.sum())) if told.any() else 1.0


def imbalances(
    treated: Floats, probability: Floats, known: Mapping[str, Floats]
) -> list[Imbalance]:
    """What differs between the arms beyond chance; `known` are columns, NaN where nothing is told.

    The limit `DOUBT` is shared by all columns (Bonferroni). Nothing is said of a column in which
    a few rows decide, as of a stage in which hardly anybody is.
    """
    measured = [
        _imbalance(name, treated, probability, column)
        for name, column in known.items()
        if len(np.unique(column[~np.isnan(column)])) > 1
    ]
    return [one for one in measured if one.chance * len(measured) < DOUBT]


def _imbalance(name: str, treated: Floats, probability: Floats, column: Floats) -> Imbalance:
    """The difference of one column, and its chance when only the lots could make it."""
    told = ~np.isnan(column)
    share, weight = probability[told], probability[told] * (1 - probability[told])
    around = column[told] - weight @ column[told] / weight.sum()
    off = float((treated[told] - share) @ around)
    spread = math.sqrt(float(weight @ around**2))
    furthest = float(np.max(np.maximum(share, 1 - share) * np.abs(around)))
    is_enough = spread > furthest * math.sqrt(ENOUGH)
    chance = 2 * float(norm.sf(abs(off) / spread)) if is_enough else 1.0
    return Imbalance(
        name=name, difference=off / float(weight.sum()) / float(around.std()), chance=chance
    )
