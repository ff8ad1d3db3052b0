"""A night that is watched at its end: whatever comes of that, what was published stays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from features.errors import JejakError
from pipelines.loop.watch_told import Watched
from pipelines.terminal.outcome import unexpected
from pipelines.terminal.progress import tell
from pipelines.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What watching found after a night, or why it could not look."""

    watched: Watched | None = None
    failed: str = ""

    def facts(self) -> dict[str, Any]:
        """The verdict, and a line an alarm; no customer."""
        if self.watched is None:
            return {"watch": {"failed": self.failed}}
        told = self.watched.facts()
        advice = told["advice"]
        reasons = [one["code"] for one in advice["reasons"]]
        brief = {"verdict": advice.get("verdict", ""), "reasons": reasons}
        names = ("code", "severity", "name", "sentence")
        alarms = [{name: one[name] for name in names} for one in told.get("alarms", [])]
        return {"watch": brief, "alarms": alarms}

    def text(self) -> None:
        """Print the verdict and what has changed."""
        if self.watched is None:
            tell(self.left())
        else:
            self.watched.brief()

    def left(self) -> str:
        """What is left to do where it could not look."""
        return f"watch: {self.failed}; run jejak watch" if self.failed else ""

    def urgent(self) -> str:
        """What somebody should be told at once; empty where there is nothing."""
        return self.watched.urgent() if self.watched else ""


def seen(
    look: Callable[[Workspace, datetime], Watched], place: Workspace, cutoff: datetime
) -> Seen:
    """What a look at a published night finds; a look that fails is told and undoes nothing."""
    try:
        return Seen(watched=look(place, cutoff))
    except Exception as error:  # noqa: BLE001  # the night is published and delivered
        told = error if isinstance(error, JejakError) else unexpected(error)
        return Seen(failed=f"{told.what} ({told.where})" if told.where else told.what)


def retrain_if_asked(place: Workspace, as_of: date | None, found: Seen) -> None:
    """Retrain now, if the workspace lets nights do so and there is a reason.

    A retraining that stops has told so by itself, and the night stays as it is.
    """
    if found.watched is None or not found.watched.starts:
        return
    from pipelines.training.retrain import retrain

    tell("A retraining begins: watching found reasons for it.")
    try:
        retrain(str(place.root), as_of=as_of)
    except Exception as error:  # noqa: BLE001  # the night is done
        told = error if isinstance(error, JejakError) else unexpected(error)
        tell(f"The retraining stopped: {told}")
