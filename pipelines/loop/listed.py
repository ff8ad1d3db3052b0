"""Where the pages of a journey lie, and which pain points they list."""

from datetime import date
from pathlib import Path

from features.errors import WorkspaceInvalid
from pipelines.workspace import Workspace
from serving.journey.listed import read_listed

NEWEST = "journey.html"


def page_of(workspace: Workspace, day: date | None = None) -> Path:
    """Where the page of a day lies, or without a day the newest."""
    return workspace.reports / (f"journey-{day}.html" if day else NEWEST)


def place_listed(workspace: Workspace, day: date | None, rank: int) -> dict[str, str]:
    """The kind, stage, channel and persona of a pain point, by the page of a day or the newest."""
    path = page_of(workspace, day)
    found = read_listed(path.read_text("utf-8")) if path.is_file() else None
    if found is None:
        what = "there is no report there that says what it lists"
        raise WorkspaceInvalid(what, where=str(path), mend="write one with `jejak report`")
    if not 1 <= rank <= len(found.pains):
        raise WorkspaceInvalid(
            f"the report of {found.as_of} lists no pain point {rank}",
            where="--from-report",
            mend=f"write a number from 1 to {len(found.pains)}"
            if found.pains
            else "name the place with --stage, --channel or --persona",
        )
    return dict(found.pains[rank - 1])
