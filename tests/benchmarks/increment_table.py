"""Tonight's table of features, made from the lake's sorted partitions or from raw events."""

import json
import sys
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import polars as pl
from journey_lake import ZONE, whole_catalog
from panel_work import Clock

from features.build import build
from features.catalog import Feature
from features.lake import Snapshot, open_lake
from features.measures import SCALE
from features.told import Told


def from_lake(snapshot: Snapshot, wanted: tuple[Feature, ...]) -> pl.DataFrame:
    """Partition after partition, as every night does it."""
    parts = (build(told, None, [snapshot.as_of], wanted, ZONE) for told in snapshot.told())
    return pl.concat(parts)


def from_raw(snapshot: Snapshot, wanted: tuple[Feature, ...]) -> pl.DataFrame:
    """From events as they came; the other tables, which are small, as the lake has them."""
    told = Told(
        events=raw_events(snapshot.root.parent),
        customers=snapshot.customers(),
        contracts=snapshot.table("contracts"),
        stage_history=snapshot.stage_history(),
    )
    return build(told, None, [snapshot.as_of], wanted, ZONE)


def raw_events(folder: Path) -> pl.DataFrame:
    """The rows of the files under the contract's names; measures as integers."""
    rows = pl.scan_parquet(folder / "events" / "*.parquet").with_columns(
        (pl.col("value", "sentiment") * SCALE).round().cast(pl.Int64)
    )
    return rows.with_columns(source=pl.lit("touches")).collect()


def main(way: str, folder: Path) -> None:
    """Files to tonight's table in memory, timed; and a hash of the table."""
    snapshot = open_lake(folder / "lake")
    wanted = whole_catalog(snapshot)
    clock = Clock()
    table = {"lake": from_lake, "raw": from_raw}[way](snapshot, wanted)
    told = clock.told()
    content = BytesIO()
    table.sort("customer_id").rechunk().write_ipc(content)
    told |= {"rows": table.height, "sha256": sha256(content.getvalue()).hexdigest()}
    print(json.dumps(told | {"features": len(wanted)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
