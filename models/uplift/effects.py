"""What contact changed: by intention to treat, for one look and for any number of them.

Every draw gets a value whose mean is the effect on it, whatever the outcome was predicted to be
(augmented inverse probability weighting with the logged probabilities). Predictions are made of
draws that matured earlier alone, so that the values are fair bets in the order of maturity, which
is what a confidence sequence needs; the better they are, the narrower are the intervals.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from models.judging.bootstrap import Interval
from models.logit import Floats
from models.transforms.drawn import Ints
from models.uplift.power import SURE
from models.uplift.sequences import EXPECTED, half_width

LEAVING = 0.1
"""The probability of leaving of whom nobody predicted one, before any outcome is known."""

FIRST_ROWS, GROWTH = 32, 1.5
"""After how many rows outcomes are first learned from, and by what factor more of them again."""

PSEUDO_EVENTS = 5.0
"""So many who leave as predicted are added to those who did."""

HALF_AN_EVENT = 0.5
"""Added to who left where nobody may have: Jeffreys' prior of a share."""

TRUST_ROWS = 100
"""So many draws speak for the predictions as they are, before outcomes speak against them."""

ARM_LEAST, LEFT_LEAST = 20, 10
"""So many in each arm, and so many who left in both, before anything is claimed."""


@dataclass(frozen=True, kw_only=True)
class Matured:
    """Draws whose outcome is known, in the order in which it became known.

    `probability` is that of being treated, whichever arm was drawn; `stayed` is 1 or 0; `leaving`
    is the probability of leaving that was predicted before the draw, NaN where none was;
    `customers` are codes from 0.
    """

    treated: Floats
    probability: Floats
    stayed: Floats
    leaving: Floats
    customers: Ints

    @property
    def is_enough(self) -> bool:
        """Whether there are so many that a claim would be no accident of small numbers."""
        in_arms = min(self.treated.sum(), (1 - self.treated).sum())
        return bool(in_arms >= ARM_LEAST and (1 - self.stayed).sum() >= LEFT_LEAST)

    @cached_property
    def values(self) -> Floats:
        """Of each draw the effect on the treated that it speaks for: (rows,).

        Their sum, over that of the probabilities, is the mean effect on those who were treated.
        """
        kept, kept_alone = self._predicted
        share, on = self.probability, self.treated
        told = on * (self.stayed - kept) - (1 - on) * share / (1 - share) * (
            self.stayed - kept_alone
        )
        return share * (kept - kept_alone) + told

    @cached_property
    def variances(self) -> Floats:
        """Of each draw the variance of its value if contact changes nothing: (rows,).

        What was predicted of everybody tells it, at the level that came: a small arm or group of
        which nobody left says nothing of how its values vary, nor do a few who pay most.
        """
        left, p = 1 - self.stayed, self.leaving
        usual = (left.sum() + HALF_AN_EVENT) / (len(p) + 2 * HALF_AN_EVENT)
        trusted = np.clip(_trusted(np.where(np.isnan(p), usual, p), left), 0, 1)
        ratio = (left.sum() + HALF_AN_EVENT) / (trusted.sum() + HALF_AN_EVENT)
        risk = np.clip(ratio * trusted, 0, 1)
        return risk * (1 - risk) * self.probability / (1 - self.probability)

    def where(self, kept: NDArray[np.bool_]) -> "Matured":
        """Some of the draws."""
        names = ("treated", "probability", "stayed", "leaving", "customers")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    @cached_property
    def _predicted(self) -> tuple[Floats, Floats]:
        """Probability of staying if treated and if not, as the draws before a block tell it."""
        p, left = self.leaving, 1 - self.stayed
        told = [np.empty_like(p), np.empty_like(p)]
        for start, end in blocks(len(p)):
            usual = (left[:start].sum() + PSEUDO_EVENTS) / (start + PSEUDO_EVENTS / LEAVING)
            trusted = _trusted(np.where(np.isnan(p[:end]), usual, p[:end]), left[:start])
            for on, kept in zip((1, 0), told, strict=True):
                own = self.treated[:start] == on
                came, expected = left[:start][own].sum(), trusted[:start][own].sum()
                ratio = (came + PSEUDO_EVENTS) / (expected + PSEUDO_EVENTS)
                kept[start:end] = 1 - np.clip(ratio * trusted[start:], 0, 1)
        return told[0], told[1]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """By how much more of the treated stayed than would have without contact.

    `once` is right for who looks a single time, `always` for who looks every night.
    """

    treated: int
    control: int
    once: Interval
    always: Interval
    is_enough: bool

    @property
    def claimed(self) -> int:
        """1 where contact is proved to keep customers, -1 where it drives them away, else 0."""
        if not self.is_enough:
            return 0
        return int(self.always.low > 0) - int(self.always.high < 0)


