"""Several matured runs judged together: of a small shop one alone says little."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from models.judging.bootstrap import Interval
from models.judging.came_true import bounds_of_count
from serving.watching.matured import COUNTED, interval
from serving.watching.records import Kept

RUNS_MOST = 13
"""A year of four weeks each: what was longer ago says nothing of today."""

SURE = 3.5
"""Standard errors beyond which nothing is chance, although somebody looks every night."""

FEW = 5
"""Of fewer who left, or who stayed, one run says nothing of a ranking."""

LEVEL = "observed_over_expected"

_HALF_95 = 1.96


@dataclass(frozen=True, kw_only=True)
class Together:
    """Matured runs of one model whose horizons are apart, the newest first.

    So an outcome counts once, and whoever left is in one run alone.
    """

    runs: tuple[Kept, ...]

    def ranking(self, metric: str, rarer_least: int) -> tuple[float, float] | None:
        """The mean of a metric by how many left, and its standard error.

        None where fewer left, or stayed, than are asked for. Draws of a few again are too much
        alike by one of them, which is put right.
        """
        told = [found for one in self.runs if (found := _measured(one, metric))]
        left = sum(one.left for one in told)
        if not told or min(left, sum(one.stayed for one in told)) < rarer_least:
            return None
        value = sum(one.left * one.value for one in told) / left
        squares = (one.left**2 * one.error**2 * one.left / (one.left - 1) for one in told)
        return value, math.sqrt(sum(squares)) / left

    def level(self) -> Interval | None:
        """Observed over expected, with bounds that chance passes nowhere in a year of nights.

        Those of a count (Garwood 1936); None where nobody was expected to leave.
        """
        told = [found for one in self.runs if (found := _counted(one))]
        expected = sum(one for one, _ in told)
        if not expected:
            return None
        left = sum(one * ratio for one, ratio in told)
        low, high = bounds_of_count(left, math.erfc(SURE / math.sqrt(2)) / 2)
        return Interval(left / expected, low / expected, high / expected)


def apart(matured: Sequence[Kept], model_version: int, horizon_days: int) -> tuple[Kept, ...]:
    """The runs of a model of which truth is told, so far apart that none shares an outcome.

    `matured` are the newest first, and so is what is found: at most a year of them.
    """
    found: list[Kept] = []
    for one in matured:
        facts = one.facts
        if not facts.get("true") or facts.get("model_version") != model_version:
            continue
        if not found or one.as_of <= found[-1].as_of - timedelta(days=horizon_days):
            found.append(one)
    return tuple(found[:RUNS_MOST])


def spans(runs: Sequence[Kept]) -> Iterator[Together]:
    """The newest run, the newest two, and so on: whenever a change began, one holds it alone."""
    for count in range(1, len(runs) + 1):
        yield Together(runs=tuple(runs[:count]))


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """A metric of one run, its standard error, and of how many."""

    value: float
    error: float
    left: int
    stayed: int


def _measured(run: Kept, metric: str) -> _Measured | None:
    told = interval(run.facts["true"].get(metric))
    left = run.facts.get("left_alone", 0)
    stayed = run.facts.get("alone", 0) - left
    if min(left, stayed) < FEW or not all(map(math.isfinite, told)):
        return None
    error = (told.high - told.low) / 2 / _HALF_95
    return _Measured(value=told.value, error=error, left=left, stayed=stayed)


def _counted(run: Kept) -> tuple[float, float] | None:
    """How many were expected to leave, as if each weighed one, and how many times as many did."""
    ratio = interval(run.facts["true"].get(LEVEL)).value
    if not math.isfinite(ratio):
        return None
    known = run.facts.get("left_alone", 0) / ratio if ratio else 0.0
    return run.facts.get(COUNTED, known), ratio
