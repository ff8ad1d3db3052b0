"""Erase: one customer taken out of everything that a workspace keeps, and kept out of it."""

import json
import shutil
from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from features import durable
from features.errors import AnotherAtWork
from features.lake.erasing import erase, person
from pipelines import environment
from pipelines.delivery import rehearse
from pipelines.loop import customer
from pipelines.night.one_night import alone
from pipelines.settings import compute
from pipelines.settings.keys import workspace_key
from pipelines.timing import timing_in
from pipelines.training import replaying
from pipelines.workspace import Workspace, open_workspace
from serving.destinations.files import manifest
from serving.destinations.files.forgetting import forget
from serving.destinations.files.whole import NAMES, write_scores
from serving.erasing import destinations, entomb, keys_held, scrub, take_out
from serving.keyed import mark
from serving.store import Store
from serving.store.leases import holding
from serving.suppression import CUSTOMER
from serving.timing import Timing

PROOFS = "erasures.jsonl"

JOURNEYS = "*journey*.html*"
"""Pages of the journey, whole or half written."""


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What an erasure took away; whose it was is told by a keyed hash alone.

    `to_clear` names the destinations that the next delivery clears, `forgotten` those among them
    that the workspace no longer declares, so that nobody will.
    """

    mark: str
    rows: dict[str, int]
    to_clear: tuple[str, ...]
    forgotten: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """The mark, counts of rows by table, and destinations; no customer."""
        return {
            "mark": self.mark,
            "rows": self.rows,
            "to_clear": list(self.to_clear),
            "no_longer_declared": list(self.forgotten),
        }

    def text(self, seconds: float) -> None:
        """Print what went, and what is left to do."""
        told = ", ".join(f"{name} {rows:,}" for name, rows in sorted(self.rows.items()))
        click.echo(f"Erased: {told or 'nothing was there'}.")
        if self.to_clear:
            click.echo(f"The next jejak deliver clears: {', '.join(self.to_clear)}.")
        if self.forgotten:
            click.echo(f"Clear by hand, for nothing declares them: {', '.join(self.forgotten)}.")
        click.echo("What the sources still tell is left out from now on; erase it there too.")
        click.echo(f"The proof is a line of {PROOFS}. Done in {seconds:.0f} s.")


def erase_customer(root: Path, customer_id: str, *, names: Iterable[str] = ()) -> Gone:
    """Erase a customer of the workspace in a folder; running it again finishes what was broken off.

    The tombstone comes first. The lake, which alone knows by which ids and handles the customer
    went, comes after all that is looked up by them. `names` are those that names of files hold.
    """
    workspace = open_workspace(root)
    key, timing = workspace_key(workspace.root), timing_in(workspace)
    now = timing.now()
    with closing(Store(workspace.store_url)) as store:
        found = person(workspace.lake, customer_id, names=names)
        store.write(lambda connection: entomb(connection, key, found.words, now))
        with _nobody_else(workspace, store, timing):
            taken = take_out(store, key, found.ids, timing=timing)
            held = store.read(lambda connection: keys_held(connection, key, found.ids))
            files = _in_files(workspace, store, found.ids | held)
            lake = erase(workspace.lake, found)
            scrub(store)
    declared = {one.name for one in workspace.settings.destinations}
    gone = Gone(
        mark=mark(key, CUSTOMER, customer_id),
        rows={**taken.rows, **files, **lake},
        to_clear=tuple(one for one in taken.to_clear if one in declared),
        forgotten=tuple(one for one in taken.to_clear if one not in declared),
    )
    _prove(workspace.root / PROOFS, gone, now)
    return gone


@contextmanager
def _nobody_else(workspace: Workspace, store: Store, timing: Timing) -> Generator[None]:
    """Neither a night nor a delivery is at work, whose rows could come after the erasure."""
    names = {one.name for one in workspace.settings.destinations} | {*store.read(destinations)}
    with ExitStack() as held:
        try:
            held.enter_context(alone(workspace))
            for name in sorted(names):
                held.enter_context(holding(store, f"deliver:{name}", timing))
        except AnotherAtWork as error:
            raise AnotherAtWork(
                f"nothing of this customer is sent or read any more, but {error.what}",
                where=error.where,
                mend="run the same command again once it is done",
            ) from error
        yield


def _in_files(workspace: Workspace, store: Store, keys: Iterable[str]) -> dict[str, int]:
    """Files of scores written again without some customers.

    Days lived again are of no use now, and what a cluster or a rehearsal left behind is of no use
    at all. Pages of customers, and of the journey, which shows words that one alone may have, are
    written again when they are asked for.
    """
    _write_out(workspace.out, store)
    for page in workspace.reports.glob(JOURNEYS):
        page.unlink()
    for folder in (replaying.FOLDER, compute.FOLDER, rehearse.FOLDER, customer.PAGES):
        shutil.rmtree(workspace.root / folder, ignore_errors=True)
    keys = {*keys}
    lost = {folder.name: forget(folder, keys) for folder in _folders(workspace)}
    return {f"files {name}": rows for name, rows in lost.items() if rows}


def _folders(workspace: Workspace) -> list[Path]:
    """Where files were delivered to: as is declared, and where it would be if nothing was."""
    delivered = workspace.root / "delivered"
    told = {
        workspace.root / str(one.options.get("folder", delivered / one.name))
        for one in workspace.settings.destinations
        if one.kind == "files"
    }
    return sorted(told | {one.parent for one in delivered.glob(f"*/{manifest.NAME}")})


def _write_out(folder: Path, store: Store) -> None:
    if not any((folder / name).exists() for name in NAMES):
        return
    published = store.published()
    if published is not None and len(published.scores):
        write_scores(folder, published.scores)
        return
    for name in (*NAMES, manifest.NAME):
        (folder / name).unlink(missing_ok=True)


def _prove(path: Path, gone: Gone, now: datetime) -> None:
    """A line that says that somebody was erased, when and by whom, and not who it was."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    told = {"erased_at": now.isoformat(), "by": environment.user(), **gone.facts()}
    durable.write_bytes(path, (before + json.dumps(told) + "\n").encode())
    durable.settle(path.parent)
