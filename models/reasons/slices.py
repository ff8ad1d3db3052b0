"""Features of some events, of any family: whose events they are, and what is told of those."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import Compute, Feature, FeatureParams, Vocabulary
from features.families.consistency import BUSINESS_ROLES
from features.families.frequency import events_in_window
from features.families.monetary import value_in_window
from features.families.recency import days_since_last
from features.families.rhythm import gap_quantile
from features.families.tenure import days_since_first
from features.known.past import EVERYTHING, Where
from models.logit import Floats
from models.reasons.topics import in_words
from models.rows.activity import WINDOW_HORIZONS
from models.targets.churn import Churn

KINDS = {
    "silence": ("days_since_last", "overdue_ratio", "overdue_ratio_p90", "overdue_z"),
    "tenure": ("days_since_first",),
    "rhythm": ("gap_mean", "gap_spread", "gap_quantile", "gap_last", "gap_longest"),
    "frequency": (
        "events_in_window",
        "active_days_in_window",
        "events_between",
        "active_days_between",
        "events_ratio",
        "events_change",
        "weekly_slope",
        "empty_weeks",
        "events_decayed",
        "share_of_events",
    ),
    "spending": (
        "value_in_window",
        "value_per_event",
        "value_between",
        "value_ratio",
        "value_change",
        "value_decayed",
    ),
}
"""By kind of theme the functions of features that belong to it if about the target's own steps.

