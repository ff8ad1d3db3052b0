"""The made-up journeys in a lake, as a workspace would have them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from journey_events import STAGES

from features import lake
from features.build import needs_of
from features.catalog import Feature, FeatureParams
from features.families import FAMILIES, catalog
from features.known.compact import columns_read
from features.known.told import Told
from features.lake import Snapshot
from features.lake.history import stage_history
from features.measures import SCALE
from features.sources import SourceSpec, read
from features.sources.spec import Input
from features.stages.stages import StageParams
from features.vocabulary import vocabulary

ZONE = ZoneInfo("UTC")
STAGE_PARAMS = StageParams(order=STAGES[:-1], exits=STAGES[-1:])


def _source(name: str, table: Input, path: str, columns: str, attributes: str = "") -> SourceSpec:
    """A Parquet source whose columns are called as the contract calls them."""
    return SourceSpec(
        name=name,
        kind="parquet",
        table=table,
        path=path,
        columns={column: column for column in ("customer_id", *columns.split())},
        attributes=tuple(attributes.split()),
    )


SOURCES = (
    _source(
        "touches",
        "events",
        "events/*.parquet",
        "occurred_at known_at channel step value sentiment source_key",
        "ticket topic item campaign discount",
    ),
    _source("crm", "customers", "customers.parquet", "valid_from", "plan seats"),
    _source(
        "billing",
        "contracts",
        "contracts.parquet",
        "contract starts_at ends_at amount source_key",
    ),
    _source("deals", "stages", "stages.parquet", "stage entered_at source_key"),
)


def ingest(folder: Path, as_of: datetime) -> Snapshot:
    """Merge what the folder holds into its lake, as one night would."""
    root = folder / "lake"
    root.mkdir(exist_ok=True)
    intake = lake.Intake(root, last=lake.last_read(root))
    reading = read(SOURCES, folder, intake, as_of=as_of, zone=ZONE)
    history = partial(stage_history, params=STAGE_PARAMS, zone=ZONE, until=as_of)
    return lake.write(root, intake, reading, history=history).snapshot


def contracted(rows: pl.LazyFrame, wanted: Sequence[Feature] | None = None) -> pl.LazyFrame:
    """Raw events as the contract has them, measures as integers of the declared scale.

    With `wanted` no more columns than these features need, and what orders events of one instant.
    """
    measures = (pl.col("value", "sentiment") * SCALE).round().cast(pl.Int64)
    events = rows.with_columns(measures, source=pl.lit(SOURCES[0].name))
    if wanted is None:
        return events
    read = {"source", "source_key", *(columns_read("events", needs_of(wanted)) or ())}
    return events.select(sorted(read & {*events.collect_schema()}))


def whole_catalog(parts: Iterable[Told], as_of: datetime) -> tuple[Feature, ...]:
    """Every family's features over the words that are told."""
    words = vocabulary(parts, as_of, stages=STAGE_PARAMS.order, exits=STAGE_PARAMS.exits)
    return catalog(FeatureParams(families=tuple(FAMILIES), segments=("plan",)), words).features
