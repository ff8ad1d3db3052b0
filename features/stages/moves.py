"""Stage history: the direction of each move, and what was told of a customer at a cutoff."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from features.contracts import STAGE_HISTORY
from features.known.versions import visible

_OWN = ("customer_id", "said_by")
_ORDER = ("entered_at", "known_at", "stage")


def with_directions(entries: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """Entries of stages with the direction of each, as the contract `stage_history`.

    The first is `enter`; then one step up in `order` is `advance`, more a `skip`, down a
    `regress`, out of it an `exit`, and back from there a `reentry`; a stage that is told again is
    a `stay`. What each source says is a history of its own. A direction is seen from the stage
    before, as far as that was known when the entry became known, and no later correction turns it.
    """
    ordered = entries.sort(*_OWN, *_ORDER).with_row_index("_row")
    told = ordered.with_columns(_before=_stage_before(ordered))
    ranks = {stage: rank for rank, stage in enumerate(order)}
    rank, before = (
        pl.col(column).replace_strict(ranks, default=None, return_dtype=pl.Int64)
        for column in ("stage", "_before")
    )
    climbed = rank - before
    direction = (
        pl.when(pl.col("_before").is_null())
        .then(pl.lit("enter"))
        .when(pl.col("stage") == pl.col("_before"))
        .then(pl.lit("stay"))
        .when(rank.is_null())
        .then(pl.lit("exit"))
        .when(before.is_null())
        .then(pl.lit("reentry"))
        .when(climbed > 1)
        .then(pl.lit("skip"))
        .when(climbed > 0)
        .then(pl.lit("advance"))
        .otherwise(pl.lit("regress"))
    )
    return told.with_columns(direction=direction).select(*STAGE_HISTORY.schema)


def spells(history: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """What each voice had told by a cutoff, with `left_at`, null where a stage still holds.

    A stage that is told again goes on; both clocks lie before the cutoff, and what was corrected
    by then is forgotten. What would be corrected later is not told.
    """
    told = visible(history, "entered_at", cutoff).drop("superseded_at").sort(*_OWN, *_ORDER)
    entered = told.filter(pl.col("stage").ne_missing(pl.col("stage").shift().over(_OWN)))
    return entered.with_columns(left_at=pl.col("entered_at").shift(-1).over(_OWN))


def stage_at(history: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The stage that each voice holds each customer to be in at a cutoff, and since when."""
    return spells(history, cutoff).filter(pl.col("left_at").is_null()).drop("left_at")


def disagreements(history: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """Customers of whom two voices say different stages at a cutoff: customer_id, then each."""
    now = stage_at(history, cutoff)
    differing = now.filter(pl.col("stage").n_unique().over("customer_id") > 1)
    return differing.select("customer_id", "said_by", "stage").sort("customer_id", "said_by")


def _stage_before(ordered: pl.DataFrame) -> pl.Series:
    """For each entry the one before it, as it was known when the entry became known.

    Where nothing is corrected and what came first was known first, that is the row above.
    """
    in_turn = pl.col("superseded_at").is_null() & (
        (pl.col("known_at") >= pl.col("known_at").shift()).fill_null(value=True)
    )
    marked = ordered.with_columns(
        _plain=in_turn.all().over(_OWN), _above=pl.col("stage").shift().over(_OWN)
    )
    others = marked.filter(~pl.col("_plain")).select(
        *_OWN, "known_at", "superseded_at", _number="_row", _stage="stage"
    )
    told_at = pl.max_horizontal("entered_at", "known_at")
    held = pl.col("superseded_at_right").is_null() | (pl.col("superseded_at_right") > told_at)
    latest = (
        ordered.join(others, on=_OWN)
        .filter((pl.col("_number") < pl.col("_row")) & (pl.col("known_at_right") <= told_at) & held)
        .group_by("_row")
        .agg(pl.col("_stage").sort_by("_number").last())
    )
    joined = marked.join(latest, on="_row", how="left", maintain_order="left")
    return joined.select(pl.when("_plain").then("_above").otherwise("_stage")).to_series()
