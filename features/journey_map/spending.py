"""What advertising cost, by month and channel."""

from datetime import datetime

import polars as pl

from features.journey_map.cells import Coded, counted
from features.journey_map.months import Months
from features.known.versions import visible


def spending(spend: pl.DataFrame, cutoff: datetime, months: Months) -> pl.DataFrame:
    """Cost, impressions and clicks as integers, of the rows that are known at the cutoff."""
    known = visible(spend, "spent_at", cutoff)
    at = known["spent_at"].dt.cast_time_unit("us").to_physical().to_numpy()
    rows = months.inside(at)
    words = tuple(sorted(known["channel"].unique())) or ("",)
    channel = known["channel"].cast(pl.Enum(list(words))).to_physical().cast(pl.Int64).to_numpy()
    amounts = known.select(pl.col("cost", "impressions", "clicks").fill_null(0))
    sums = {name: amounts[name].to_numpy()[rows] for name in amounts.columns}
    by = {"month": months.of(at[rows]), "channel": Coded(channel[rows], words)}
    return counted(by, "days", sums).drop("days")
