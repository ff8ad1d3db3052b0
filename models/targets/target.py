"""What every target says: who is at risk at a cutoff, and what became of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Feature
from features.clock import shift
from features.contracts import Frame, Series
from features.errors import DataRefused, ModelRefused
from features.known.needs import Needs
from features.known.told import Told
from models.limits import at_least, at_most

LEFT_OUT = -1
"""The label of a row that is neither learned from nor measured, such as a move in the embargo."""


@dataclass(frozen=True, kw_only=True)
class Target(ABC):
    """A question about `[cutoff + embargo_days, cutoff + embargo_days + horizon_days)`.

    `predicts` names the model that answers it, `kind` the definition. A label is a place in
    `classes`; who has none in `labels` has `otherwise`.
    """

    predicts: ClassVar[str]
    kind: ClassVar[str]

    LEAST: ClassVar[Mapping[str, float]] = {"embargo_days": 0, "horizon_days": 1}
    MOST_DAYS: ClassVar[float] = 3650
    """No span in days is longer."""

    embargo_days: int = 1
    horizon_days: int = 30

    def __post_init__(self) -> None:
        """Refuse spans that are none."""
        at_least(self, **self.LEAST)
        at_most(self, **dict.fromkeys(self.LEAST, self.MOST_DAYS))

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """What may become of a customer, in the order of the labels."""

    @property
    @abstractmethod
    def otherwise(self) -> int:
        """The label of those at risk of whom `labels` says nothing."""

    @property
    def own_steps(self) -> tuple[str, ...]:
        """The steps that the target is about; none where it is about something else."""
        return ()

    @property
    def sight_days(self) -> int:
        """How many days back an event of somebody at risk is of interest."""
        return 2 * self.horizon_days

    @property
    def patience_days(self) -> int:
        """How long after the label window a label may still change."""
        return 0

    @property
    @abstractmethod
    def baselines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Names of the rules that a model must beat, each with the columns that it reads."""

    @abstractmethod
    def telling(self) -> tuple[Feature, ...]:
        """Features that say who is at risk and what the baselines read."""

    def whom(self, told: Told) -> Series | None:
        """Who may be at risk at some cutoff, sorted; None for those with events."""
        del told

    @abstractmethod
    def at_risk(self, built: Frame) -> Frame:
        """The rows of those at risk, of a table with the columns of `telling`."""

    @abstractmethod
    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows with the panel's columns in place of those of `telling`."""

    @abstractmethod
    def reads(self) -> Needs:
        """What of the tables `labels` and `first` look at."""

    @abstractmethod
    def first(self, told: Told) -> datetime | None:
        """When history begins for this target, as far as it is known today."""

    @abstractmethod
    def found(self, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
        """Columns customer_id, cutoff and label of those who have another than `otherwise`."""

    @abstractmethod
    def nobody(self, cutoffs: Sequence[datetime]) -> DataRefused:
        """What to say when nobody is at risk at any cutoff."""

    def matured_at(self, cutoff: datetime, zone: ZoneInfo) -> datetime:
        """When the label window and any grace are over; before that there is no label."""
        return shift(cutoff, self.lead_days, zone)

    def last_mature(self, watermark: datetime, zone: ZoneInfo) -> datetime:
        """The latest business midnight whose label is known at the watermark."""
        return shift(watermark, -self.lead_days, zone)

    def labels(
        self, told: Told, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
    ) -> pd.DataFrame:
        """As `found`; a cutoff that is not mature at the watermark is refused."""
        self.refuse_unripe(cutoffs, watermark, zone)
        return self.found(told, cutoffs, zone)

    def refuse_unripe(
        self, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
    ) -> None:
        """Refuse, as `ModelRefused`, cutoffs whose label is not known at the watermark."""
        unripe = [cutoff for cutoff in cutoffs if self.matured_at(cutoff, zone) > watermark]
        if unripe:
            raise ModelRefused(
                f"the label window of cutoff {unripe[0]:%Y-%m-%d} is over on "
                f"{self.matured_at(unripe[0], zone):%Y-%m-%d}, after the data are complete "
                f"({watermark:%Y-%m-%d})",
                where=f"{self.predicts} label",
                mend=f"use cutoffs up to {self.last_mature(watermark, zone):%Y-%m-%d}",
            )

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows it; `kinds.from_json` reads it back."""
        return {"kind": self.kind, **asdict(self)}

    @property
    def lead_days(self) -> int:
        """Days from the cutoff until the label is known."""
        return self.embargo_days + self.horizon_days + self.patience_days

    @property
    def span_days(self) -> tuple[int, int]:
        """From when to when the label window reaches, counted from the cutoff."""
        return self.embargo_days, self.embargo_days + self.horizon_days
