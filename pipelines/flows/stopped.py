"""A night that stopped: what stopped it, what still holds, and what to do, told once."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from features.errors import JejakError
from pipelines.terminal.outcome import unexpected
from pipelines.timing import timing_in
from pipelines.workspace import Workspace
from serving.scores import Run
from serving.standing import Standing, standing
from serving.store import Store


class RunStopped(JejakError):
    """What stopped a night, as its own error told it; `holds` says what is still true."""

    def __init__(self, error: JejakError, holds: str) -> None:
        super().__init__(error.what, where=error.where, mend=error.mend)
        self.exit_code = error.exit_code
        self.mistakes = tuple(getattr(error, "mistakes", ()))
        self.holds = holds

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The one message about it, for people."""
        lines = {"stopped": self.what, "where": self.where, "holds": self.holds, "mend": self.mend}
        return "\n".join(f"{name}: {told}" for name, told in lines.items() if told)


@contextmanager
def told_what_holds(workspace: Workspace) -> Generator[None]:
    """Whatever stops the work inside is told as a `RunStopped`, without a dependency's words."""
    try:
        yield
    except RunStopped:
        raise
    except Exception as error:
        told = error if isinstance(error, JejakError) else unexpected(error)
        raise RunStopped(told, what_holds(workspace)) from error


def what_holds(workspace: Workspace) -> str:
    """Which run readers see, until when it may be acted upon, and which destinations have it."""
    if not workspace.store.exists() and workspace.store_url.startswith("sqlite"):
        return "nothing has been published yet"
    try:
        store = Store(workspace.store_url)
        try:
            found = standing(store)
        finally:
            store.close()
    except JejakError:
        return "the store cannot be asked what is published; nothing of it was changed"
    return _told(found, timing_in(workspace).now()) if found else "nothing has been published yet"


def _told(found: Standing, now: datetime) -> str:
    told = f"run {found.run.run_id} is published, {_valid(found.run, now)}"
    if found.delivered:
        told += f"; delivered: {', '.join(found.delivered)}"
    if found.pending:
        told += f"; not yet delivered: {', '.join(found.pending)}"
    return told


def _valid(run: Run, now: datetime) -> str:
    until = f"{run.expires_at:%Y-%m-%d %H:%M} UTC"
    expiry = f"valid until {until}" if run.expires_at > now else f"it expired at {until}"
    return f"as of {run.as_of:%Y-%m-%d %H:%M} UTC, {expiry}"
