"""How many customers contact keeps: as measured, as expected, or as merely assumed."""

import math

import numpy as np
from scipy.stats import norm

from models.judging.bootstrap import Interval
from models.logit import Floats
from models.uplift.experiment import Experiment

SURE = 0.95


def measured_saves(told: Experiment) -> Interval:
    """Treated who stayed because they were treated, of all who were assigned, reached or not.

    The number of treated times the difference of the arms, with the interval of Newcombe (1998,
    his method 10). For draws of one probability and one row a customer.
    """
    arms = [
        (told.outcome[told.treated == arm].sum(), (told.treated == arm).sum()) for arm in (1, 0)
    ]
    value, low, high = difference(*(int(number) for arm in arms for number in arm))
    treated = int(told.treated.sum())
    return Interval(treated * value, treated * low, treated * high)


def difference(
    events: int, rows: int, other_events: int, other_rows: int, *, sure: float = SURE
) -> Interval:
    """One share less another, with Newcombe's interval.

    >>> [round(one, 4) for one in difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    (p, low, high), (q, other_low, other_high) = (
        wilson(events, rows, sure=sure),
        wilson(other_events, other_rows, sure=sure),
    )
    down, up = math.hypot(p - low, other_high - q), math.hypot(high - p, q - other_low)
    return Interval(p - q, p - q - down, p - q + up)


def wilson(events: int, rows: int, *, sure: float = SURE) -> Interval:
    """A share with Wilson's interval.

    >>> [round(one, 3) for one in wilson(56, 70)]
    [0.8, 0.692, 0.877]
    """
    z = float(norm.ppf((1 + sure) / 2))
    p, weight = events / rows, z * z / rows
    middle = (p + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(p * (1 - p) / rows + weight / rows / 4)
    return Interval(p, middle - half, middle + half)


def expected_saves(effects: Floats, share: float) -> float:
    """The effects of those whom contact changes most, added up over a share of all.

    >>> expected_saves(np.array([0.3, -0.1, 0.2, 0.0]), 0.5)
    0.5
    """
    return float(np.sort(effects)[::-1][: int(share * len(effects))].sum())


def assumed_saves(p: Floats, acceptance: float, share: float) -> float:
    """Those most at risk who would accept an offer, if the assumed share of them does.

    >>> assumed_saves(np.array([0.9, 0.1, 0.5, 0.0]), 0.3, 0.5)
    0.42
    """
    return acceptance * float(np.sort(p)[::-1][: int(share * len(p))].sum())
