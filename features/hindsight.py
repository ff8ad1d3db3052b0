"""What happened after a cutoff: for labels alone. Only `models.targets` may import this."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from features.clock import shift
from features.stage_rules import BY_RULE
from features.versions import latest


def count_between(
    events: pl.DataFrame,
    cutoffs: Sequence[datetime],
    start_days: int,
    end_days: int,
    steps: Sequence[str],
    zone: ZoneInfo,
) -> pl.DataFrame:
    """Events of `steps` in `[cutoff + start_days, cutoff + end_days)`, business days of `zone`.

    Columns customer_id, cutoff, events; customers without one have no row. Only when it happened
    matters, not when it was known: this is the truth, as far as it is known today, so a row that
    another has superseded never counts.
    """
    chosen = latest(events).lazy().filter(pl.col("step").is_in(list(steps)))

    def counts(start: datetime, end: datetime) -> pl.LazyFrame:
        inside = chosen.filter(pl.col("occurred_at").is_between(start, end, closed="left"))
        return inside.group_by("customer_id").agg(events=pl.len())

    return _at_each(cutoffs, start_days, end_days, zone, counts)


def first_step_between(
    events: pl.DataFrame,
    cutoffs: Sequence[datetime],
    start_days: int,
    end_days: int,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """The first step in `[cutoff + start_days, cutoff + end_days)`, as `count_between` looks.

    Columns customer_id, cutoff, step. Of several at one instant the first by source and its key
    counts.
    """
    ordered = _in_order(latest(events), "occurred_at", "step")

    def firsts(start: datetime, end: datetime) -> pl.LazyFrame:
        inside = ordered.filter(pl.col("occurred_at").is_between(start, end, closed="left"))
        return inside.group_by("customer_id").agg(pl.col("step").first())

    return _at_each(cutoffs, start_days, end_days, zone, firsts)


def first_move_between(
    history: pl.DataFrame,
    cutoffs: Sequence[datetime],
    start_days: int,
    end_days: int,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """The first move to another stage in the same span, of a table `stage_history`.

    Columns customer_id, cutoff and stage, the one that is entered. A stage that is told again is
    no move, whichever source tells it. Of whom a source had told a stage before the span was over,
    the rules are not asked.
    """
    told = _in_order(latest(history), "entered_at", "said_by", "stage")
    stated = pl.col("said_by") != BY_RULE

    def firsts(start: datetime, end: datetime) -> pl.LazyFrame:
        before_end = told.filter(pl.col("entered_at") < end)
        asked = before_end.filter(stated | ~stated.any().over("customer_id"))
        entered = pl.col("stage").ne_missing(pl.col("stage").shift().over("customer_id"))
        moves = asked.filter(entered).filter(pl.col("entered_at") >= start)
        return moves.group_by("customer_id").agg(pl.col("stage").first())

    return _at_each(cutoffs, start_days, end_days, zone, firsts)


def _at_each(
    cutoffs: Sequence[datetime],
    start_days: int,
    end_days: int,
    zone: ZoneInfo,
    found: Callable[[datetime, datetime], pl.LazyFrame],
) -> pl.DataFrame:
    """What was found in the span behind each cutoff, ordered by cutoff, then customer."""
    parts = [
        found(shift(cutoff, start_days, zone), shift(cutoff, end_days, zone)).with_columns(
            cutoff=pl.lit(cutoff).dt.cast_time_unit("us")
        )
        for cutoff in sorted(set(cutoffs))
    ]
    keys = ("customer_id", "cutoff")
    return pl.concat(parts).select(*keys, pl.exclude(keys)).sort("cutoff", "customer_id").collect()


def _in_order(rows: pl.DataFrame, clock: str, *ties: str) -> pl.LazyFrame:
    """Rows by time; what happened at one instant by source and key, where they are told."""
    keys = [name for name in ("source", "source_key") if name in rows.columns]
    return rows.lazy().sort(clock, *keys, *ties)
