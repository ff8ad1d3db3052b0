"""What is asked when pains are looked for, and of whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from features.catalog import Feature, FeatureParams, Vocabulary
from features.clock import grid, shift
from features.known.needs import Needs
from features.known.told import Parts, Stored, Told, narrowed
from features.stages.rules import facts_of, parsed
from features.traits.journeys import Ladder
from models.pains.lived import climbing, desks, lived
from models.pains.mix import case_mix
from models.pains.params import PainParams
from models.pains.targets import WAIT_HOURS
from models.targets.churn import Churn
from models.targets.progression import Progression


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose drop-off is looked at, and by which words.

    `target` is a `Progression` where stages are known, else the workspace's churn. `wait_hours` is
    how long customers should wait at most, by the kind of wait; `personas` are rules by name.
    A yearly value is reckoned from the money of `value_days`.
    """

    target: Churn | Progression
    vocabulary: Vocabulary
    features: FeatureParams = field(default_factory=FeatureParams)
    personas: Mapping[str, str] = field(default_factory=dict[str, str])
    wait_hours: Mapping[str, float] = field(
        default_factory=lambda: {
            name.removesuffix("_hours"): hours for name, hours in WAIT_HOURS.items()
        }
    )
    value_days: int = 182
    params: PainParams = field(default_factory=PainParams)

    @cached_property
    def mix(self) -> tuple[Feature, ...]:
        """The features of case mix."""
        read = facts_of(parsed("personas", self.personas))
        return tuple(case_mix(self.features, self.vocabulary, read))

    @cached_property
    def beside(self) -> tuple[Feature, ...]:
        """The features that say what customers lived through."""
        days, worth = self.params.recent_days, self.value_days
        told = lived(self.features, self.vocabulary, days=days, value_days=worth)
        return (*told, *(climbing(self.ladder) if self.ladder else ()))

    @property
    def ladder(self) -> Ladder | None:
        """The stages, where they are known."""
        if isinstance(self.target, Progression):
            return Ladder(self.target.order, self.target.exits)
        return None

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that may be left, by their numbers; none where they are not known."""
        return self.target.order if isinstance(self.target, Progression) else ()

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels, by their numbers in the column that tells them."""
        return self.vocabulary.every_channel

    @property
    def waits(self) -> tuple[str, ...]:
        """The kinds of waits that the data tell."""
        return tuple(desks(self.features, self.vocabulary))

    def cutoffs(self, watermark: datetime, earliest: datetime, zone: ZoneInfo) -> list[datetime]:
        """The last days whose outcome is known, a horizon apart, none before `earliest`."""
        last, apart = self.target.last_mature(watermark, zone), self.target.lead_days
        first = max(earliest, shift(last, -(self.params.cutoffs - 1) * apart, zone))
        return grid(last, first, apart, zone)


def journey_target(
    churn: Churn, stated: Progression | None, words: Vocabulary
) -> Churn | Progression:
    """Whose drop-off is looked at: by the stages where any are told, else by churn.

    What a workspace says of progression is taken as it is, but first moves count.
    """
    if "stage_history" not in words.tables or not words.stages:
        return churn
    if stated is not None:
        return replace(stated, meaning="first_move")
    return Progression(
        order=words.stages,
        exits=words.exits,
        embargo_days=churn.embargo_days,
        horizon_days=churn.horizon_days,
    )


@dataclass(frozen=True)
class Some:
    """The first few of some parts; customers fall into parts by chance."""

    parts: Parts
    number: int

    def narrowed(self, needs: Needs) -> Parts:
        """The same parts with only what is needed."""
        return Some(narrowed(self.parts, needs), self.number)

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, at: int, /) -> Told:
        """One of them."""
        if not 0 <= at < self.number:
            raise IndexError(at)
        return self.parts[at]

    def __iter__(self) -> Iterator[Told]:
        return (self.parts[at] for at in range(self.number))


def drawn(parts: Parts, asked: Asked) -> tuple[Parts, float]:
    """Parts with about as many customers as shall be looked at, and their share of all.

    Only parts in files are left out: those hold customers by chance.
    """
    if not isinstance(parts, Stored):
        return parts, 1.0
    reads = asked.target.reads()
    first = narrowed(parts, reads)[0]
    whom = asked.target.whom(first)
    there = len(first.everyone() if whom is None else whom)
    number = min(len(parts), max(1, -(-asked.params.customers_most // max(there, 1))))
    return Some(parts, number), number / len(parts)
