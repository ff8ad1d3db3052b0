"""What the outreach has saved so far, looked at after every night of an experiment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from features.errors import JejakError
from features.lake import Snapshot
from pipelines.terminal.outcome import unexpected
from pipelines.terminal.printable import one_line
from pipelines.terminal.progress import tell
from pipelines.workspace import Workspace
from serving.outcomes import telling
from serving.outcomes.found import HARMS, Outcomes

Look = Callable[[Workspace, Snapshot, datetime], Outcomes | None]
BRIEFLY = ("experiment", "verdict", "counts", "saves", "net", "doubts")


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What came of the workspace's experiment by a night; nothing where there is none."""

    outcomes: Outcomes | None = None
    failed: str = ""
    language: str = "en"

    def facts(self) -> dict[str, Any]:
        """The verdict, and what it rests on; no customer."""
        if self.failed:
            return {"outcomes": {"failed": self.failed}}
        if self.outcomes is None:
            return {}
        told = self.outcomes.facts()
        return {"outcomes": {name: told[name] for name in BRIEFLY}}

    def text(self) -> None:
        """Print the verdict in a line, and each doubt."""
        if self.failed:
            tell(self.left())
        console = Console(highlight=False)
        for sentence in self._sentences():
            console.print(Text(one_line(sentence)))

    def left(self) -> str:
        """What is left to do where nobody could look."""
        return f"outcomes: {self.failed}; run jejak outcomes" if self.failed else ""

    def urgent(self) -> str:
        """That contact drives customers away, each night until it is stopped; else nothing."""
        is_harmful = self.outcomes is not None and self.outcomes.verdict == HARMS
        return "\n".join(self._sentences()) if is_harmful else ""

    def _sentences(self) -> list[str]:
        if self.outcomes is None:
            return []
        speak = telling.words(self.language)
        verdict = f"{self.outcomes.experiment}: {telling.verdict(self.outcomes, speak)}"
        return [verdict, *telling.doubted(self.outcomes, speak)]


def saved(look: Look, place: Workspace, snapshot: Snapshot, cutoff: datetime) -> Saved:
    """What a look at a published night finds; a look that fails is told and undoes nothing."""
    settings = place.settings
    if settings.experiment is None:
        return Saved()
    try:
        found = look(place, snapshot, cutoff)
    except Exception as error:  # noqa: BLE001  # the night is published and delivered
        told = error if isinstance(error, JejakError) else unexpected(error)
        return Saved(failed=f"{told.what} ({told.where})" if told.where else told.what)
    return Saved(outcomes=found, language=settings.workspace.language)
