"""The events of cases as numbers, case after case, each event with what followed it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import DataRefused
from models.logit import Floats

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

END = "(end)"
"""The outcome of the last event of a case, where the end is an outcome."""

NOTHING = -1
"""What followed an event that nothing followed."""


@dataclass(frozen=True, kw_only=True)
class CaseColumns:
    """What the columns of a log are called.

    `order` is the place of an event in its case, where instants alone do not say it: without it
    events of one instant stand as they come. `resource` is who did it. `numbers` are what is known
    of a case from its first event on, such as an amount.
    """

    case: str = "case"
    activity: str = "activity"
    at: str = "at"
    order: str | None = None
    resource: str | None = None
    numbers: tuple[str, ...] = ()

    def checked(self, log: pd.DataFrame) -> pd.DataFrame:
        """The log with its events in order; a column that is missing or has gaps is refused."""
        optional = [name for name in (self.order, self.resource) if name]
        for name in (self.case, self.activity, self.at, *optional, *self.numbers):
            if name not in log.columns:
                raise _refused(f"the log has no column {name!r}", "name it in CaseColumns")
        for name in (self.case, self.activity, self.at):
            if bool(series(log, name).isna().any()):
                raise _refused(f"{name!r} is empty in some rows", "leave these rows out")
        ties = [self.order] if self.order else []
        return log.sort_values([self.case, self.at, *ties], kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Words:
    """The activities and resources that training knows; their numbers are their places.

    Any other is one word more: its number is how many there are. The end comes behind that.
    """

    activities: tuple[str, ...]
    resources: tuple[str, ...]

    @classmethod
    def of(cls, log: pd.DataFrame, columns: CaseColumns, until: datetime | None) -> "Words":
        """Those of a log before an instant, sorted."""
        told = columns.checked(log)
        seen = told if until is None else told.loc[series(told, columns.at) < until]
        activities = sorted(set(series(seen, columns.activity).astype(str)))
        named = series(seen, columns.resource).dropna().astype(str) if columns.resource else ()
        return cls(tuple(activities), tuple(sorted(set(named))))

    @property
    def end(self) -> int:
        """The number of the end as an outcome."""
        return len(self.activities) + 1

    @property
    def outcomes(self) -> int:
        """How many outcomes have numbers: the activities, any other, the end."""
        return len(self.activities) + 2


@dataclass(frozen=True)
class Events:
    """One row an event: `number` of it in its case from 1, `start` the row of the case's first.

    `at` counts seconds, `hour` and `weekday` are those of the log's own zone. `activity`,
    `resource` and `following` are numbers of words; `following` is `NOTHING` where nothing
    followed, and `followed_at` infinity there.
    """

    case: pd.Series
    number: Ints
    start: Ints
    at: Floats
    hour: Floats
    weekday: Floats
    activity: Ints
    resource: Ints
    numbers: Floats
    following: Ints
    followed_at: Floats

    @classmethod
    def of(
        cls, log: pd.DataFrame, columns: CaseColumns, words: Words, zone: tzinfo, *, ends: bool
    ) -> "Events":
        """The events of a log by known words; with `ends`, the end follows the last one."""
        told = columns.checked(log)
        case = series(told, columns.case)
        place = np.arange(len(told))
        first = case.ne(case.shift()).to_numpy()
        start = np.maximum.accumulate(np.where(first, place, 0))
        at = pd.to_datetime(series(told, columns.at), utc=True)
        seconds = (at - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(np.float64)
        local = at.dt.tz_convert(zone)
        activity = _numbers(series(told, columns.activity), words.activities)
        following, followed_at = _followed(activity, seconds, first)
        if ends:
            last = following == NOTHING
            following = np.where(last, words.end, following)
            followed_at = np.where(last, seconds, followed_at)
        nobody = pd.Series(np.nan, index=told.index, dtype="object")
        return cls(
            case=case,
            number=place - start + 1,
            start=start,
            at=seconds,
            hour=(local.dt.hour + local.dt.minute / 60).to_numpy(np.float64),
            weekday=local.dt.day_of_week.to_numpy(np.float64),
            activity=activity,
            resource=_numbers(
                series(told, columns.resource) if columns.resource else nobody, words.resources
            ),
            numbers=told[list(columns.numbers)].to_numpy(np.float64, na_value=np.nan),
            following=following,
            followed_at=followed_at,
        )

    def __len__(self) -> int:
        return len(self.at)

    @cached_property
    def begun_at(self) -> Floats:
        """When the case of each event began."""
        return self.at[self.start]

    def back(self, values: Ints | Floats, events: int) -> Floats:
        """A value as it was so many events earlier in the case; NaN before the first."""
        place = np.arange(len(self)) - events
        return np.where(place >= self.start, values[np.maximum(place, 0)], np.nan)


def _followed(activity: Ints, at: Floats, first: Flags) -> tuple[Ints, Floats]:
    """Number and instant of the next event of the same case."""
    last = np.append(first[1:], True)
    following = np.where(last, NOTHING, np.append(activity[1:], NOTHING))
    return following, np.where(last, np.inf, np.append(at[1:], np.inf))


def _numbers(column: pd.Series, known: tuple[str, ...]) -> Ints:
    places = {word: place for place, word in enumerate(known)}
    words = column.astype("object")
    return (
        words.where(words.isna(), words.astype(str))
        .map(places)
        .fillna(len(known))
        .to_numpy(np.int64)
    )


def series(frame: pd.DataFrame, name: str) -> pd.Series:
    """One column of a frame."""
    return cast("pd.Series", frame[name])


def _refused(what: str, mend: str) -> DataRefused:
    return DataRefused(what, where="log of cases", mend=mend)
