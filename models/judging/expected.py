"""How good probabilities will prove, told before it is known what came: expected quality.

If 0.2 means that one in five leaves, probabilities say by themselves how well they rank and what
they lose: confidence-based performance estimation (NannyML). They are taken to be as true as at
earlier cutoffs. So it sees other customers but no other behaviour: where the same customers leave
for other reasons than those learned, it stays as it was until labels mature.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.judging.bootstrap import QUANTILES, Interval
from models.judging.metrics import METRICS, measure
from models.logit import Floats, expit, logit

GROUPS = 1_000
"""Probabilities are told apart no finer: beyond so many it moves no third digit."""

QUALITY = (*METRICS, "precision_at_capacity", "lift_at_capacity")
"""Names of the metrics, in the order in which `quality` returns them."""

EXPECTED = (
    "auc",
    "average_precision",
    "log_loss",
    "brier",
    "observed_over_expected",
    "precision_at_capacity",
    "lift_at_capacity",
)
"""What can be expected; calibration cannot, for it is what is assumed."""

DRAWS = 400
FEWEST_CUTOFFS = 3
"""With fewer earlier cutoffs their doubt is not taken to be any surer."""

STRAY_MOST = 4.0


class Groups(NamedTuple):
    """Probabilities that are nearly equal taken together: the mean of each group, and its rows.

    `place` is the group of each row.
    """

    p: Floats
    rows: Floats
    place: np.ndarray


class Strayed(NamedTuple):
    """How far one earlier cutoff was from its probabilities: O/E and slope, with their bounds."""

    observed_over_expected: Interval
    slope: Interval


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """How probabilities strayed at earlier cutoffs, and how differently from one to the next.

    `level` is the mean logarithm of O/E, `slope` that of the calibration slope, over so many
    `cutoffs`; the spreads are what may be added or taken away the next time, beyond what chance
    explains. Without any cutoff probabilities are taken at their word.
    """

    level: float = 0.0
    level_spread: float = 0.0
    slope: float = 0.0
    slope_spread: float = 0.0
    cutoffs: int = 0

    @classmethod
    def after(cls, strayed: Iterable[Strayed]) -> "Doubt":
        """The doubt that earlier cutoffs leave; those that tell no finite number do not count."""
        told = [one for one in strayed if _is_told(one)]
        if not told:
            return cls()
        levels, slopes = np.log(told).swapaxes(0, 1)
        level, level_spread = _usual(levels)
        slope, slope_spread = _usual(slopes)
        return cls(
            level=level,
            level_spread=level_spread,
            slope=slope,
            slope_spread=slope_spread,
            cutoffs=len(told),
        )


def grouped(p: Floats) -> Groups:
    """Probabilities in at most `GROUPS` groups of about equal size; equals stay together.

    >>> grouped(np.array([0.2, 0.1, 0.2])).rows.tolist()
    [1.0, 2.0]
    """
    values, place = np.unique(p, return_inverse=True)
    if len(values) > GROUPS:
        edges = np.unique(np.quantile(p, np.arange(1, GROUPS) / GROUPS))
        _, place = np.unique(np.searchsorted(edges, p, side="right"), return_inverse=True)
    rows = np.bincount(place).astype(np.float64)
    return Groups(np.bincount(place, weights=p) / rows, rows, place)


def quality(p: Floats, events: Floats, others: Floats, capacity: float) -> Floats:
    """Every metric of `QUALITY` for each draw of counts: (draws, metrics).

    `p` is (groups,); `events` and `others` are (draws, groups): how many of a group left, and how
    many stayed. `capacity` is the share of customers who can be contacted, the likeliest first.
    """
    groups = len(p)
    y = np.repeat([1.0, 0.0], groups)
    measured = measure(y, np.tile(p, 2), np.concatenate([events, others], axis=1))
    order = np.argsort(-p)
    rows, left = (one[:, order].cumsum(axis=1) for one in (events + others, events))
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = [
            np.interp(capacity * across[-1], np.r_[0.0, across], np.r_[0.0, up]) / across[-1]
            for across, up in zip(rows, left, strict=True)
        ]
        precision = np.array(reached) / capacity
        lift = precision / (left[:, -1] / rows[:, -1])
    return np.column_stack([measured, precision, lift])


def expected(
    p: Floats,
    doubt: Doubt,
    *,
    capacity: float = 0.1,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Interval]:
    """What each of `EXPECTED` will be of some probabilities, with an interval.

    The interval holds 95 % of the draws of what may come of these very customers, were the
    probabilities off as they were at earlier cutoffs.
    """
    rng, told = np.random.default_rng(seed), grouped(p)
    true = _as_may_be(told, doubt, draws, rng)
    events = rng.binomial(told.rows.astype(np.int64), true).astype(np.float64)
    found = quality(told.p, events, told.rows - events, capacity)
    return {name: _interval(found[:, QUALITY.index(name)]) for name in EXPECTED}


def _as_may_be(told: Groups, doubt: Doubt, draws: int, rng: np.random.Generator) -> Floats:
    """True probabilities of each draw: (draws, groups)."""
    z, spread = logit(told.p), told.rows * told.p * (1 - told.p)
    total = max(float(spread.sum()), np.finfo(np.float64).tiny)
    middle = float(spread @ z) / total
    surely = max(doubt.cutoffs, FEWEST_CUTOFFS)
    stray = rng.standard_t(surely, (2, draws, 1)).clip(-STRAY_MOST, STRAY_MOST)
    a_level = float(told.rows @ told.p) / total
    shift = (doubt.level + stray[0] * doubt.level_spread) * a_level
    slope = np.exp(doubt.slope + stray[1] * doubt.slope_spread)
    return expit(middle + shift + slope * (z - middle))


def _is_told(one: Strayed) -> bool:
    numbers = np.array(one)
    return bool(np.isfinite(numbers).all() and (numbers > 0).all())


def _usual(told: Floats) -> tuple[float, float]:
    """Mean of values with bounds beside them, and how far the next may be from it.

    The values differ by what the bounds say is chance, and by what is left of their variance.
    """
    value, low, high = told.T
    chance = float(np.mean(((high - low) / (2 * 1.96)) ** 2))
    between = max(float(value.var(ddof=1)) - chance, 0.0) if len(value) > 1 else 0.0
    return float(value.mean()), float(np.sqrt(between + (between + chance) / len(value)))


def _interval(drawn: Floats) -> Interval:
    """Median and bounds of draws that define it; NaN where none does."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(known, QUANTILES)
    return Interval(float(np.median(known)), float(low), float(high))
