"""`jejak models`: every version of every model, who is champion, and why others are not."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.terminal.printable import one_line
from pipelines.terminal.summary import COLOURS
from pipelines.workspace import open_workspace
from serving.registry import Registry
from serving.registry.home import QUESTIONS
from serving.versions import COMPLETED, Version

COLUMNS = {
    "version": "right",
    "standing": "left",
    "grade": "left",
    "tier": "left",
    "AUC": "right",
    "learned through": "left",
    "age": "right",
}
"""Headings, and on which side their cells stand."""


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The versions of each question, the newest first, as they are at an instant."""

    versions: tuple[Version, ...]
    now: datetime

    def facts(self) -> dict[str, Any]:
        """Every version with all that is kept of it."""
        return {"models": [self._fact(one) for one in self.versions]}

    def text(self, seconds: float) -> None:  # noqa: ARG002  # a Summary is told how long it took
        """Print a table a question, and below it why versions were not promoted."""
        console = Console(highlight=False)
        if not self.versions:
            console.print("No model has been learned yet: run jejak retrain.")
        for question in dict.fromkeys(one.question for one in self.versions):
            ours = [one for one in self.versions if one.question == question]
            console.print(Text(question.replace("_", " "), style="bold"))
            console.print(self._table(ours))
            for indent, line in _notes(ours):
                console.print(Padding(Text(one_line(line)), (0, 0, 0, indent), expand=False))
            console.print()

    def _table(self, versions: list[Version]) -> Table:
        table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
        for heading, side in COLUMNS.items():
            table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
        for one in versions:
            is_champion = "champion" in one.aliases
            table.add_row(*self._cells(one), style="bold" if is_champion else "")
        return table

    def _cells(self, one: Version) -> Iterator[str | Text]:
        yield str(one.version)
        yield ", ".join(one.aliases)
        yield Text(one.grade, style=COLOURS.get(one.grade, ""))
        yield one.tier
        yield "" if one.auc is None else f"{one.auc:.3f}"
        yield one.trained_through
        yield f"{self._age_days(one)} d"

    def _fact(self, one: Version) -> dict[str, Any]:
        told = asdict(one) | {"created": one.created.isoformat()}
        return told | {"age_days": self._age_days(one)}

    def _age_days(self, one: Version) -> int:
        return max(0, (self.now - one.created).days)


def list_versions(root: Path) -> Versions:
    """Every version in the workspace at a folder."""
    workspace = open_workspace(root)
    found = [one for name in QUESTIONS for one in Registry(workspace.root, name).versions()]
    return Versions(versions=tuple(found), now=datetime.now(UTC))


def _notes(versions: list[Version]) -> Iterator[tuple[int, str]]:
    """What is to be said of versions, broken off, kept or forced: an indent and a line each."""
    for one in versions:
        if one.status != COMPLETED:
            yield 2, f"{one.version} was not recorded whole"
            continue
        if one.forced_by:
            yield 2, f"{one.version} was promoted by {one.forced_by}: {one.forced_why}; against it:"
        elif one.obstacles:
            yield 2, f"{one.version} was not promoted:"
        yield from ((4, obstacle) for obstacle in one.obstacles)
