"""Progression: which stage comes next, or where the customer stands when the window is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import Compute, Feature
from features.contracts import Frame, Series
from features.errors import DataRefused
from features.families.journey import days_in_stage, stage
from features.hindsight import first_move_between, stage_at_end
from features.known.needs import Needs
from features.known.told import Told
from features.known.versions import latest
from features.mistakes import nearest
from features.traits.journeys import Ladder
from models.logit import Floats
from models.targets.target import LEFT_OUT, Target

PRESENT, DWELL = "present_stage", "present_stage_days"
"""The stage at the cutoff, a place in `stages`, and the days since it was entered."""

MOVES = ("advance", "stay", "regress", "exit")
STAY = "stay"

FIRST_MOVE, STATE_AT_END = "first_move", "state_at_end"


@dataclass(frozen=True, kw_only=True)
class Progression(Target):
    """Where a customer goes from the present stage.

    `meaning` says what a label is: the `first_move` to another stage inside the label window, or
    the stage at its end (`state_at_end`). At risk is who stands in one of `order`, unless it is in
    `settled`. Who moves inside the embargo is left out. `never` names moves that cannot be, each as
    "from > to": they get probability 0.
    """

    predicts: ClassVar[str] = "progression"
    kind: ClassVar[str] = "progression"

    order: tuple[str, ...]
    exits: tuple[str, ...] = ()
    meaning: Literal["first_move", "state_at_end"] = FIRST_MOVE
    settled: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that are no stage."""
        super().__post_init__()
        pairs = [word for pair in self._pairs for word in pair]
        for key, words in (("settled", self.settled), ("never", pairs)):
            for name in words:
                if name not in self.stages:
                    raise ValueError(f"{key} names {name!r}; {nearest(name, self.stages)}")

    @property
    def stages(self) -> tuple[str, ...]:
        """Every stage: the order, then the exits."""
        return (*self.order, *self.exits)

    @property
    def classes(self) -> tuple[str, ...]:
        """`stay` and the stage that is entered; for the state at the end the stages alone."""
        return (STAY, *self.stages) if self.meaning == FIRST_MOVE else self.stages

    @property
    def otherwise(self) -> int:
        """Who makes no move stays; of whom no stage is told at the end nothing is learned."""
        return 0 if self.meaning == FIRST_MOVE else LEFT_OUT

    @property
    def baselines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """How often each outcome is, by stage, and by stage and how long it has lasted."""
        return (("marginal", ()), ("markov", (PRESENT,)), ("stage_dwell", (PRESENT, DWELL)))

    def telling(self) -> tuple[Feature, ...]:
        """The present stage and its age."""
        return (
            self._feature(PRESENT, "stage", "the stage at the cutoff", stage),
            self._feature(DWELL, "days", "days since it was entered", days_in_stage),
        )

    def whom(self, told: Told) -> Series:
        """Who has ever been in a stage."""
        return told.stage_history["customer_id"].unique().sort()

    def at_risk(self, built: Frame) -> Frame:
        """The rows of those who stand in a stage of the order that may be left."""
        places = [place for place, name in enumerate(self.order) if name not in self.settled]
        return built.filter(built[PRESENT].is_in([float(place) for place in places]))

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows as they are."""
        return rows

    def reads(self) -> Needs:
        """The stage history."""
        return Needs(tables=frozenset({"stage_history"}), stages=frozenset(self.stages))

    def first(self, told: Told) -> datetime | None:
        """The first entry into any stage."""
        return cast("datetime | None", latest(told.stage_history)["entered_at"].min())

    def found(self, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
        """The stage that is moved to first, or that holds at the end."""
        history, (start, end) = told.stage_history, self.span_days
        if self.meaning == FIRST_MOVE:
            found = first_move_between(history, cutoffs, start, end, zone)
        else:
            found = stage_at_end(history, cutoffs, end, zone)
        late = self._labelled(found.to_pandas())
        if not start:
            return late
        early = first_move_between(history, cutoffs, 0, start, zone).to_pandas()
        left_out = early[["customer_id", "cutoff"]].assign(label=LEFT_OUT)
        return pd.concat([left_out, late]).drop_duplicates(["customer_id", "cutoff"])

    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """That nobody stands in any stage."""
        return DataRefused(
            f"no customer stood in one of {', '.join(self.order)} on {max(cutoffs):%Y-%m-%d}",
            where="[progression]",
            mend="write rules under [stages], or map the stages of a source (docs/stages.md)",
        )

    def destinations(self, p: Floats, present: NDArray[np.int64]) -> Floats:
        """Probabilities of `classes` as probabilities of `stages`, the present one for staying."""
        if self.meaning != FIRST_MOVE:
            return p
        stages = p[:, 1:].copy()
        stages[np.arange(len(p)), present] += p[:, 0]
        return stages

    def moves(self, p: Floats, present: NDArray[np.int64]) -> Floats:
        """Probabilities of `classes` as probabilities of `MOVES`: (rows, 4)."""
        to, places = self.destinations(p, present), np.arange(len(self.stages))
        here, out = present[:, None], places[None] >= len(self.order)
        kinds = [~out & (places > here), places == here, ~out & (places < here), out]
        return np.stack([(to * kind).sum(axis=1) for kind in kinds], axis=1)

    def possible(self, present: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of `classes` may come of each row: (rows, classes)."""
        table = np.ones((len(self.stages), len(self.classes)), dtype=bool)
        first = len(self.classes) - len(self.stages)
        for here, there in self._pairs:
            table[self.stages.index(here), first + self.stages.index(there)] = False
        if first:
            table[np.arange(len(self.stages)), first + np.arange(len(self.stages))] = False
        return table[present]

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        split = [tuple(word.strip() for word in pair.split(">")) for pair in self.never]
        if any(len(pair) != len(("from", "to")) for pair in split):
            raise ValueError('never names no move; write each as "from > to"')
        return cast("list[tuple[str, str]]", split)

    def _labelled(self, found: pd.DataFrame) -> pd.DataFrame:
        places = {name: place for place, name in enumerate(self.classes)}
        label = found.pop("stage").map(places).fillna(LEFT_OUT).astype("int64")
        return found.assign(label=label)

    def _feature(self, name: str, unit: str, meaning: str, function: Compute) -> Feature:
        ladder = Ladder(self.order, self.exits)
        arguments: dict[str, Any] = {"ladder": ladder}
        return Feature(
            name=name,
            family="target",
            unit=unit,
            meaning=meaning,
            function=function,
            arguments=arguments,
            needs=self.reads(),
            values=self.stages if unit == "stage" else (),
        )