About all events they are of the kinds activity and known (since when); about other steps and
channels of contact; about money of other steps of money.
"""

KIND_OF = {function: kind for kind, functions in KINDS.items() for function in functions}

MEDIAN_TENTHS = 5

Key = tuple[str, Where, object]
Flags = NDArray[np.bool_]


def is_of_slice(feature: Feature) -> bool:
    """Whether a feature of one of the families in this project is about some events, or all."""
    function = feature.function
    at_home = function.__module__ == f"features.families.{feature.family}"
    return at_home and function.__name__ in KIND_OF


class Slices:
    """Kinds and subjects of features about some events, and the numbers of each.

    `own` are the target's own steps, in words.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        target: Churn,
        vocabulary: Vocabulary,
        params: FeatureParams,
    ) -> None:
        self._target, self._vocabulary = target, vocabulary
        self.own = _joined(target.own_steps)
        self._names = {_key(one): one.name for one in features if is_of_slice(one)}
        self._recent_days, self._long_days = self._windows()
        business = {step for role in BUSINESS_ROLES for step in params.steps_of(role, vocabulary)}
        self._others = sorted({*vocabulary.steps} - {*target.own_steps} - business)

    def theme(self, feature: Feature) -> tuple[str, str]:
        """Kind and subject of the theme that a feature belongs to."""
        kind, where = KIND_OF[feature.function.__name__], feature.arguments["where"]
        if kind == "spending":
            paid = self._paid(where)
            if {*paid} <= {*self._target.own_steps}:
                return kind, self.own
            return "money", "" if where == EVERYTHING else _joined(paid)
        if where == EVERYTHING and not {*self._vocabulary.steps} <= {*self._target.own_steps}:
            return ("known" if kind == "tenure" else "activity"), ""
        if where == EVERYTHING or where.step in self._target.own_steps:
            return kind, self.own
        return "contact", self._channel_in_words(where)

    def numbers(self, kind: str, subject: str, frame: pd.DataFrame) -> dict[str, Floats]:
        """The numbers of a theme by their name, of those that there are features for.

        They are recent, before and long (events, or money), days (since the last event),
        known_days (since the first), gap_days (the median), recent_days and long_days (the windows
        of the first three).
        """
        wheres = self._wheres(kind, subject)
        counted = value_in_window if kind in {"spending", "money"} else events_in_window

        def read(function: Compute, argument: object, join: Callable[[Floats], Floats]) -> Floats:
            names = [self._names.get((function.__name__, where, argument)) for where in wheres]
            found = [frame[name].to_numpy(np.float64, na_value=np.nan) for name in names if name]
            return join(np.stack(found)) if found else np.empty(0)

        recent, twice = (read(counted, n * self._recent_days, _sum) for n in (1, 2))
        told = {
            "recent": recent,
            "before": twice - recent if len(recent) == len(twice) else np.empty(0),
            "long": read(counted, self._long_days, _sum),
            "days": read(days_since_last, None, np.fmin.reduce),
            "known_days": read(days_since_first, None, np.fmax.reduce),
            "gap_days": read(gap_quantile, MEDIAN_TENTHS, np.fmin.reduce),
            "recent_days": np.full(len(frame), float(self._recent_days)),
            "long_days": np.full(len(frame), float(self._long_days)),
        }
        return {name: column for name, column in told.items() if len(column) == len(frame)}

    def own_alone(self, frame: pd.DataFrame) -> Flags:
        """Whether all that a customer did in the long window were the target's own steps.

        What the business does, such as its mailings, does not count. Where the number of some step
        is not known, nobody is taken to have done nothing else.
        """
        keys = [
            (events_in_window.__name__, Where(step=step), self._long_days) for step in self._others
        ]
        names = [self._names[key] for key in keys if key in self._names]
        if len(names) < len(keys):
            return np.zeros(len(frame), dtype=np.bool_)
        return (frame[names].to_numpy(np.float64, na_value=np.nan) == 0).all(axis=1)

    def _paid(self, where: Where) -> tuple[str, ...]:
        """The steps that carry money among some events."""
        pairs = self._vocabulary.pairs
        some = {s for c, s in pairs if where in (EVERYTHING, Where(channel=c), Where(step=s))}
        return tuple(sorted(some & {*self._vocabulary.steps_with_value}))

    def _channel_in_words(self, where: Where) -> str:
        """The channel that a step belongs to, or the step where it is all of its channel."""
        pairs = self._vocabulary.pairs
        channel = where.channel or next(c for c, step in pairs if step == where.step)
        steps = {step for c, step in pairs if c == channel}
        if channel and len(steps) > 1:
            return in_words(channel)
        return in_words(where.step if isinstance(where.step, str) else steps.pop())

    def _wheres(self, kind: str, subject: str) -> list[Where]:
        if not subject:
            return [EVERYTHING]
        if kind == "money":
            steps = self._vocabulary.steps_with_value
            return [Where(step=step) for step in steps if in_words(step) in subject.split(" / ")]
        if kind != "contact":
            return [Where(step=step) for step in self._target.own_steps]
        others = {where for _, where, _ in self._names} - {EVERYTHING}
        others -= {Where(step=step) for step in self._target.own_steps}
        about = {where for where in others if self._channel_in_words(where) == subject}
        whole = [where for where in about if where.channel]
        return whole or sorted(about, key=lambda where: where.step or "")

    def _windows(self) -> tuple[int, int]:
        """The window nearest the horizon that also stands doubled, and one of three horizons."""
        counts = {events_in_window.__name__, value_in_window.__name__}
        found = (days for name, _, days in self._names if name in counts)
        days = {one for one in found if isinstance(one, int)}
        horizon = self._target.horizon_days
        doubled = {one for one in days if 2 * one in days} or days or {horizon}
        recent = min(sorted(doubled), key=lambda one: abs(one - horizon))
        long = min(sorted(days or {horizon}), key=lambda one: abs(one - WINDOW_HORIZONS * horizon))
        return recent, long


def _key(feature: Feature) -> Key:
    arguments = feature.arguments
    argument = arguments.get("days", arguments.get("tenths"))
    return feature.function.__name__, arguments.get("where", EVERYTHING), argument


def _sum(columns: Floats) -> Floats:
    return columns.sum(axis=0)


def _joined(steps: Sequence[str]) -> str:
    return " / ".join(map(in_words, steps))
