"""Whether a change mended a pain: after against before, and against who was not affected.

Difference in differences on what happened less what was expected of these customers. At each
cutoff the pain's rows are held against the comparison's, so that whatever befell both cancels.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.judging.bootstrap import Interval
from models.logit import Floats
from models.pains.trends import Gaps, gaps_of
from models.pains.verdicts import (
    NOT_YET,
    OF_INTEREST,
    TOO_EARLY,
    TOO_FEW,
    Cell,
    Measured,
    judged,
)
from models.pains.wandering import Series, wandering
from models.uplift.sequences import EXPECTED, half_width

KEYS = ("kind", "what", "stage", "channel", "persona")
DROP_OFF = "drop_off"
"""The kind of which some is to be expected; of all others none should be."""

FEWEST_CUSTOMERS = 30
FEWEST_CUTOFFS = 3
"""Before the change; fewer tell nothing of how the gap moved by itself."""

WEEKS_MOST = 104
_ERRORS = 1.959964
"""Standard errors to either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it hurts; an empty stage, channel or persona is every one.

    `kind` is `drop_off`, `wait`, `ping_pong` or `stall`; `what` says for what was waited, empty for
    anything.
    """

    kind: str
    what: str = ""
    stage: str = ""
    channel: str = ""
    persona: str = ""

    def holds(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows lie there."""
        there = np.ones(len(rows), dtype=np.bool_)
        for key in KEYS:
            if named := getattr(self, key):
                there &= (rows[key] == named).to_numpy()
        return there


@dataclass(frozen=True, kw_only=True)
class Against:
    """The comparison: the same place but for one thing, `by`, which is one of `names` instead."""

    by: str
    names: tuple[str, ...]

    def holds(self, rows: pd.DataFrame, place: Place) -> NDArray[np.bool_]:
        """Which rows a place is compared with."""
        elsewhere = Place(**{key: getattr(place, key) for key in KEYS if key != self.by})
        return elsewhere.holds(rows) & rows[self.by].isin(self.names).to_numpy()


@dataclass(frozen=True, kw_only=True)
class Change:
    """When the business changed; a row belongs to one side if its outcome does wholly.

    What a row tells of lies between `back_days` before its cutoff and `ahead_days` after it. The
    first `washout_days` after the change are left out: it takes some days to arrive.
    """

    at: datetime
    ahead_days: float
    back_days: float = 0
    washout_days: float = 7

    def before(self, cutoffs: pd.DatetimeIndex) -> NDArray[np.bool_]:
        """Which cutoffs tell of the time before the change alone."""
        return np.asarray(cutoffs + timedelta(days=self.ahead_days) <= self.at)

    def after(self, cutoffs: pd.DatetimeIndex) -> NDArray[np.bool_]:
        """Which cutoffs tell of the time after it alone."""
        settled = self.at + timedelta(days=self.washout_days)
        return np.asarray(cutoffs - timedelta(days=self.back_days) >= settled)


def before_after(rows: pd.DataFrame, place: Place, against: Against, change: Change) -> Measured:
    """The pain of a place after a change against before, and against the comparison.

    `rows` are those of `models.pains.rows.pain_rows`.
    """
    of_both = place.holds(rows) | against.holds(rows, place)
    cutoffs = pd.DatetimeIndex(rows["cutoff"])
    counted = of_both & (change.before(cutoffs) | change.after(cutoffs))
    told = cast("pd.DataFrame", rows[counted])
    ours = place.holds(told)
    cells = _cells(told, ours, change)
    if not change.after(cutoffs).any():
        return Measured(cells=cells, verdict="unclear", because=TOO_EARLY)
    if min(cell.customers for cell in cells.values()) < FEWEST_CUSTOMERS:
        return Measured(cells=cells, verdict="unclear", because=TOO_FEW)
    outcome, expected = _numbers(told, "outcome"), _numbers(told, "expected")
    holds = _holding(outcome[~ours], expected[~ours], told["cutoff"].array[~ours])
    gaps = _gaps(told, outcome - holds * expected, ours, against, change)
    if np.count_nonzero(change.before(gaps.cutoffs)) < FEWEST_CUTOFFS or not np.any(
        change.after(gaps.cutoffs)
    ):
        return Measured(cells=cells, verdict="unclear", because=TOO_FEW)
    measured = _measured(cells, gaps, change, is_drop_off=place.kind == DROP_OFF)
    plain = _gaps(told, outcome, ours, against, change)
    return replace(measured, plain=_effect(plain, change)[0])


def _gaps(
    told: pd.DataFrame,
    measured: Floats,
    ours: NDArray[np.bool_],
    against: Against,
    change: Change,
) -> Gaps:
    """The gaps at each cutoff, as sure as customers and what befalls a place by itself let them."""
    gaps = gaps_of(told, measured, ours)
    after = change.after(gaps.cutoffs)
    if not after.any() or after.all():
        return gaps
    names = pd.Categorical(told[against.by].to_numpy()[~ours], categories=against.names)
    shares = np.bincount(names.codes, minlength=len(against.names)) / max(len(names), 1)
    own = _series(gaps, gaps.days, after.astype(np.float64), others=float(shares @ shares))
    others, values = cast("pd.DataFrame", told[~ours]), measured[~ours]
    compared = [
        _series(one, others=float(rest @ rest))
        for place in np.flatnonzero((shares > 0) & (shares < 1))
        for one in [gaps_of(others, values, names.codes == place)]
        for rest in [np.delete(shares, place) / (1 - shares[place])]
        if len(one.gaps) >= FEWEST_CUTOFFS
    ]
    return replace(gaps, covariance=gaps.covariance + wandering(own, compared))


