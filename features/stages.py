"""Where a customer stands: stages derived by rules at each business midnight, and their moves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from features.build import build
from features.catalog import Feature, FeatureParams, Vocabulary
from features.contracts import STAGE_HISTORY
from features.errors import WorkspaceInvalid
from features.families import catalog

BY_RULE = "rule"
"""Says of a stage that the workspace's rules derived it; otherwise a source's name stands there."""

_INSTANT_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class StageParams:
    """The stages of a workspace, and the rules that derive them.

    `order` goes from stranger to friend; `exits` are ways out of it. `rules` are Polars SQL
    expressions over features of the catalog, none of them about stages; of those that hold, the
    first wins, so the most advanced stage is written first. A new stage counts once its rule has
    won at `dwell_days` midnights in a row.
    """

    order: tuple[str, ...] = ("awareness", "consideration", "decision", "retention", "advocacy")
    exits: tuple[str, ...] = ("lost", "churned")
    rules: Mapping[str, str] = field(default_factory=dict[str, str])
    dwell_days: int = 1

    def __post_init__(self) -> None:
        """Refuse stages that are named twice, rules for others, and impossible numbers."""
        names = (*self.order, *self.exits)
        if len(set(names)) < len(names):
            raise ValueError("order names a stage twice; name it once")
        for name in self.rules:
            if name not in names:
                raise ValueError(f"rules are about {name!r}; name a stage of order or exits")
        if self.dwell_days < 1:
            raise ValueError(f"dwell_days is {self.dwell_days}; write 1 or more")


def derive(
    events: pl.DataFrame,
    customers: pl.Series | None,
    midnights: Sequence[datetime],
    params: StageParams,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """The stage history that the rules tell, as the contract `stage_history`.

    `midnights` are consecutive business midnights. A stage is entered in the last microsecond of
    the day whose facts decided it: it is known at the midnight after, and not before.
    """
    rules = {stage: pl.sql_expr(text) for stage, text in params.rules.items()}
    facts = _facts(rules, vocabulary)
    table = build(events, customers, midnights, facts, zone)
    held = [pl.when(rule).then(pl.lit(stage)) for stage, rule in rules.items()]
    days = table.select("customer_id", "cutoff", stage=pl.coalesce(*held, pl.lit(None, pl.String)))
    return with_directions(_entered(days, params.dwell_days), params)


def with_directions(entries: pl.DataFrame, params: StageParams) -> pl.DataFrame:
    """Entries of stages with the direction of each, as the contract `stage_history`.

    The first is `enter`; then one step up is `advance`, more a `skip`, down a `regress`, out an
    `exit`, and back from an exit a `reentry`. What each source says is a history of its own.
    """
    own = ("customer_id", "said_by")
    ranks = {stage: rank for rank, stage in enumerate(params.order)}
    rank = pl.col("stage").replace_strict(ranks, default=None, return_dtype=pl.Int64)
    ordered = entries.sort(*own, "entered_at", "known_at", "stage").with_columns(_rank=rank)
    before = pl.col("_rank").shift().over(own)
    climbed = pl.col("_rank") - before
    direction = (
        pl.when(pl.col("stage").shift().over(own).is_null())
        .then(pl.lit("enter"))
        .when(pl.col("_rank").is_null())
        .then(pl.lit("exit"))
        .when(before.is_null())
        .then(pl.lit("reentry"))
        .when(climbed > 1)
        .then(pl.lit("skip"))
        .when(climbed > 0)
        .then(pl.lit("advance"))
        .otherwise(pl.lit("regress"))
    )
    return ordered.with_columns(direction=direction).select(*STAGE_HISTORY.schema)


def disagreements(history: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """Customers of whom two voices say different stages at a cutoff: customer_id, then each."""
    now = stage_at(history, cutoff)
    differing = now.filter(pl.col("stage").n_unique().over("customer_id") > 1)
    return differing.select("customer_id", "said_by", "stage").sort("customer_id", "said_by")


def stage_at(history: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The last stage that each voice had told of each customer, both clocks before the cutoff."""
    told = history.filter((pl.col("entered_at") < cutoff) & (pl.col("known_at") < cutoff))
    latest = told.sort("entered_at", "known_at", "stage").group_by("customer_id", "said_by").last()
    return latest.sort("customer_id", "said_by")


def spells(history: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The history as it was known at a cutoff, with `left_at`, null where a stage still holds."""
    told = history.filter((pl.col("entered_at") < cutoff) & (pl.col("known_at") < cutoff))
    own = ("customer_id", "said_by")
    ordered = told.sort(*own, "entered_at", "known_at", "stage")
    return ordered.with_columns(left_at=pl.col("entered_at").shift(-1).over(own))


def _facts(rules: Mapping[str, pl.Expr], vocabulary: Vocabulary) -> list[Feature]:
    """The features that the rules read; a look-back of any number of days may be named."""
    names = sorted({name for rule in rules.values() for name in rule.meta.root_names()})
    days = {int(found[1]) for name in names if (found := re.search(r"_(\d+)d$", name))}
    known = {
        feature.name: feature
        for feature in catalog(FeatureParams(windows_days=tuple(sorted(days))), vocabulary).features
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        raise WorkspaceInvalid(
            f"the rules read {', '.join(unknown)}, which no feature is called",
            where="stages.rules",
            mend="see `jejak features` for the names",
        )
    return [known[name] for name in names]


def _entered(days: pl.DataFrame, dwell_days: int) -> pl.DataFrame:
    """Where a stage has won for `dwell_days` midnights and is not the one that holds already."""
    ordered = days.sort("customer_id", "cutoff").with_columns(
        _run=pl.struct("customer_id", "stage").rle_id()
    )
    in_a_row = pl.int_range(pl.len()).over("_run") + 1
    settled = pl.when(in_a_row >= dwell_days).then("stage")
    held = ordered.with_columns(stage=settled.forward_fill().over("customer_id"))
    changed = pl.col("stage").ne_missing(pl.col("stage").shift().over("customer_id"))
    closing = pl.col("cutoff") - _INSTANT_BEFORE
    return held.filter(changed & pl.col("stage").is_not_null()).select(
        "customer_id", "stage", entered_at=closing, known_at=closing, said_by=pl.lit(BY_RULE)
    )
