"""Ingest: what the sources hold, read into the event lake."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from features.errors import DataRefused
from features.lake import Snapshot, open_lake, write
from features.sources import SourceCount, read
from pipelines.progress import step
from pipelines.workspace import Workspace, open_workspace


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What was read: the lake as it is now, and how many rows each source gave."""

    snapshot: Snapshot
    sources: tuple[SourceCount, ...]
    as_of: datetime

    def facts(self) -> dict[str, Any]:
        """Counts of each source, and the watermark."""
        return {
            "as_of": self.as_of.isoformat(),
            "watermark": self.snapshot.watermark.isoformat(),
            "sources": [_counts(source) for source in self.sources],
        }

    def text(self, seconds: float) -> None:
        """Print one line a source."""
        for source in self.sources:
            click.echo(_line(source))
        click.echo(f"The data are complete until {self.snapshot.watermark:%Y-%m-%d %H:%M} UTC.")
        click.echo(f"Done in {seconds:.0f} s. Next: jejak retrain, then jejak score.")


def ingest_sources(root: Path, as_of: date | None) -> Ingested:
    """Read the sources of the workspace in a folder into its lake."""
    workspace = open_workspace(root)
    return ingest(workspace, workspace.cutoff(as_of))


def ingest(workspace: Workspace, as_of: datetime) -> Ingested:
    """Read every source into a new snapshot of the lake; if one is refused the old one stays."""
    params = workspace.settings.workspace
    with step("Reading the sources"):
        reading = read(
            workspace.settings.sources,
            workspace.root,
            as_of=as_of,
            zone=params.zone,
            max_quarantine_share=workspace.settings.quarantine.max_share,
        )
    with step("Writing the event lake"):
        snapshot = write(workspace.lake, reading, currency=params.currency)
    return Ingested(snapshot=snapshot, sources=reading.sources, as_of=as_of)


def snapshot_until(workspace: Workspace, cutoff: datetime) -> Snapshot:
    """The lake, which must be complete up to a cutoff; else `DataRefused`."""
    snapshot = open_lake(workspace.lake)
    if snapshot.watermark < cutoff:
        raise DataRefused(
            f"the lake is complete only until {snapshot.watermark:%Y-%m-%d %H:%M} UTC, "
            f"before {cutoff:%Y-%m-%d %H:%M} UTC",
            where=str(workspace.lake),
            mend="run `jejak ingest`, or stand at an earlier day with --as-of; where a source "
            "says `complete_until`, move it",
        )
    return snapshot


def _counts(source: SourceCount) -> dict[str, Any]:
    return {
        "name": source.name,
        "rows_read": source.rows_read,
        "rows_kept": source.rows_kept,
        "rows_quarantined": source.rows_quarantined,
        "reasons": source.reasons,
        "newest": source.newest and source.newest.isoformat(),
    }


def _line(source: SourceCount) -> str:
    """One source in words, such as `baskets: 1,200 rows, 3 set aside (bad_time 3)`."""
    line = f"{source.name}: {source.rows_read:,} rows"
    if source.rows_quarantined:
        reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in source.reasons.items())
        line += f", {source.rows_quarantined:,} set aside ({reasons})"
    return line
