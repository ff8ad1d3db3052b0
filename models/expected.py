"""How good probabilities will prove, told before it is known what came: expected quality.

If 0.2 means that one in five leaves, probabilities say by themselves how well they rank and what
they lose: confidence-based performance estimation (NannyML). It takes them at their word, so it
sees other customers but no other behaviour: where the same customers leave for other reasons than
those learned, it stays as it was until labels mature.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.bootstrap import QUANTILES, Interval
from models.logit import Floats, expit, logit
from models.metrics import METRICS, measure

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
    """How far probabilities strayed at earlier cutoffs, beyond what chance explains.

    `level` is the typical distance of log O/E from 0, `slope` that of the calibration slope from 1,
    both over so many `cutoffs`. Without any, probabilities are taken at their word.
    """

    level: float = 0.0
    slope: float = 0.0
    cutoffs: int = 0

    @classmethod
    def after(cls, strayed: Iterable[Strayed]) -> "Doubt":
        """The doubt that earlier cutoffs leave; those that tell no finite number do not count."""
        told = [one for one in strayed if _is_told(one)]
        if not told:
            return cls()
        levels = np.log([one.observed_over_expected for one in told])
        slopes = np.array([one.slope for one in told]) - 1
        return cls(level=_beyond(levels), slope=_beyond(slopes), cutoffs=len(told))


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
    probabilities off by as much as they were at earlier cutoffs.
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
    shift, slope = stray[0] * doubt.level * a_level, np.exp(stray[1] * doubt.slope)
    return expit(middle + shift + slope * (z - middle))


def _is_told(one: Strayed) -> bool:
    oe, slope = one
    return bool(np.isfinite([*oe, *slope]).all()) and min(oe) > 0


def _beyond(told: Floats) -> float:
    """Root mean square of values, bounds beside them, less what the bounds say is chance."""
    value, low, high = told.T
    noise = (high - low) / (2 * 1.96)
    return float(np.sqrt(max(0.0, np.mean(value**2 - noise**2))))


def _interval(drawn: Floats) -> Interval:
    """Median and bounds of draws that define it; NaN where none does."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(known, QUANTILES)
    return Interval(float(np.median(known)), float(low), float(high))
