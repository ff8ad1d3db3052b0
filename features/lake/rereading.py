"""A table's sources read again between two ingests, as the lake would hold them if it were now."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.contracts import PolarsDtype, Table
from features.identity import graph
from features.identity.records import HandleParams
from features.identity.standing import Standing
from features.known.versions import latest
from features.lake.intake import Intake
from features.lake.merging import RECORD
from features.lake.snapshot import Snapshot
from features.sources import SourceSpec, read
from features.sources.kinds import complete
from features.sources.rates import Rates
from features.sources.whose import whose


def reread(  # noqa: PLR0913  (what reading needs, and the lake)
    table: Table[PolarsDtype],
    specs: Sequence[SourceSpec],
    root: Path,
    snapshot: Snapshot | None,
    *,
    as_of: datetime,
    zone: ZoneInfo,
    rates: Rates | None = None,
    handles: HandleParams | None = None,
    max_quarantine_share: float = 1.0,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """What holds now of one table, and how many rows each of its sources has today.

    `specs` are all sources of the workspace. What a source says today goes before what the lake
    holds under the same key; what it says no more stays, as in the lake. A record that the lake
    does not know yet belongs to whoever has one of its handles there. `DataRefused` as in reading.
    """
    own = [spec for spec in whose([complete(spec) for spec in specs]) if spec.table == table.name]
    intake = Intake(handles=handles)
    reading = read(
        own,
        root,
        intake,
        as_of=as_of,
        zone=zone,
        rates=rates,
        max_quarantine_share=max_quarantine_share,
    )
    standing = snapshot.standing() if snapshot else None
    if intake.recognition and standing:
        intake.settle(_customers(intake.recognition.records(), standing))
    fresh = _last_told(intake.rows(table.name))
    counts = {count.name: count.rows_read for count in reading.sources}
    held = latest(snapshot.table(table.name)) if snapshot else fresh.clear()
    kept = held.filter(pl.col("source").is_in([spec.name for spec in own]))
    left = kept.join(fresh, on=["source", "source_key"], how="anti", maintain_order="left")
    columns = [*table.schema]
    return pl.concat([left.select(columns), fresh.select(columns)]), counts


def _last_told(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows of one key all that were known last."""
    newest = pl.col("known_at").max().over("source", "source_key")
    return rows.filter(pl.col("known_at") == newest)


def _customers(met: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Source, record and customer of records: as they are known, else by a handle that joins."""
    pair, record = ["kind", "handle"], ["source", RECORD]
    records = met.rename({"key": RECORD})
    known = standing.whose.join(records, on=record, how="semi")
    joining = graph.strong(records.join(known, on=record, how="anti"))
    named = standing.records.rename({"key": RECORD}).join(standing.whose, on=record)
    able = named.join(standing.identity.hubs, on=pair, how="anti").select(*pair, "customer_id")
    found = joining.join(able, on=pair).select(known.columns)
    return pl.concat([known, found]).unique()
