"""The journey today against the journey that is wanted, and against the period before."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.journey_map import DWELL_EDGES, WAIT_EDGES, JourneyMap
from features.journey_map.waiting import OPEN
from models.judging.bootstrap import Interval
from models.logit import Floats
from models.pains.spans import median
from models.pains.targets import DAYS, SHARES, JourneyParams
from models.uplift.saves import difference, wilson

ONWARD = ("advance", "skip")
OUT = ("exit",)
COLUMNS = (
    "stage",
    "measure",
    "today",
    "low",
    "high",
    "target",
    "gap_to_target",
    "last_period",
    "gap_to_last",
    "gap_low",
    "gap_high",
    "customers",
)
_UNKNOWN = Interval(math.nan, math.nan, math.nan)


def gaps(
    told: JourneyMap, params: JourneyParams, *, zone: ZoneInfo, persona: str = ""
) -> pd.DataFrame:
    """Every stage and wait: today, the target, the last period, and the gaps to both.

    Today is the last `period_months` whole months, the last period as many before. Shares are a
    month's, of those who stood in a stage when it began or entered during it; a median is that of
    stays that ended, of waits that began. `low` and `high` are 95 % bounds of today, `gap_low` and
    `gap_high` of `gap_to_last` (Newcombe 1998); what cannot be told is NaN. `customers` is how many
    today rests on. Without a persona they are those of all.
    """
    counts, whole = _Counts(told, persona), _whole_months(told, zone)
    now, rest = whole[-params.period_months :], whole[: -params.period_months]
    before = rest[-params.period_months :]
    rows = [
        *(row for stage in told.order for row in _of_stage(counts, params, stage, now, before)),
        *_of_waits(counts, params, now, before),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


class _Counts:
    """The tables of a map, of everyone or of one persona."""

    def __init__(self, told: JourneyMap, persona: str) -> None:
        self.months = told.months
        self.flows = _of(told.flows, persona)
        self.standing = _of(told.standing, persona)
        self.dwell = _of(told.dwell, persona)
        self.waits = _of(told.waits, persona)

    def at_risk(self, stage: str, months: Sequence[str]) -> int:
        """Customers a month who stood in a stage when it began, or entered during it."""
        earlier = [self.months[self.months.index(month) - 1] for month in months]
        stood = _sum(self.standing, "customers", month=earlier, stage=[stage])
        moved = self.flows[self.flows["source"] != self.flows["target"]]
        return stood + _sum(_frame(moved), "moves", month=months, target=[stage])

    def left(self, stage: str, months: Sequence[str], directions: Sequence[str]) -> int:
        """How many left a stage by some directions."""
        return _sum(self.flows, "moves", month=months, source=[stage], direction=directions)

    def days(self, stage: str, months: Sequence[str]) -> Floats:
        """The histogram of days in a stage of those who left it."""
        chosen = _chosen(self.dwell, month=months, stage=[stage])
        return _histogram(chosen, "spells", len(DWELL_EDGES))

    def hours(self, kind: str, months: Sequence[str]) -> Floats:
        """The histogram of hours of waits of a kind."""
        return _histogram(_chosen(self.waits, month=months, kind=[kind]), "waits", len(WAIT_EDGES))


def _of_stage(
    counts: _Counts, params: JourneyParams, stage: str, now: Sequence[str], before: Sequence[str]
) -> Iterator[dict[str, Any]]:
    wanted = params.targets.get(stage, {})
    for measure, directions in zip(SHARES, (ONWARD, OUT), strict=True):
        events, rows = counts.left(stage, now, directions), counts.at_risk(stage, now)
        earlier = counts.left(stage, before, directions), counts.at_risk(stage, before)
        if rows:
            between = difference(events, rows, *earlier) if earlier[1] else _UNKNOWN
            last = wilson(*earlier).value if earlier[1] else math.nan
            today = wilson(events, rows)
            yield _row(stage, measure, today, wanted.get(measure), last, between, rows)
    spans, earlier = counts.days(stage, now), counts.days(stage, before)
    if spans.sum():
        none = np.zeros(len(DWELL_EDGES))
        today, last = median(spans, none, DWELL_EDGES), median(earlier, none, DWELL_EDGES)
        number = int(spans.sum())
        yield _row(stage, DAYS, today, wanted.get(DAYS), last.value, _apart(today, last), number)


def _of_waits(
    counts: _Counts, params: JourneyParams, now: Sequence[str], before: Sequence[str]
) -> Iterator[dict[str, Any]]:
    for kind, wanted in params.wait_hours.items():
        (ended, still), (ended_before, still_before) = (
            (counts.hours(kind, months), counts.hours(kind + OPEN, months))
            for months in (now, before)
        )
        if ended.sum():
            today = median(ended, still, WAIT_EDGES)
            last = median(ended_before, still_before, WAIT_EDGES)
            number = int(ended.sum() + still.sum())
            name = f"{kind}_hours"
            yield _row("", name, today, wanted, last.value, _apart(today, last), number)


def _row(
    stage: str,
    measure: str,
    today: Interval,
    wanted: float | None,
    last: float,
    between: Interval,
    customers: int,
) -> dict[str, Any]:
    target = math.nan if wanted is None else wanted
    told = (stage, measure, *today, target, today.value - target, last, *between, customers)
    return dict(zip(COLUMNS, told, strict=True))


def _apart(today: Interval, last: Interval) -> Interval:
    """One median less another, with the bounds that their own give (as Newcombe's for shares)."""
    value = today.value - last.value
    down = math.hypot(today.value - today.low, last.high - last.value)
    up = math.hypot(today.high - today.value, last.value - last.low)
    return Interval(value, value - down, value + up)


def _whole_months(told: JourneyMap, zone: ZoneInfo) -> list[str]:
    """The months that are over, but for the first: of that one it is not known who stood where."""
    is_over = told.cutoff.astimezone(zone).day == 1
    return list(told.months[1:] if is_over else told.months[1:-1])


def _of(frame: pd.DataFrame, persona: str) -> pd.DataFrame:
    return _chosen(frame, persona=[persona]) if persona else frame


def _sum(frame: pd.DataFrame, count: str, **among: Sequence[str]) -> int:
    return int(_chosen(frame, **among)[count].to_numpy().sum())


def _chosen(frame: pd.DataFrame, **among: Sequence[str]) -> pd.DataFrame:
    there = np.ones(len(frame), dtype=np.bool_)
    for name, words in among.items():
        there &= frame[name].isin(list(words)).to_numpy()
    return _frame(frame[there])


def _frame(rows: object) -> pd.DataFrame:
    return cast("pd.DataFrame", rows)


def _histogram(rows: pd.DataFrame, count: str, bins: int) -> Floats:
    return np.bincount(
        rows["bin"].to_numpy(np.int64), rows[count].to_numpy(np.float64), minlength=bins
    ).astype(np.float64)
