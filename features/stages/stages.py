"""Where a customer stands: stages as sources state them, and as the workspace's rules derive them.

Each voice keeps its own history. Rules are judged at each business midnight, over facts that are
not about stages and none of which was unknown by then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from features.catalog import Vocabulary
from features.known.told import Told
from features.known.versions import latest
from features.mistakes import Mistake, nearest
from features.stages.moves import with_directions
from features.stages.rules import facts_of, mistakes_in_facts, mistakes_in_rules, parsed
from features.stages.stage_facts import fact_names, possible_names
from features.stages.stage_rules import derive


@dataclass(frozen=True, kw_only=True)
class StageParams:
    """The stages of a workspace, and what says that a customer is in one.

    `order` goes from stranger to friend; `exits` are ways out of it. `rules` are Polars SQL
    expressions over features of the catalog, attributes of customers and `terms.CONTRACT_FACTS`;
    of those that hold, the first wins, so the most advanced stage is written first. A new stage
    counts once its rule has won at `dwell_days` midnights in a row. `stated` names the stage for
    each word that sources use; a word that is a stage's own name needs none.
    """

    order: tuple[str, ...] = ("awareness", "consideration", "decision", "retention", "advocacy")
    exits: tuple[str, ...] = ("lost", "churned")
    rules: Mapping[str, str] = field(default_factory=dict[str, str])
    dwell_days: int = 1
    stated: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Refuse stages that are named twice, words for others, and impossible numbers."""
        if len(set(self.names)) < len(self.names):
            raise ValueError("order names a stage twice; name it once")
        for name in self.rules:
            if name not in self.names:
                raise ValueError(f"rules are about {name!r}; {nearest(name, self.names)}")
        for word, name in self.stated.items():
            if name not in self.names:
                raise ValueError(f"stated calls {word!r} {name!r}; {nearest(name, self.names)}")
        if self.dwell_days < 1:
            raise ValueError(f"dwell_days is {self.dwell_days}; write 1 or more")

    @property
    def names(self) -> tuple[str, ...]:
        """Every stage: the order, then the exits."""
        return (*self.order, *self.exits)

    @property
    def meanings(self) -> dict[str, str]:
        """The stage for each word that a source may use."""
        return {**{name: name for name in self.names}, **self.stated}


@dataclass(frozen=True)
class UnknownStage:
    """A word of the sources that is no stage, how many rows say it, and what may be meant."""

    source: str
    word: str
    rows: int
    mend: str


def mistakes_in_stages(params: StageParams) -> Iterator[Mistake]:
    """What is wrong with the rules before any data are read."""
    for mistake in mistakes_in_rules(params.rules):
        yield Mistake(f"rules.{mistake.key}", mistake.reason, mistake.mend)


def mistakes_in_stage_facts(
    params: StageParams, attributes: Iterable[str], vocabulary: Vocabulary | None = None
) -> Iterator[Mistake]:
    """What readable rules read and nothing tells; without a vocabulary every word may occur."""
    rules = parsed("stages.rules", params.rules)
    read = facts_of(rules)
    known = (
        possible_names(read, attributes)
        if vocabulary is None
        else fact_names(read, vocabulary, attributes)
    )
    for mistake in mistakes_in_facts(rules, known):
        yield Mistake(f"rules.{mistake.key}", mistake.reason, mistake.mend)


def history(
    told: Told,
    midnights: Sequence[datetime],
    params: StageParams,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """Every entry into a stage, by every voice, as the contract `stage_history`.

    Words of sources that `params` does not know are left out (see `unknown_stages`). `midnights`
    are consecutive business midnights. Customers are independent of each other, so partition after
    partition gives the same rows.
    """
    voices = [_as_stages(told.stages, params)]
    if params.rules and midnights:
        derived = derive(told, midnights, params.rules, params.dwell_days, vocabulary, zone)
        voices.append(derived)
    return with_directions(pl.concat(voices), params.order)


def unknown_stages(stages: pl.DataFrame, params: StageParams) -> list[UnknownStage]:
    """The words that are no stage, the most frequent first; corrected rows do not count."""
    unknown = latest(stages).filter(~pl.col("stage").is_in(list(params.meanings)))
    counts = unknown.group_by("source", "stage").agg(rows=pl.len())
    ordered = counts.sort("rows", "source", "stage", descending=[True, False, False])
    return [
        UnknownStage(source, word, rows, nearest(word, params.meanings))
        for source, word, rows in ordered.iter_rows()
    ]


def _as_stages(stages: pl.DataFrame, params: StageParams) -> pl.DataFrame:
    """The rows whose word is known, as entries into its stage."""
    stage = pl.col("stage").replace_strict(params.meanings, default=None, return_dtype=pl.String)
    return stages.select(
        "customer_id", stage, "entered_at", "known_at", "superseded_at", said_by="source"
    ).filter(pl.col("stage").is_not_null())
