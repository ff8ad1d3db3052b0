"""What happened after a cutoff: for labels alone. Only `models.targets` may import this."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from features.clock import shift
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
    counts = [
        chosen.filter(
            pl.col("occurred_at").is_between(
                shift(cutoff, start_days, zone), shift(cutoff, end_days, zone), closed="left"
            )
        )
        .group_by("customer_id")
        .agg(events=pl.len())
        .with_columns(cutoff=pl.lit(cutoff).dt.cast_time_unit("us"))
        for cutoff in sorted(set(cutoffs))
    ]
    columns = ("customer_id", "cutoff", "events")
    return pl.concat(counts).select(columns).sort("cutoff", "customer_id").collect()
