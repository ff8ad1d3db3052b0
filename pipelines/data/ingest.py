"""Ingest: what the sources hold, read into the event lake."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from features.errors import DataRefused, WorkspaceInvalid
from features.lake import Intake, Snapshot, Written, last_read, open_lake, write
from features.lake.history import stage_history
from features.sources import SourceCount, read
from features.sources.rates import read_rates
from pipelines.rights.erased import erased
from pipelines.settings.identity import handles
from pipelines.terminal.progress import step
from pipelines.workspace import Workspace, open_workspace


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What was read: the lake as it is now, and how many rows each source gave."""

    written: Written
    as_of: datetime

    @property
    def snapshot(self) -> Snapshot:
        """The lake as it is now."""
        return self.written.snapshot

    @property
    def sources(self) -> tuple[SourceCount, ...]:
        """How many rows each source gave."""
        return self.written.reading.sources

    def facts(self) -> dict[str, Any]:
        """Counts of each source, and the watermark."""
        return {
            "as_of": self.as_of.isoformat(),
            "watermark": self.snapshot.watermark.isoformat(),
            "rows_new": self.written.new,
            "rows_corrected": self.written.corrected,
            "rows_of_erased_customers": self.written.left_out,
            "sources_read_anew": self.written.anew,
            "sources_gone": self.written.gone,
            "customers": self.written.customers,
            "sources": [_counts(source) for source in self.sources],
        }

    def text(self, seconds: float) -> None:
        """Print one line a source."""
        for source in self.sources:
            click.echo(_line(source))
        for line in _news(self.written):
            click.echo(line)
        click.echo(f"The data are complete until {self.snapshot.watermark:%Y-%m-%d %H:%M} UTC.")
        click.echo(f"Done in {seconds:.0f} s. Next: jejak retrain, then jejak score.")


def ingest_sources(root: Path, as_of: date | None, *, anew: bool = False) -> Ingested:
    """Read the sources of the workspace in a folder into its lake."""
    workspace = open_workspace(root)
    return ingest(workspace, workspace.cutoff(as_of), anew=anew)


def ingest(workspace: Workspace, as_of: datetime, *, anew: bool = False) -> Ingested:
    """Merge every source into the lake; if one is refused the lake stays as it is.

    With `anew` what only the lake holds is forgotten.
    """
    settings = workspace.settings
    currency = settings.workspace.currency
    workspace.lake.mkdir(mode=0o700, exist_ok=True)  # it holds personal data
    last = None if anew else last_read(workspace.lake)
    if last:
        _refuse_other_partitions(workspace)
    partitions = settings.compute.partitions
    intake = Intake(
        workspace.lake,
        handles=handles(workspace),
        last=last,
        partitions=partitions,
        erased=lambda: erased(workspace),
    )
    with step("Reading the sources"):
        reading = read(
            settings.sources,
            workspace.root,
            intake,
            as_of=as_of,
            zone=settings.workspace.zone,
            rates=read_rates(settings.money, workspace.root, currency=currency),
            max_quarantine_share=settings.quarantine.max_share,
        )
    with step("Writing the event lake"):
        written = write(
            workspace.lake,
            intake,
            reading,
            currency=currency,
            identity=settings.identity,
            history=lambda snapshot: stage_history(
                snapshot, settings.stages, settings.workspace.zone, as_of
            ),
            anew=anew,
        )
    return Ingested(written=written, as_of=as_of)


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


def _refuse_other_partitions(workspace: Workspace) -> None:
    held = open_lake(workspace.lake).manifest.partitions
    if held != workspace.settings.compute.partitions:
        raise WorkspaceInvalid(
            f"the lake has {held} partitions",
            where="compute.partitions",
            mend=f"write partitions = {held}; or run `jejak ingest --anew`, which reads again what"
            " the sources hold today and forgets what only the lake held",
        )


def _counts(source: SourceCount) -> dict[str, Any]:
    return {
        "name": source.name,
        "rows_read": source.rows_read,
        "only_changed": source.only_changed,
        "rows_kept": source.rows_kept,
        "rows_quarantined": source.rows_quarantined,
        "reasons": source.reasons,
        "newest": source.newest and source.newest.isoformat(),
    }


def _news(written: Written) -> Iterator[str]:
    """What became of the lake, in words."""
    told = f"New in the lake: {written.new:,} rows"
    if written.corrected:
        told += f"; {written.corrected:,} correct earlier ones"
    yield told + f"; it knows {written.customers:,} customers."
    if written.left_out:
        yield f"Left out: {written.left_out:,} rows of customers who were erased."
    if written.anew:
        yield f"Read anew, since it is told otherwise how: {', '.join(written.anew)}."
    if written.gone:
        yield f"No longer named, so their rows are gone: {', '.join(written.gone)}."


def _line(source: SourceCount) -> str:
    """One source in words, such as `baskets: 1,200 rows, 3 set aside (bad_time 3)`."""
    line = f"{source.name}: {source.rows_read:,} rows{' of what changed' * source.only_changed}"
    if source.rows_quarantined:
        reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in source.reasons.items())
        line += f", {source.rows_quarantined:,} set aside ({reasons})"
    return line
