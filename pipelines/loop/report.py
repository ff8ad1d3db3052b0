"""The report of a journey: everything that a workspace knows of it, as one page of HTML."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from features import durable
from features.clock import business_day
from features.errors import DataRefused
from features.journey_map import DWELL_EDGES, WAIT_EDGES, JourneyMap, journey_map
from features.lake import Snapshot
from features.lake.origins import origins
from models.pains.efficiency import efficiency
from models.pains.foretold import Foretold
from models.pains.found import Pains
from models.pains.gaps import gaps
from models.pains.looking import pains
from pipelines.data.ingest import snapshot_until
from pipelines.loop.foretold import foretold_of
from pipelines.loop.hurting import question_of
from pipelines.loop.listed import page_of
from pipelines.loop.outcomes import outcomes_of
from pipelines.loop.pains import ledger_of
from pipelines.settings.compute import engine
from pipelines.terminal.progress import step
from pipelines.terminal.summary import show_end, show_sentences
from pipelines.workspace import Workspace, open_workspace
from serving.journey.counts import counts
from serving.journey.listed import lines
from serving.journey.material import Kept, Material
from serving.journey.page import ROOM, render
from serving.journey.summary import sentences
from serving.pages.words import Words
from serving.store import Store
from serving.watching.health import health

LISTED_MOST = 10


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A report that was written, and what its first screen says."""

    path: Path
    newest: Path
    sentences: tuple[str, ...]
    listed: tuple[str, ...]
    hint: str
    pains: int
    bytes_written: int

    def facts(self) -> dict[str, Any]:
        """The files, and how many pain points they tell of; no customer."""
        return {
            "file": str(self.path),
            "newest": str(self.newest),
            "summary": list(self.sentences),
            "listed": list(self.listed),
            "pains": self.pains,
            "bytes": self.bytes_written,
        }

    def text(self, seconds: float) -> None:
        """Print the first screen, and where the page is."""
        show_sentences(self.sentences)
        if self.listed:
            show_sentences([*self.listed[:LISTED_MOST], self.hint])
        show_end({"report": self.path, "the newest": self.newest}, seconds)


def write_report(root: Path, as_of: date | None, *, language: str | None = None) -> Reported:
    """Write the journey of the workspace in a folder as one page, and as its newest."""
    workspace = open_workspace(root)
    cutoff = workspace.cutoff(as_of)
    told = material(workspace, snapshot_until(workspace, cutoff), cutoff, language)
    with step("Page"):
        html = render(told).encode()
        paths = _keep(workspace, told.as_of, html)
    return Reported(
        path=paths[0],
        newest=paths[1],
        sentences=tuple(sentences(told)),
        listed=tuple(lines(told)),
        hint=told.words.say("pains.take_on"),
        pains=len(told.pains.frame) if told.pains else 0,
        bytes_written=len(html),
    )


def material(
    workspace: Workspace, snapshot: Snapshot, cutoff: datetime, language: str | None = None
) -> Material:
    """What the page of a workspace shows as of a cutoff."""
    settings = workspace.settings
    params, zone = settings.workspace, settings.workspace.zone
    language = language or params.language
    with step("Journey map"):
        counted = mapped(workspace, snapshot, cutoff)
    with step("Pain points"):
        found, unasked, foretold = _pains(workspace, snapshot, cutoff)
    with step("Outcomes"):
        outcomes = outcomes_of(workspace, snapshot, cutoff)
    return Material(
        words=Words(language, ROOM),
        title=params.name,
        currency=params.currency,
        zone=zone,
        as_of=business_day(cutoff, zone).isoformat(),
        counts=counts(counted, settings.journey.smallest_group),
        dwell_edges=DWELL_EDGES,
        wait_edges=WAIT_EDGES,
        costs=settings.journey.channel_costs,
        pains=found,
        unasked=unasked,
        foretold=foretold,
        efficiency=efficiency(
            counted.flows, counted.touches, counted.spend, settings.journey.channel_costs
        ),
        gaps=gaps(counted, settings.journey, zone=zone),
        outcomes=outcomes,
        **_kept(workspace, cutoff, language),
    )


def mapped(workspace: Workspace, snapshot: Snapshot, cutoff: datetime) -> JourneyMap:
    """The counts of a workspace's journey."""
    settings = workspace.settings
    return journey_map(
        snapshot.told(),
        snapshot.table("spend"),
        cutoff=cutoff,
        zone=settings.workspace.zone,
        order=settings.stages.order,
        exits=settings.stages.exits,
        personas=settings.personas,
        months=settings.journey.months,
        params=settings.features,
        origins=origins(snapshot),
    )


def _pains(
    workspace: Workspace, snapshot: Snapshot, cutoff: datetime
) -> tuple[Pains | None, str, Foretold | None]:
    """Where it hurts, None where no outcome is known yet; what of the data kept from looking.

    Beside it what the churn model had expected there, None where no night of it is over.
    """
    try:
        question = question_of(workspace, snapshot, cutoff)
        with engine(workspace) as at_work:
            found = pains(
                snapshot.told(),
                question,
                cutoff,
                watermark=workspace.told_until(cutoff),
                zone=workspace.settings.workspace.zone,
                engine=at_work,
            )
    except DataRefused as error:
        return None, error.what, None
    return found, "", found and foretold_of(workspace, snapshot, question, found, cutoff)


def _kept(workspace: Workspace, cutoff: datetime, language: str) -> dict[str, Any]:
    """What the store knows: the ledger, measured anew, and how the model does."""
    with closing(Store(workspace.store_url)) as store:
        told = ledger_of(workspace, store, cutoff)
        kept = Kept(told.frame(language), told.sentences(language))
        return {"ledger": kept, "health": health(store, cutoff)}


def _keep(workspace: Workspace, day: str, html: bytes) -> tuple[Path, Path]:
    """Where the page was written: under its day, and as the newest unless there is a later one."""
    folder = workspace.reports
    folder.mkdir(parents=True, exist_ok=True)
    own, newest = page_of(workspace, date.fromisoformat(day)), page_of(workspace)
    durable.write_bytes(own, html)
    if own == max(folder.glob("journey-*.html")):
        durable.write_bytes(newest, html)
    durable.settle(folder)
    return own, newest
