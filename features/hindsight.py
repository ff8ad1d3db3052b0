"""What happened after a cutoff: for labels alone. Only `models.targets` may import this."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from features.clock import shift
from features.known.versions import latest
from features.stages.stage_rules import BY_RULE

ENDED_WANTED, ENDED_UNWANTED, ENDED_BEFORE = "wanted", "unwanted", "before"
"""How a customer's last term came to its end, or that it did so before the label window."""

ENDLESS = datetime(2200, 1, 1, tzinfo=UTC)
"""The end of a term that has none."""


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
    told = _in_order(latest(history), "entered_at", "known_at", "said_by", "stage")

    def firsts(start: datetime, end: datetime) -> pl.LazyFrame:
        asked = _asked(told.filter(pl.col("entered_at") < end))
        entered = pl.col("stage").ne_missing(pl.col("stage").shift().over("customer_id"))
        moves = asked.filter(entered).filter(pl.col("entered_at") >= start)
        return moves.group_by("customer_id").agg(pl.col("stage").first())

    return _at_each(cutoffs, start_days, end_days, zone, firsts)


def stage_at_end(
    history: pl.DataFrame, cutoffs: Sequence[datetime], end_days: int, zone: ZoneInfo
) -> pl.DataFrame:
    """The stage in which each customer is at `cutoff + end_days`, of a table `stage_history`.

    Columns customer_id, cutoff and stage. Who was in none by then has no row; whom a source had
    told a stage by then, of those the rules are not asked.
    """
    told = _in_order(latest(history), "entered_at", "known_at", "said_by", "stage")

    def lasts(_start: datetime, end: datetime) -> pl.LazyFrame:
        asked = _asked(told.filter(pl.col("entered_at") < end))
        return asked.group_by("customer_id").agg(pl.col("stage").last())

    return _at_each(cutoffs, 0, end_days, zone, lasts)


def contract_ends_between(
    contracts: pl.DataFrame,
    cutoffs: Sequence[datetime],
    start_days: int,
    end_days: int,
    grace_days: int,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """Whose cover by terms ended in `[cutoff, cutoff + end_days)` without another in the grace.

    Columns customer_id, cutoff and how: `ENDED_WANTED` or `ENDED_UNWANTED` from
    `cutoff + start_days` on, before that `ENDED_BEFORE`; so is who turns out not to have been
    covered at the cutoff at all. A term that begins before `end + grace_days`, or at the end,
    renews the one before it, whichever contract it is of.
    """
    spells = _spells(latest(contracts), grace_days).lazy()

    def ends(start: datetime, end: datetime) -> pl.LazyFrame:
        cutoff = shift(start, -start_days, zone)
        began = spells.filter(pl.col("starts_at") < cutoff)
        last = began.group_by("customer_id").agg(pl.col("ends_at", "unwanted").last())
        ended = last.filter(pl.col("ends_at") < end)
        how = (
            pl.when(pl.col("unwanted")).then(pl.lit(ENDED_UNWANTED)).otherwise(pl.lit(ENDED_WANTED))
        )
        before = pl.col("ends_at") < start
        return ended.select(
            "customer_id", how=pl.when(before).then(pl.lit(ENDED_BEFORE)).otherwise(how)
        )

    return _at_each(cutoffs, start_days, end_days, zone, ends)


def _spells(contracts: pl.DataFrame, grace_days: int) -> pl.DataFrame:
    """Unbroken cover: customer_id, starts_at, ends_at, and whether its last end was unwanted."""
    grace = pl.duration(days=grace_days)
    ends = pl.max_horizontal(
        "starts_at", pl.col("ends_at").fill_null(pl.lit(ENDLESS).cast(contracts["starts_at"].dtype))
    )
    unwanted = ~pl.col("voluntary").fill_null(value=True)
    terms = contracts.select("customer_id", "starts_at", ends_at=ends, unwanted=unwanted).sort(
        "customer_id", "starts_at", "ends_at"
    )
    until = pl.col("ends_at").cum_max().shift().over("customer_id")
    starts, anew = pl.col("starts_at"), pl.col("until").is_null()
    broken = anew | ((starts > pl.col("until")) & (starts >= pl.col("until") + grace))
    numbered = terms.with_columns(until=until).with_columns(spell=broken.cum_sum())
    last = pl.col("ends_at").arg_max()
    return (
        numbered.group_by("customer_id", "spell")
        .agg(
            pl.col("starts_at").min(),
            pl.col("ends_at").max(),
            pl.col("unwanted").get(last),
        )
        .sort("customer_id", "starts_at")
    )


def _asked(entries: pl.LazyFrame) -> pl.LazyFrame:
    """Entries into stages by the voice that counts: that of rules until a source has spoken."""
    stated = pl.col("said_by") != BY_RULE
    return entries.filter(stated | ~stated.any().over("customer_id"))


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
