"""Next step: the first touch inside the label window, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Feature, reads
from features.contracts import Frame
from features.errors import DataRefused
from features.families.frequency import events_in_window
from features.families.recency import days_since_last
from features.families.steps import word_back
from features.hindsight import first_step_between
from features.known.needs import Needs
from features.known.past import EVERYTHING, Where
from features.known.told import Told
from features.traits.sequences import Words
from models.targets.silence import check_steps, first_of
from models.targets.target import Target

NONE = "none"

LAST = ("last_own_1", "last_own_2", "last_own_3")
"""The last steps at the cutoff, the newest first: places in `known`, NaN before the first."""

QUIET = "days_since_any"
_TOUCHES = "touches_in_sight"


@dataclass(frozen=True, kw_only=True)
class NextStep(Target):
    """The first of `steps` in the label window, or `none`; without `steps` of any (see `among`).

    At risk is who had any event within `active_within_days`. `known` are the words by which the
    last steps are told apart; without them those of `steps`.
    """

    predicts: ClassVar[str] = "next_step"
    kind: ClassVar[str] = "next_step"
    LEAST: ClassVar[Mapping[str, float]] = {**Target.LEAST, "active_within_days": 1}

    steps: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    active_within_days: int = 56

    def __post_init__(self) -> None:
        """Refuse a step that is named twice, and spans that are none."""
        super().__post_init__()
        if self.steps:
            check_steps(self.steps)

    def among(self, words: Sequence[str]) -> "NextStep":
        """The same among the steps of the data, where none were named."""
        return replace(self, steps=self.steps or tuple(words), known=self.known or tuple(words))

    @property
    def classes(self) -> tuple[str, ...]:
        """`none`, then the steps."""
        return (NONE, *self.steps)

    @property
    def sight_days(self) -> int:
        """As long as somebody counts as active."""
        return self.active_within_days

    @property
    def otherwise(self) -> int:
        """None: who takes no step takes none."""
        return 0

    @property
    def baselines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """How often each step is, by the last step, and by the last three."""
        return (("marginal", ()), ("markov", LAST[:1]), ("ngram", LAST))

    def telling(self) -> tuple[Feature, ...]:
        """How many events there were of late, and which steps were the last."""
        words = Words("step", self.known or self.steps)
        touches = Feature(
            name=_TOUCHES,
            family="target",
            unit="events",
            meaning=f"number of events in the last {self.active_within_days} days",
            function=events_in_window,
            arguments={"where": EVERYTHING, "days": self.active_within_days},
            needs=reads(EVERYTHING, self.active_within_days),
            whole=True,
        )
        quiet = Feature(
            name=QUIET,
            family="target",
            unit="days",
            meaning="days since the last event",
            function=days_since_last,
            arguments={"where": EVERYTHING},
            needs=reads(EVERYTHING),
        )
        last = (
            Feature(
                name=name,
                family="target",
                unit="step",
                meaning="one of the last steps",
                function=word_back,
                arguments={"words": words, "nth": nth},
                needs=words.needs,
                values=words.known,
            )
            for nth, name in enumerate(LAST, start=1)
        )
        return (touches, quiet, *last)

    def at_risk(self, built: Frame) -> Frame:
        """The rows of those who had an event of late."""
        return built.filter(built[_TOUCHES] > 0)

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Without the number of events."""
        return rows.drop(columns=_TOUCHES)

    def reads(self) -> Needs:
        """The steps in their order."""
        return reads(Where(step=self.steps), sequence=True)

    def first(self, told: Told) -> datetime | None:
        """The first event."""
        return first_of(self.steps, told)

    def found(self, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
        """The first step of who takes one."""
        own = told.events.filter(told.events["step"].is_in(self.steps))
        found = first_step_between(own, cutoffs, *self.span_days, zone).to_pandas()
        places = {name: place for place, name in enumerate(self.classes)}
        return found.assign(label=found.pop("step").map(places).astype("int64"))

    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """That there was no event of late."""
        return DataRefused(
            f"no customer had an event within {self.active_within_days} days before "
            f"{max(cutoffs):%Y-%m-%d}",
            where="[next_step]",
            mend="check that the sources reach up to as_of",
        )
