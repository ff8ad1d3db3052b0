"""Themes of reasons: which features say the same thing, and the numbers that tell it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.catalog import Compute, Feature, Vocabulary
from features.families.frequency import events_in_window
from features.families.monetary import value_in_window
from features.families.recency import days_since_last
from features.families.rhythm import gap_quantile
from features.families.tenure import days_since_first
from features.past import EVERYTHING, Where
from models.activity import WINDOW_HORIZONS
from models.logit import Floats
from models.targets import InactivityChurn
from models.transforms.fitting import Made

KINDS = {"recency": "silence", "tenure": "tenure", "frequency": "frequency", "monetary": "spending"}
"""Families with the kind of theme that their features about the target's own steps belong to."""

MEDIAN_TENTHS = 5

Key = tuple[str, Where, object]


@dataclass(frozen=True)
class Theme:
    """What several features speak of, and the step or channel, in words, that they are about.

    `kind` is silence, rhythm, frequency, spending, tenure, contact (steps and channels beside the
    target's own), or other (one feature of a family that has no theme; `subject` is its meaning).
    Transforms bring outlook (events to be expected), next_step and next_stage (what usually
    follows), and rate (how many alike left). `feature` is the theme's own column, if it has one.
    """

    kind: str
    subject: str
    feature: str = ""


@dataclass(frozen=True)
class Facts:
    """The customers' own numbers behind a theme, (rows,) each, NaN where there is none.

    `numbers` has recent, before and long (events, or money), days (since the last event),
    known_days (since the first), gap (median days between), horizon_days, and value (of the
    theme's own column, if it has one).
    `recent_days` and `long_days` are the windows of the first three.
    """

    numbers: Mapping[str, Floats]
    recent_days: int
    long_days: int


class Themes:
    """The themes of a model's columns; `membership` is 1 where (column, theme) belong.

    The columns are the features, then those that transforms made.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        target: InactivityChurn,
        vocabulary: Vocabulary,
        made: Sequence[Made] = (),
    ) -> None:
        self._target, self._vocabulary = target, vocabulary
        self._names = {_key(feature): feature.name for feature in features}
        own = [self._theme(feature) for feature in features]
        own += [Theme(one.kind, one.subject or self._own_steps, one.tells) for one in made]
        self.all = tuple(dict.fromkeys(own))
        self.membership = np.array([[a == b for b in self.all] for a in own], dtype=np.float64)
        self._recent_days, self._long_days = self._windows()

    def facts(self, theme: Theme, frame: pd.DataFrame) -> Facts:
        """The numbers of a theme, read from the features of each row."""
        wheres = self._wheres(theme)
        counted = value_in_window if theme.kind == "spending" else events_in_window

        def read(function: Compute, argument: object, join: Callable[[Floats], Floats]) -> Floats:
            names = [self._names.get((function.__name__, where, argument)) for where in wheres]
            found = [frame[name].to_numpy(np.float64, na_value=np.nan) for name in names if name]
            return join(np.stack(found)) if found else np.full(len(frame), np.nan)

        recent = read(counted, self._recent_days, _sum)
        numbers = {
            "recent": recent,
            "before": read(counted, 2 * self._recent_days, _sum) - recent,
            "long": read(counted, self._long_days, _sum),
            "days": read(days_since_last, None, np.fmin.reduce),
            "known_days": read(days_since_first, None, np.fmax.reduce),
            "gap": read(gap_quantile, MEDIAN_TENTHS, np.fmin.reduce),
            "horizon_days": np.full(len(frame), float(self._target.horizon_days)),
        }
        if theme.feature:
            numbers["value"] = frame[theme.feature].to_numpy(np.float64, na_value=np.nan)
        return Facts(numbers, self._recent_days, self._long_days)

    def _theme(self, feature: Feature) -> Theme:
        where = feature.arguments.get("where", EVERYTHING)
        if isinstance(where.step, tuple):
            return Theme("other", feature.meaning, feature.name)
        if not (where == EVERYTHING or where.step in self._target.steps):
            return Theme("contact", self._channel_in_words(where))
        if feature.family == "rhythm":
            return Theme("rhythm" if feature.unit == "days" else "silence", self._own_steps)
        if feature.family in KINDS:
            return Theme(KINDS[feature.family], self._own_steps)
        return Theme("other", feature.meaning, feature.name)

    @property
    def _own_steps(self) -> str:
        return " / ".join(map(_words, self._target.steps))

    def _channel_in_words(self, where: Where) -> str:
        """The channel that a step belongs to, or the step where it is all of its channel."""
        pairs = self._vocabulary.pairs
        channel = where.channel or next(c for c, step in pairs if step == where.step)
        steps = {step for c, step in pairs if c == channel}
        return _words(channel if len(steps) > 1 else steps.pop())

    def _wheres(self, theme: Theme) -> list[Where]:
        if theme.kind != "contact":
            return [Where(step=step) for step in self._target.steps]
        about = {
            where
            for _, where, _ in self._names
            if where != EVERYTHING
            and not isinstance(where.step, tuple)
            and where.step not in self._target.steps
            and self._channel_in_words(where) == theme.subject
        }
        whole = [where for where in about if where.channel]
        return whole or sorted(about, key=lambda where: where.step or "")

    def _windows(self) -> tuple[int, int]:
        """The window nearest the horizon that also stands doubled, and one of three horizons."""
        days = {days for _, _, days in self._names if isinstance(days, int)}
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


def _words(name: str) -> str:
    return name.replace("_", " ")
