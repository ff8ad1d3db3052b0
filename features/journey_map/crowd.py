"""Some customers of the map: their events and stays as integers, and who they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.catalog import FeatureParams, Vocabulary
from features.clock import microseconds
from features.journey_map.cells import Coded
from features.journey_map.months import Months
from features.journey_map.stays import Stays
from features.known.needs import Needs
from features.known.past import Calendar, Past
from features.known.told import Told
from features.known.trace import Ints, traces
from features.known.versions import visible
from features.roles import PARTS
from features.stages.personas import OTHER, personas_at
from features.traits.journeys import Ladder
from features.traits.parts import parts

TICKET, TOPIC, FROM_TEXT = "ticket told", "topic told", "from text"
_MEASURES = frozenset({"value", "sentiment", FROM_TEXT})


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a map is asked for; `attributes` are those of customers, with their types.

    `origins` says of which sources sentiments are read out of `text`.
    """

    cutoff: datetime
    zone: ZoneInfo
    ladder: Ladder
    personas: Mapping[str, str]
    months: Months
    params: FeatureParams
    origins: Mapping[str, str]
    attributes: Mapping[str, pl.DataType] = field(default_factory=dict[str, pl.DataType])

    @property
    def needs(self) -> Needs:
        """What has to be read of a lake; which words occur is seen when they are read."""
        named = {name for part in ("ticket", "topic") for name in self.names_of(part)}
        return Needs(
            channels=frozenset({""}),
            steps=frozenset({""}),
            measures=frozenset({"value", "sentiment"}),
            attributes=frozenset({"source", *named}),
            tables=frozenset({"stage_history", *(["customers"] if self.personas else [])}),
        )

    def names_of(self, part: str) -> tuple[str, ...]:
        """The attributes of events that may play a part, the first that an event tells wins."""
        own = self.params.attributes.get(part)
        return (own,) if own else PARTS[part]


@dataclass(frozen=True)
class Crowd:
    """Some customers as they were known at the cutoff.

    `persona` has one entry a customer; `stage` one an event.
    """

    question: Question
    past: Past
    stays: Stays
    persona: Coded
    stages: tuple[str, ...]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that occur."""
        return self.past.trace.words["channel"]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that occur."""
        return self.past.trace.words["step"]

    def steps_of(self, *roles: str) -> tuple[str, ...]:
        """The steps that play one of some parts and occur, sorted."""
        words = Vocabulary(pairs=tuple(("", step) for step in self.steps))
        return tuple(
            sorted({step for role in roles for step in self.question.params.steps_of(role, words)})
        )

    @property
    def persona_sizes(self) -> dict[str, int]:
        """How many customers each persona has."""
        codes, words = self.persona
        sizes = np.bincount(codes, minlength=len(words)).tolist()
        return {str(word): size for word, size in zip(words, sizes, strict=True)}

    @cached_property
    def arrival(self) -> Ints:
        """The last touch before each stay began, `NONE` without one; no bookkeeping is a touch."""
        bookkeeping = parts(self.past, [self.steps_of("by_business")])
        return self.stays.last_touch(self.past, np.flatnonzero(bookkeeping == 0))

    @cached_property
    def stage(self) -> Ints:
        """The stage in which each event happened."""
        return self.stays.during(self.past)

    def of_rows(self, rows: Ints) -> dict[str, Coded]:
        """Month, persona and stage of some events inside the months."""
        return {
            "month": self.question.months.of(self.past.at[rows]),
            "persona": self.persona.at(self.past.customer[rows]),
            "stage": self.staged(self.stage[rows]),
        }

    def inside(self, rows: Ints) -> Ints:
        """Those of some events that happened inside the months."""
        return rows[self.question.months.inside(self.past.at[rows])]

    def staged(self, stage: Ints) -> Coded:
        """Stages as words; empty for none."""
        return Coded(stage + 1, ("", *self.stages))

    def channel_of(self, rows: Ints) -> Coded:
        """The channels of some events; `none` where there is no event."""
        column = self.past.columns["channel"]
        if not len(column):
            return Coded(np.zeros(len(rows), dtype=np.int64), ("none",))
        own = np.where(rows >= 0, column[np.maximum(rows, 0)].astype(np.int64) + 1, 0)
        return Coded(own, ("none", *self.channels))


def crowds(told: Told, question: Question) -> Iterator[Crowd]:
    """The customers of one part; several times only where customers and time overflow a key."""
    cutoff = question.cutoff
    history = visible(told.stage_history, "entered_at", cutoff).drop("superseded_at", strict=False)
    events = _plain(visible(told.events, "occurred_at", cutoff), question)
    stages = tuple(sorted(history["stage"].unique()))
    needs = replace(
        question.needs,
        channels=frozenset(events["channel"].unique()) or {""},
        steps=frozenset(events["step"].unique()) or {""},
        stages=frozenset(stages),
        measures=_MEASURES,
        told=frozenset({"sentiment"}),
        attributes=frozenset({TICKET, TOPIC}),
        sequence=frozenset({True}),
        tables=frozenset({"stage_history"}),
    )
    everyone = pl.concat([events["customer_id"].unique(), history["customer_id"].unique()]).unique()
    seen = Told(events=events, stage_history=history, ordered=told.ordered)
    at = microseconds(cutoff)
    calendar = Calendar(question.zone, np.empty(0, dtype=np.int64))
    for trace in traces(seen, everyone.sort(), [at], needs):
        past = Past(trace, np.array([[at]], dtype=np.int64), [], calendar)
        stays = Stays.of(trace["stage_history"])
        persona = _personas(told.customers, past.trace.customers, question)
        yield Crowd(question, past, stays, persona, stages)


def _plain(events: pl.DataFrame, question: Question) -> pl.DataFrame:
    """Events without clocks of knowledge, with what names a ticket and a topic."""

    def named(part: str) -> pl.Expr:
        there = [name for name in question.names_of(part) if name in events.columns]
        return pl.coalesce(*(pl.col(name).cast(pl.String) for name in there), pl.lit(None))

    texts = [name for name, origin in question.origins.items() if origin == "text"]
    from_text = pl.col("source").is_in(texts) if texts else pl.lit(value=False)
    return events.drop("known_at", "superseded_at", strict=False).with_columns(
        named("ticket").alias(TICKET), named("topic").alias(TOPIC), from_text.alias(FROM_TEXT)
    )


def _personas(customers: pl.DataFrame, everyone: pl.Series, question: Question) -> Coded:
    """The persona of each customer: the rule that holds for them, or `OTHER`."""
    words = tuple(dict.fromkeys((*question.personas, OTHER)))
    if not question.personas:
        return Coded(np.zeros(len(everyone), dtype=np.int64), words)
    missing = {
        name: pl.lit(None, dtype)
        for name, dtype in question.attributes.items()
        if name not in customers.columns
    }
    known = personas_at(customers.with_columns(**missing), question.cutoff, question.personas)
    place = pl.col("persona").cast(pl.Enum(list(words))).to_physical().cast(pl.Int64)
    asked = everyone.to_frame("customer_id").join(
        known.with_columns(place), on="customer_id", how="left", maintain_order="left"
    )
    return Coded(asked["persona"].fill_null(words.index(OTHER)).to_numpy(), words)