def _series(gaps: Gaps, *columns: Floats, others: float) -> Series:
    return Series(
        days=gaps.days,
        gaps=gaps.gaps,
        noise=gaps.covariance,
        design=np.column_stack([np.ones_like(gaps.days), *columns]),
        others=others,
    )


def _effect(gaps: Gaps, change: Change) -> tuple[Interval, "_Noise"]:
    """After less before, with bounds that hold at every look."""
    earlier, later = (gaps.mean_over(side(gaps.cutoffs)) for side in (change.before, change.after))
    noise = _Noise(
        planned=2 * gaps.variance(earlier),
        fixed=gaps.variance(earlier),
        total=gaps.variance(later - earlier),
    )
    return _around(gaps.value(later - earlier), noise.half_width()), noise


def _measured(
    cells: Mapping[str, Cell], gaps: Gaps, change: Change, *, is_drop_off: bool
) -> Measured:
    before, after = change.before(gaps.cutoffs), change.after(gaps.cutoffs)
    earlier, later = gaps.mean_over(before), gaps.mean_over(after)
    days, is_after = gaps.days, after.astype(np.float64)
    effect, noise = _effect(gaps, change)
    onward = gaps.coefficient(before, days) * float((later - earlier) @ days)
    drift = _between(gaps, onward)
    step = _between(gaps, gaps.coefficient(before | after, days, is_after))
    excess = gaps.value(earlier) if is_drop_off else cells["before"].observed
    verdict, because = judged(effect, drift, step, excess)
    weeks = max(1.0, float(np.ptp(days[after])) / 7)
    return Measured(
        cells=cells,
        verdict=verdict,
        because=because,
        effect=effect,
        excess=excess,
        drift=drift,
        step=step,
        weeks_more=noise.weeks_more(effect, excess, weeks) if because == NOT_YET else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Noise:
    """The variance of an effect, the part of it that is over, and the one that was planned for.

    What is planned is told by rows before the change alone, as the bounds ask.
    """

    planned: float
    fixed: float
    total: float

    def half_width(self, total: float | None = None) -> float:
        """How far the effect may be from the truth, at this look and all others."""
        variance = max(total or self.total, math.ulp(1.0))
        progress = max(1, round(EXPECTED * self.planned / variance))
        return half_width(math.sqrt(variance * progress), progress)

    def weeks_more(self, effect: Interval, excess: float, weeks: float) -> int | None:
        """How many more weeks like those so far would tell, if the effect stays as it is.

        None if two years would not.
        """
        wanted = OF_INTEREST * excess
        apart = abs(effect.value) if effect.value <= -wanted else effect.value + wanted
        moving = max(self.total - self.fixed, 0.0)
        for more in range(1, WEEKS_MOST + 1):
            if self.half_width(self.fixed + moving * weeks / (weeks + more)) < apart:
                return more
        return None


def _holding(outcome: Floats, expected: Floats, cutoffs: Any) -> float:  # noqa: ANN401  # of pandas
    """How much of a difference in what was expected came true, within cutoffs.

    Of those compared with alone: what was expected has been learned from everyone, the mended
    included, and takes part of a mend for the kind of customers (Sant'Anna and Zhao 2020).
    """
    numbers, _ = pd.factorize(cutoffs)
    rows = np.bincount(numbers)
    apart, came = (
        values - (np.bincount(numbers, values) / rows)[numbers] for values in (expected, outcome)
    )
    spread = float(apart @ apart)
    return float(apart @ came) / spread if spread else 0.0


def _cells(told: pd.DataFrame, ours: NDArray[np.bool_], change: Change) -> dict[str, Cell]:
    cutoffs = pd.DatetimeIndex(told["cutoff"])
    before, after = change.before(cutoffs), change.after(cutoffs)
    customers = told["customer"].to_numpy()
    outcome, expected = _numbers(told, "outcome"), _numbers(told, "expected")

    def cell(chosen: NDArray[np.bool_]) -> Cell:
        rows = int(np.count_nonzero(chosen))
        return Cell(
            customers=len(np.unique(customers[chosen])),
            rows=rows,
            observed=float(outcome[chosen].sum()) / max(rows, 1),
            expected=float(expected[chosen].sum()) / max(rows, 1),
        )

    return {
        "before": cell(ours & before),
        "after": cell(ours & after),
        "compared_before": cell(~ours & before),
        "compared_after": cell(~ours & after),
    }


def _numbers(rows: pd.DataFrame, name: str) -> Floats:
    return rows[name].to_numpy(np.float64)


def _between(gaps: Gaps, combination: Floats) -> Interval:
    return _around(gaps.value(combination), _ERRORS * math.sqrt(gaps.variance(combination)))


def _around(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)
