"""Our panel of the same events, through the door that everyone uses."""

import sys
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd  # noqa: F401  pyarrow imports it at its first array: that is not timed
import polars as pl
from panel_work import CHANNELS, CUTOFFS, WINDOWS, Clock, paths, report

from features.build import build
from features.catalog import Feature, FeatureParams, Vocabulary
from features.families import catalog
from features.known.told import Told
from features.measures import SCALE

NAMES = {
    "rec": "days_since_last",
    **{f"n_{days}": f"events_{days}d" for days in WINDOWS},
    **{f"s_{days}": f"value_{days}d" for days in WINDOWS},
    **{f"n_{c}_{days}": f"events_channel_{c}_{days}d" for days in WINDOWS for c in CHANNELS},
}


def features() -> list[Feature]:
    """The 43 features, as a workspace's catalog has them."""
    params = FeatureParams(
        windows_days=tuple(WINDOWS), families=("recency", "frequency", "monetary")
    )
    pairs = tuple((channel, "touch") for channel in CHANNELS)
    known = catalog(params, Vocabulary(pairs=pairs, steps_with_value=("touch",)))
    return [feature for feature in known.features if feature.name in NAMES.values()]


def contracted(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows under the contract's names; amounts as integers of the declared scale."""
    return rows.select(
        "customer_id",
        "channel",
        occurred_at=pl.col("ts").dt.replace_time_zone("UTC"),
        value=(pl.col("amount") * SCALE).round().cast(pl.Int64),
    )


def checksum_arguments(panel: pl.DataFrame) -> tuple:
    """Customers, numbers of cutoffs, days since the last event, and what gives a column."""
    instants = panel["cutoff"].dt.replace_time_zone(None)
    cutoff = np.searchsorted(np.array(CUTOFFS, dtype="datetime64[us]"), instants)
    columns_of = lambda name: panel[NAMES[name]].to_numpy()  # noqa: E731
    return panel["customer_id"].to_numpy(), cutoff, columns_of("rec"), columns_of


def main(folder: Path) -> None:
    """Files to a whole panel in memory, timed."""
    events_file, customers_file = paths(folder)
    cutoffs = [cutoff.replace(tzinfo=UTC) for cutoff in CUTOFFS]
    wanted = features()
    clock = Clock()
    customers = pl.read_parquet(customers_file)["customer_id"]
    told = Told(events=contracted(pl.scan_parquet(events_file)).collect())
    panel = build(told, customers, cutoffs, wanted, ZoneInfo("UTC"))
    report(clock, *checksum_arguments(panel))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
