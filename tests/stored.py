"""What is told of some customers, laid in a lake as it is."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.contracts import CONTRACTS, CUSTOMERS, EVENTS, STAGE_HISTORY, STAGES
from features.known.told import Told
from features.lake.manifest import Manifest
from features.lake.places import Places
from features.lake.snapshot import LakeParts, Snapshot
from features.lake.store import arranged, put

NIGHT = datetime(2026, 4, 6, tzinfo=UTC)


def in_lake(told: Told, root: Path, *, partitions: int, empty: int | None = None) -> LakeParts:
    """The partitions of a lake of this; nobody of the partition `empty` is taken along."""
    root.mkdir()
    places = Places(partitions)
    tables = {
        table.name: tuple(
            put(root, table, place, arranged(table, rows))
            for place, rows in places.split(told.table(table.name))
            if place != empty
        )
        for table in (EVENTS, CUSTOMERS, CONTRACTS, STAGES, STAGE_HISTORY)
    }
    manifest = Manifest(
        as_of=NIGHT, watermark=NIGHT, partitions=partitions, tables=tables, sources=()
    )
    return Snapshot(root, manifest).told()


def crowd(worlds: list[Told]) -> Told:
    """Several worlds as one, in which nobody of one is somebody of another."""

    def together(name: str) -> pl.DataFrame:
        tables = [
            world.table(name).with_columns(
                pl.format("{}-{}", pl.lit(number), "customer_id").alias("customer_id"),
                *(
                    pl.format("{}-{}", pl.lit(number), column).alias(column)
                    for column in ("source_key",)
                    if column in world.table(name).columns
                ),
            )
            for number, world in enumerate(worlds)
        ]
        return pl.concat(tables)

    names = ("events", "customers", "contracts", "stage_history")
    return Told(**{name: together(name) for name in names})
