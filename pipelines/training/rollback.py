"""`jejak rollback`: the champion before this one becomes champion again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipelines.workspace import open_workspace
from serving.registry import Registry


@dataclass(frozen=True, kw_only=True)
class RolledBack:
    """Which version is champion again, and which one stands by."""

    question: str
    champion: int
    previous: int

    def facts(self) -> dict[str, Any]:
        """Both versions."""
        told = {"question": self.question, "champion": self.champion}
        return {**told, "previous": self.previous}

    def text(self, seconds: float) -> None:  # noqa: ARG002  # a Summary is told how long it took
        """Print both, and how to take it back."""
        click.echo(
            f"{self.question.replace('_', ' ').capitalize()}: version {self.champion} is the "
            f"champion again, and scores from the next run on.\n"
            f"Version {self.previous} stands by; another jejak rollback takes this one back."
        )


def roll_back(root: Path, question: str) -> RolledBack:
    """Bring back who was champion before; refused if tonight's code cannot build its features."""
    workspace = open_workspace(root)
    registry = Registry(workspace.root, question)
    before, _ = registry.previous()
    before.with_own(workspace.own_features).needed()
    champion, previous = registry.rollback()
    return RolledBack(question=question, champion=champion, previous=previous)
