"""How many rows a source tells in a week, and whether it has fallen silent."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from models.drift.noise import CHANCE, CONTINUITY, movement, surprising
from models.logit import Floats

FALLEN_WARN, FALLEN_ACT = 0.7, 0.4
SURGED_WARN = 1.5
"""Shares of the usual rows of a week; more than usual is nothing to mend."""

MOVED_LEAST = 0.03**2
"""The variance from week to week of logarithms that every flow is believed to have."""

ACTIVE_LEAST, LONGER = 0.75, 1.5
"""Share of weeks with rows from which a silence is one, and by how much it must be longer than any
before."""

POISSON = 1 + 1e-6
"""Hardly more than 1: the chance of no row divides by what is more."""

WEEKS_LEAST = 3
ROWS_LEAST = 5.0
SILENT_ACT_DAYS = 2
"""A single day without rows may be a holiday."""

WEEK_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Rows by week and day, both counted back from the cutoff: (weeks, 7), the last week first."""

    rows: Floats

    @cached_property
    def before(self) -> Floats:
        """The weeks before the last one, since there is the source at all."""
        told = np.flatnonzero(self.rows.sum(axis=1))
        return self.rows[1 : told.max() + 1] if len(told) else self.rows[:0]

    @property
    def is_known(self) -> bool:
        """Whether enough came before to expect anything."""
        return len(self.before) >= WEEKS_LEAST and self.before.sum() >= ROWS_LEAST

    @property
    def seen(self) -> float:
        """Rows of the last week."""
        return float(self.rows[0].sum())

    @property
    def usual(self) -> float:
        """Rows of a usual week."""
        return float(self.before.sum(axis=1).mean())

    @property
    def ratio(self) -> float:
        """The last week in usual weeks; no row counts as half a one."""
        return max(self.seen, CONTINUITY) / self.usual

    @cached_property
    def moves(self) -> Floats:
        """Variances from one week to the next of logarithms, without what counting explains.

        By differences of neighbours (von Neumann), which a slow decline does not swell.
        """
        weeks = self.before.sum(axis=1) + CONTINUITY
        counted = (1 / weeks[1:] + 1 / weeks[:-1]) / 2
        return np.diff(np.log(weeks)) ** 2 / 2 - counted

    def reach(self, usual: float, tests: int) -> tuple[float, float]:
        """Between which shares of a usual week one may lie by chance, on one of many tests.

        `usual` is the variance from week to week of most flows.
        """
        moved, freedom = movement(self.moves, usual=usual, least=MOVED_LEAST)
        counted = 1 / (self.seen + CONTINUITY) + 1 / self.before.sum()
        error = math.sqrt(moved * (1 + 1 / len(self.before)) + counted)
        far = math.exp(surprising(freedom, tests) * error)
        return 1 / far, far

    @cached_property
    def silent_days(self) -> int:
        """How many whole days before the cutoff have no row."""
        told = np.flatnonzero(self.rows.ravel())
        return int(told[0]) if len(told) else self.rows.size

    @cached_property
    def missed(self) -> float:
        """Rows that days like the silent ones usually have."""
        days = self.silent_days
        shown = min(max(days, 1), WEEK_DAYS)
        weeks = self._quiet_weeks[:, :shown].sum(axis=1)
        return float(weeks.mean()) * days / shown if len(weeks) else 0.0

    def is_silent(self, tests: int) -> bool:
        """Whether so many days without a row are no chance, and far more than there were before.

        By the negative binomial chance of no row, with the variance of the same days of weeks, as
        if weeks in a row were alike. What tells nothing in most weeks, as a fair or a survey does,
        is not expected.
        """
        quiet = self._quiet_weeks
        is_steady = len(quiet) >= WEEKS_LEAST and np.mean(quiet.sum(axis=1) > 0) >= ACTIVE_LEAST
        if not self.silent_days or self.missed < ROWS_LEAST or not is_steady:
            return False
        weeks = -(-self.silent_days // WEEK_DAYS)
        times = weeks * _dispersion(quiet[:, : min(self.silent_days, WEEK_DAYS)].sum(axis=1))
        chance = math.exp(-self.missed * math.log(times) / (times - 1))
        return chance < CHANCE / tests and self.silent_days > LONGER * self._longest_silence

    @property
    def _quiet_weeks(self) -> Floats:
        """The weeks before the silence."""
        return self.before[max(-(-self.silent_days // WEEK_DAYS), 1) - 1 :]

    @property
    def _longest_silence(self) -> int:
        days = self.rows.ravel()[self.silent_days : self.before.size + WEEK_DAYS]
        runs = (len(list(run)) for is_empty, run in groupby(days == 0) if is_empty)
        return max(runs, default=0)


def _dispersion(sums: Floats) -> float:
    """How many times the mean the variance is, and 1 at the least."""
    mean = float(sums.mean())
    return max(float(sums.var(ddof=1)) / mean, POISSON) if mean else POISSON
