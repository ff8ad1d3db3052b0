"""Deliver: what readers see brought to every destination, and the books of each."""

import signal
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any, TypeVar

from features.errors import DeliveryIncomplete, JejakError, WorkspaceInvalid
from features.mistakes import nearest
from pipelines.delivery.delivered import show_books, show_preview
from pipelines.rights.suppress import refresh
from pipelines.terminal.outcome import unexpected
from pipelines.terminal.progress import step
from pipelines.timing import timing_in
from pipelines.workspace import Workspace, open_workspace
from serving.delivery.books import Books
from serving.delivery.delivering import Deliverer
from serving.delivery.preview import Preview, preview
from serving.destinations import kinds
from serving.destinations.destination import Destination, Pacer, Tools
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Misconfigured, Trouble, Unfinished
from serving.store import Store
from serving.timing import Timing

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What became of each destination; `failed` are those at which nothing could be begun."""

    books: tuple[Books, ...] = ()
    failed: Mapping[str, JejakError] = field(default_factory=dict[str, JejakError])

    @property
    def exit_code(self) -> int:
        """0 where every destination holds what readers see; else the code of what is amiss."""
        if all(one.complete for one in self.books) and not self.failed:
            return 0
        codes = {error.exit_code for error in self.failed.values()}
        return codes.pop() if len(codes) == 1 and not self.books else DeliveryIncomplete.exit_code

    def facts(self) -> dict[str, Any]:
        """The books of each destination; no customer."""
        return {
            "status": "incomplete" if self.exit_code else "done",
            "exit_code": self.exit_code,
            "destinations": [one.facts() for one in self.books],
            "failed": {name: str(error) for name, error in self.failed.items()},
        }

    def text(self, seconds: float) -> None:
        """Print the books, and what is left to do."""
        show_books(self.books, self.failed, seconds)


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """What a delivery would send, and nothing was sent; `failed` are those that cannot tell."""

    previews: tuple[Preview, ...]
    failed: Mapping[str, JejakError] = field(default_factory=dict[str, JejakError])

    @property
    def exit_code(self) -> int:
        """0 where each destination tells what it would be sent."""
        return Delivered(failed=self.failed).exit_code

    def facts(self) -> dict[str, Any]:
        """Counts and calls; rows stand in the text alone, for they are customers."""
        return {
            "status": "refused" if self.failed else "done",
            "exit_code": self.exit_code,
            "destinations": [one.facts() for one in self.previews],
            "failed": {name: str(error) for name, error in self.failed.items()},
        }

    def text(self, seconds: float) -> None:
        """Print the exact rows and calls."""
        show_preview(self.previews, self.failed, seconds)


def deliver_scores(root: Path, *, only: str | None = None) -> Delivered:
    """Deliver the published run of the workspace in a folder."""
    workspace = open_workspace(root)
    return deliver(workspace, only=only)


def deliver(workspace: Workspace, *, only: str | None = None) -> Delivered:
    """Every destination brought to what readers see; one that fails does not stop the others.

    Who must not be contacted is read anew before anything is sent, and whoever cannot be told for
    sure stops everything: `SuppressionsUntrusted`.
    """
    specs = chosen(workspace, only)
    if not specs:
        return Delivered()
    with closing(Store(workspace.store_url)) as store, asked_to_end() as ending:
        timing = replace(timing_in(workspace), sleep=partial(_sleep, ending))
        refresh(workspace, store, timing.now())
        work = deliverer(workspace, store, timing, ending)

        def bring(spec: DestinationSpec) -> Books:
            for secret in spec.secrets.values():
                secret.reveal()  # one that is missing is told before anything is planned
            return work.deliver(spec, partial(_opened, workspace, spec, timing))

        books, failed = each(specs, "Delivering to", bring)
        return Delivered(books=tuple(books), failed=failed)


def deliverer(workspace: Workspace, store: Store, timing: Timing, ending: Event) -> Deliverer:
    """What delivers as the workspace says, until it is asked to end."""
    return Deliverer(
        store=store,
        params=workspace.settings.delivery,
        timing=timing,
        zone=workspace.settings.workspace.time_zone,
        hidden=_hidden(workspace),
        is_ending=ending.is_set,
    )


def each(
    specs: Iterable[DestinationSpec], doing: str, work: Callable[[DestinationSpec], Made]
) -> tuple[list[Made], dict[str, JejakError]]:
    """What comes of each destination; one that fails does not stop the others."""
    made: list[Made] = []
    failed: dict[str, JejakError] = {}
    for spec in specs:
        with step(f"{doing} {spec.name}"):
            try:
                made.append(work(spec))
            except JejakError as error:
                failed[spec.name] = error
            except Trouble as trouble:
                failed[spec.name] = _amiss(trouble)
            except Exception as error:  # noqa: BLE001  # a mistake of ours stops no other destination
                failed[spec.name] = unexpected(error)
    return made, failed


def _amiss(trouble: Trouble) -> WorkspaceInvalid:
    """What is wrong with a destination before anything can be sent there."""
    mend = trouble.mend if isinstance(trouble, Misconfigured) else ""
    return WorkspaceInvalid(trouble.message, where=trouble.code, mend=mend)


def preview_delivery(root: Path, *, only: str | None = None) -> Previewed:
    """What delivering now would send, row by row and call by call; nothing is sent or planned."""
    workspace = open_workspace(root)
    with closing(Store(workspace.store_url)) as store:
        zone, timing = workspace.settings.workspace.time_zone, timing_in(workspace)
        hidden = _hidden(workspace)

        def look(spec: DestinationSpec) -> Preview:
            opened = partial(_opened, workspace, spec, timing)
            return preview(store, spec, opened, timing, zone=zone, hidden=hidden)

        previews, failed = each(chosen(workspace, only), "Looking ahead for", look)
        return Previewed(previews=tuple(previews), failed=failed)


def _opened(
    workspace: Workspace, spec: DestinationSpec, timing: Timing, pacer: Pacer
) -> Destination:
    tools = Tools(pacer=pacer, timing=timing, folder=workspace.root, loopback=spec.loopback)
    return kinds.opened(spec, tools)


def _hidden(workspace: Workspace) -> str:
    """The experiment of which nobody may see even the scores of those held out."""
    experiment = workspace.settings.experiment
    return experiment.name if experiment and experiment.hide == "score" else ""


def _sleep(ending: Event, seconds: float) -> None:
    """Sleep, unless the process is asked to end: then nothing is waited for any more."""
    if ending.wait(seconds):
        raise Unfinished("it was asked to end")


def chosen(workspace: Workspace, only: str | None) -> tuple[DestinationSpec, ...]:
    """The destinations of a workspace, or the one that is asked for."""
    specs = workspace.settings.destinations
    if only is None:
        return specs
    chosen = tuple(spec for spec in specs if spec.name == only)
    if not chosen:
        raise WorkspaceInvalid(
            f"there is no destination {only!r}",
            where="--to",
            mend=nearest(only, [spec.name for spec in specs]) or "add it under [[destinations]]",
        )
    return chosen


@contextmanager
def asked_to_end() -> Generator[Event]:
    """An event that SIGTERM sets: the batch in flight ends, and no further one begins."""
    ending = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # only the main thread may listen
        yield ending
        return
    try:
        yield ending
    finally:
        signal.signal(signal.SIGTERM, before)
