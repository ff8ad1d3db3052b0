"""Themes of reasons: which features say the same thing, and the numbers that tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.catalog import Feature, FeatureParams, Vocabulary
from models.logit import Floats
from models.reasons.slices import KIND_OF, Slices, is_of_slice
from models.reasons.topics import Topic, topic_of
from models.rows.activity import WINDOW_HORIZONS
from models.targets.churn import Churn
from models.transforms.fitting import Made


@dataclass(frozen=True)
class Theme:
    """What several features speak of, and the step, channel, stage or attribute it is about.

    `kind` is one of `slices.KINDS` or of `topics.TOPICS`, or other (one feature that has no theme;
    `subject` is its meaning). Transforms bring outlook (events to be expected), next_step and
    next_stage (what usually follows), and rate (how many alike left). `then` is what follows the
    subject in a pair, `feature` the theme's own column, if it has one.
    """

    kind: str
    subject: str
    then: str = ""
    feature: str = ""

    @property
    def name(self) -> str:
        """What it is called beside its sentence, the same every night.

        >>> Theme("contact", "ticket opened").name
        'contact.ticket_opened'
        """
        parts = (self.kind, self.feature or self.subject, self.then)
        return ".".join(part.replace(" / ", "+").replace(" ", "_") for part in parts if part)


@dataclass(frozen=True)
class Facts:
    """The customers' own numbers behind a theme, (rows,) each, NaN where there is none.

    Names end as their unit does in a sentence: days, hours, share. `value` is that of the theme's
    own column. A number that the model has no feature for is not there. `words` are the values of
    those that hold numbers of words.
    """

    numbers: Mapping[str, Floats]
    words: Mapping[str, tuple[str, ...]]

    def of(self, row: int) -> dict[str, float | str]:
        """What is known of one row; a word that was not known when the model learned is empty."""
        told = {name: float(column[row]) for name, column in self.numbers.items()}
        known = {name: value for name, value in told.items() if not np.isnan(value)}
        return {name: self._said(name, value) for name, value in known.items()}

    def _said(self, name: str, value: float) -> float | str:
        words = self.words.get(name)
        return value if words is None else dict(enumerate(words)).get(int(value), "")


class Themes:
    """The themes of a model's columns; `membership` is 1 where (column, theme) belong.

    The columns are the features, then those that transforms made. Features of all events say the
    same as those of the target's own steps where a customer did nothing else of late.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        target: Churn,
        vocabulary: Vocabulary,
        made: Sequence[Made] = (),
        params: FeatureParams | None = None,
    ) -> None:
        self._slices = Slices(features, target, vocabulary, params or FeatureParams())
        self._horizon_days = target.horizon_days
        self._told: dict[Theme, list[tuple[Topic, Feature]]] = {}
        own = [self._theme(feature) for feature in features]
        alone = [self._alone(theme, feature) for theme, feature in zip(own, features, strict=True)]
        ours = self._slices.own
        further = [Theme(one.kind, one.subject or ours, feature=one.tells) for one in made]
        self.all = tuple(dict.fromkeys((*own, *further, *alone)))
        self.membership = self._members([*own, *further])
        self._membership_alone = self._members([*alone, *further])

    def added(self, contributions: Floats, frame: pd.DataFrame) -> Floats:
        """What each theme adds: (rows, themes), from what each column adds: (rows, columns)."""
        alone = self._slices.own_alone(frame)[:, None]
        usual, others = (contributions @ each for each in (self.membership, self._membership_alone))
        return np.where(alone, others, usual)

    def facts(self, theme: Theme, frame: pd.DataFrame) -> Facts:
        """The numbers of a theme, read from the features of each row."""
        spans = {"horizon_days": self._horizon_days}
        told = self._chosen(theme)
        numbers = {topic.fact: _column(frame, feature.name) for topic, feature in told}
        if theme.feature:
            numbers["value"] = _column(frame, theme.feature)
        elif not told:
            numbers |= self._slices.numbers(theme.kind, theme.subject, frame)
        days = [topic.days for topic, _ in told if topic.days]
        spans |= {"span_days": days[0]} if days else {}
        numbers |= {name: np.full(len(frame), float(span)) for name, span in spans.items()}
        words = {topic.fact: tuple(one.values) for topic, one in told if len(one.values)}
        finite = {name: np.where(np.isinf(one), np.nan, one) for name, one in numbers.items()}
        return Facts(finite, words)

    def _members(self, themes: Sequence[Theme]) -> Floats:
        return np.array([[a == b for b in self.all] for a in themes], dtype=np.float64)

    def _alone(self, theme: Theme, feature: Feature) -> Theme:
        """The theme of a feature where the target's own steps are all that a customer did."""
        if theme.kind != "activity" or not self._slices.own:
            return theme
        return Theme(KIND_OF[feature.function.__name__], self._slices.own)

    def _theme(self, feature: Feature) -> Theme:
        if is_of_slice(feature):
            return Theme(*self._slices.theme(feature))
        topic = topic_of(feature)
        if topic is None:
            return Theme("other", feature.meaning.partition(";")[0], feature=feature.name)
        theme = Theme(topic.kind, topic.subject, topic.then)
        self._told.setdefault(theme, []).append((topic, feature))
        return theme

    def _chosen(self, theme: Theme) -> list[tuple[Topic, Feature]]:
        """The features that tell a theme: of windows the one nearest to some horizons."""
        told = [(topic, feature) for topic, feature in self._told.get(theme, []) if topic.fact]
        windows = sorted({topic.days for topic, _ in told if topic.days})
        usual = WINDOW_HORIZONS * self._horizon_days
        window = min(windows, key=lambda days: abs(days - usual), default=None)
        return [(topic, feature) for topic, feature in told if topic.days in (None, window)]


def _column(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(np.float64, na_value=np.nan)
