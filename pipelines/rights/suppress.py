"""Suppress: who must not be scored or contacted, read again and told at once."""

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from features.clock import midnight
from features.contracts import SUPPRESSIONS, Frame
from features.errors import DataRefused, SuppressionsUntrusted, WorkspaceInvalid
from features.lake import Snapshot, open_lake
from features.lake.rereading import reread
from features.lake.store import MANIFEST
from features.mistakes import nearest
from features.sources.rates import read_rates
from pipelines.data.called import customer_called
from pipelines.settings.identity import handles
from pipelines.settings.keys import workspace_key
from pipelines.timing import timing_in
from pipelines.workspace import Workspace, open_workspace
from serving.store import Store
from serving.suppression import Suppression, suppress, unsuppress
from serving.suppression_lists import Reading, listed, renew


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said of a customer, who is not named; from when it holds, or who says it still.

    Whether the lake knows such a customer tells a slip of the pen.
    """

    since: datetime | None = None
    still: tuple[str, ...] = ()
    known: bool = True

    def facts(self) -> dict[str, Any]:
        """From when nothing is sent, and which sources say so still; no customer."""
        since = self.since and self.since.isoformat()
        return {"since": since, "still_said_by": list(self.still), "known": self.known}

    def text(self, seconds: float) -> None:
        """Print what holds now."""
        if not self.known:
            click.echo("The lake knows nobody of this id; write it as scores bear it.")
        if self.since:
            click.echo(f"Suppressed: since {self.since:%Y-%m-%d %H:%M:%S} UTC nothing is sent.")
            click.echo("What was delivered before is cleared by the next jejak deliver.")
        elif self.still:
            click.echo(f"Lifted here; still suppressed by {', '.join(self.still)}.")
        else:
            click.echo("Lifted: the next run scores and delivers this customer again.")
        click.echo(f"Done in {seconds:.0f} s.")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A list that is believed although it lost rows."""

    source: str

    def facts(self) -> dict[str, Any]:
        """The source."""
        return {"accepted": self.source}

    def text(self, seconds: float) -> None:
        """Print what was accepted."""
        click.echo(f"The list {self.source} is believed as it is now. Done in {seconds:.0f} s.")


def suppress_customer(
    root: Path, customer_id: str, *, channel: str, purpose: str, until: date | None
) -> Told:
    """Suppress a customer of the workspace in a folder, at once; `until` is a day of its zone.

    The customer is named by the id, or by a handle: `KIND:HANDLE`.
    """
    workspace = open_workspace(root)
    customer_id = customer_called(workspace, customer_id)
    end = until and midnight(until, workspace.settings.workspace.zone)
    with closing(Store(workspace.store_url)) as store:
        said, timing = {"channel": channel, "purpose": purpose}, timing_in(workspace)
        since = suppress(store, customer_id, **said, until=end, timing=timing)
    return Told(since=since, known=_is_known(workspace, customer_id))


def lift(root: Path, customer_id: str, *, channel: str, purpose: str) -> Told:
    """Take back what was said to jejak itself."""
    workspace = open_workspace(root)
    customer_id = customer_called(workspace, customer_id)
    with closing(Store(workspace.store_url)) as store:
        said, timing = {"channel": channel, "purpose": purpose}, timing_in(workspace)
        still = unsuppress(store, customer_id, **said, timing=timing)
        return Told(still=tuple(still))


def accept(root: Path, source: str) -> Accepted:
    """Believe a list although it lost rows, or give up one that is no longer declared."""
    workspace = open_workspace(root)
    with closing(Store(workspace.store_url)) as store:
        known = store.read(lambda connection: {*_declared(workspace), *listed(connection)})
        if source not in known:
            raise WorkspaceInvalid(
                f"there is no list {source!r}",
                where="--accept",
                mend=nearest(source, sorted(known)),
            )
        refresh(workspace, store, timing_in(workspace).now(), accepted=[source])
    return Accepted(source=source)


def refresh(
    workspace: Workspace, store: Store, now: datetime, *, accepted: Collection[str] = ()
) -> None:
    """Bring into the store who must not be contacted, as the sources say it at this moment.

    To be called before a run is scored and before anything is delivered. `SuppressionsUntrusted`,
    with nothing changed, where a source of such lists is missing, unreadable, stale or oddly empty.
    """
    snapshot = _snapshot(workspace)
    rows, counts = _read(workspace, snapshot, now)
    readings = [
        Reading(source=source, rows=_said(rows, source), read=counts.get(source))
        for source in _declared(workspace)
    ]
    key, moves = workspace_key(workspace.root), _moves(snapshot)
    store.write(
        lambda connection: renew(
            connection, readings, at=now, key=key, moves=moves, accepted=accepted
        )
    )


def _read(
    workspace: Workspace, snapshot: Snapshot | None, now: datetime
) -> tuple[Frame, dict[str, int]]:
    settings = workspace.settings
    currency = settings.workspace.currency
    try:
        return reread(
            SUPPRESSIONS,
            settings.sources,
            workspace.root,
            snapshot,
            as_of=now,
            zone=settings.workspace.zone,
            rates=read_rates(settings.money, workspace.root, currency=currency),
            handles=handles(workspace),
            max_quarantine_share=settings.quarantine.max_share,
        )
    except DataRefused as error:
        raise SuppressionsUntrusted(error.what, where=error.where, mend=error.mend) from error


def _snapshot(workspace: Workspace) -> Snapshot | None:
    return open_lake(workspace.lake) if (workspace.lake / MANIFEST).exists() else None


def _is_known(workspace: Workspace, customer_id: str) -> bool:
    """Whether the lake knows a customer, as far as it can be read."""
    try:
        snapshot = _snapshot(workspace)
        return snapshot is None or snapshot.knows(customer_id)
    except DataRefused:
        return True


def _declared(workspace: Workspace) -> list[str]:
    lists = (one for one in workspace.settings.sources if one.table == SUPPRESSIONS.name)
    return [one.name for one in lists]


def _said(rows: Frame, source: str) -> list[Suppression]:
    return [
        Suppression(
            customer_id=row["customer_id"],
            channel=row["channel"] or "",
            purpose=row["purpose"] or "",
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
        )
        for row in rows.iter_rows(named=True)
        if row["source"] == source
    ]


def _moves(snapshot: Snapshot | None) -> list[tuple[str, str]]:
    """Former and present ids of customers whose records moved, oldest first."""
    standing = snapshot.standing() if snapshot else None
    if standing is None:
        return []
    return [*standing.identity.changes.sort("known_at")["former_id", "customer_id"].iter_rows()]
