"""Tonight's table of features, made from the lake's sorted partitions or from raw events."""

import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pandas as pd  # noqa: F401  pyarrow imports it at its first array: that is not timed
import polars as pl
from journey_lake import ZONE, contracted, whole_catalog
from panel_work import CHANNELS, WINDOWS, Clock

from features.build import build, needs_of
from features.catalog import Feature
from features.engine.ahead import side_by_side
from features.engine.partitions import Local
from features.known.told import Told, narrowed
from features.lake import Snapshot, open_lake
from features.peers.peers import peers

CORE = ("events", "value", *(f"events_channel_{channel}" for channel in CHANNELS))


def from_lake(snapshot: Snapshot, wanted: Sequence[Feature]) -> pl.DataFrame:
    """Partitions side by side, as every night does it."""
    cutoffs = [snapshot.as_of]
    company = peers(snapshot.told(), cutoffs, wanted, ZONE, engine=Local(2))
    parts = narrowed(snapshot.told(), needs_of(wanted))

    def table(place: int) -> pl.DataFrame:
        return build(parts[place], None, cutoffs, wanted, ZONE, peers=company, threads=1)

    return pl.concat(side_by_side(table, range(len(parts)), 2))


def from_raw(snapshot: Snapshot, wanted: Sequence[Feature]) -> pl.DataFrame:
    """From events as they came; the other tables, which are small, as the lake has them."""
    events = pl.scan_parquet(snapshot.root.parent / "events" / "*.parquet")
    told = Told(
        events=contracted(events, wanted).collect(),
        customers=snapshot.customers(),
        contracts=snapshot.table("contracts"),
        stage_history=snapshot.stage_history(),
    )
    cutoffs = [snapshot.as_of]
    company = peers([told], cutoffs, wanted, ZONE, engine=Local(2))
    return build(told, None, cutoffs, wanted, ZONE, peers=company)


def core(snapshot: Snapshot) -> list[Feature]:
    """Recency, counts by channel and money in windows: what the core panel has."""
    windows = [f"_{days}d" for days in WINDOWS]
    everything = whole_catalog(snapshot.told(), snapshot.as_of)
    names = {"days_since_last", *(f"{name}{days}" for days in windows for name in CORE)}
    return [feature for feature in everything if feature.name in names]


def main(way: str, wanted: str, folder: Path) -> None:
    """Files to tonight's table in memory, timed; and a hash of the table."""
    snapshot = open_lake(folder / "lake")
    features = (
        core(snapshot) if wanted == "core" else whole_catalog(snapshot.told(), snapshot.as_of)
    )
    clock = Clock()
    table = {"lake": from_lake, "raw": from_raw}[way](snapshot, features)
    told = clock.told()
    content = BytesIO()
    table.sort("customer_id").rechunk().write_ipc(content)
    told |= {"rows": table.height, "sha256": sha256(content.getvalue()).hexdigest()}
    print(json.dumps(told | {"features": len(features)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