class Mean(NamedTuple):
    """A mean effect, the standard deviation of a row around it, and how well that is known.

    `freedom` are the degrees of freedom of the deviation: those of the smaller arm, fewer where a
    few customers make up most of it (Satterthwaite 1946).
    """

    value: float
    deviation: float
    freedom: float


def effect(told: Matured, *, worth: Floats | None = None, expected: float = EXPECTED) -> Effect:
    """The mean effect on the treated; with a `worth` of each draw, in its unit.

    Rows of one customer come and go together. `expected` is the number of draws at which `always`
    is narrowest.
    """
    mean = mean_of(told, worth=worth)
    rows, treated = len(told.treated), int(told.treated.sum())
    once = quantile(SURE, mean.freedom) * mean.deviation / math.sqrt(rows)
    return Effect(
        treated=treated,
        control=rows - treated,
        once=_around(mean.value, once),
        always=_around(mean.value, half_width(mean.deviation, rows, expected=expected)),
        is_enough=told.is_enough,
    )


def mean_of(
    told: Matured, kept: NDArray[np.bool_] | None = None, *, worth: Floats | None = None
) -> Mean:
    """The mean effect on the treated; with `kept` on some of them.

    Rows of one customer are one: their deviations are added up before they are squared. The
    deviation is never below that of arms that are alike.
    """
    some = np.ones(len(told.treated), bool) if kept is None else kept
    unit = np.ones(len(some)) if worth is None else worth
    values, shares = (told.values * unit)[some], told.probability[some]
    mean, rows = float(values.sum() / shares.sum()), len(values)
    squares = np.bincount(told.customers[some], weights=values - mean * shares) ** 2
    own, alike = float(squares.sum()), float((told.variances * unit**2)[some].sum())
    treated = float(told.treated[some].sum())
    freedom = min(treated, rows - treated) - 1
    if own > alike:
        freedom = min(freedom, own**2 / float(squares @ squares))
    deviation = math.sqrt(max(own, alike) / max(rows - 1, 1)) * rows / float(shares.sum())
    return Mean(mean, deviation, max(freedom, 1.0))


def quantile(sure: float, freedom: float) -> float:
    """How many standard errors lie to each side, by Student's t.

    >>> round(quantile(0.95, 10_000), 2), round(quantile(0.95, 9), 2)
    (1.96, 2.26)
    """
    return float(t.ppf((1 + sure) / 2, freedom))


def blocks(rows: int) -> list[tuple[int, int]]:
    """Spans of rows, each longer than those before, that are predicted from what lies before.

    >>> blocks(100)
    [(0, 32), (32, 48), (48, 72), (72, 100)]
    """
    ends, end = [0], FIRST_ROWS
    while end < rows:
        ends.append(end)
        end = math.ceil(end * GROWTH)
    return list(zip(ends, [*ends[1:], rows], strict=True))


def _trusted(p: Floats, left: Floats) -> Floats:
    """Predictions drawn towards their mean, by as much as the first of them went too far."""
    rows = len(left)
    middle = float(p[:rows].mean()) if rows else 0.0
    around = p - middle
    spread = float(around[:rows] @ around[:rows])
    slope = float(around[:rows] @ left) / spread if spread > 0 else 1.0
    return middle + min(max((rows * slope + TRUST_ROWS) / (rows + TRUST_ROWS), 0.0), 1.0) * around


def _around(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)
