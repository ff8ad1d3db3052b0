"""Serve: the night and the retraining at the workspace's times, one after the other.

Each runs as a command in a process of its own, with a Prefect server of its own unless
PREFECT_API_URL names one. A run that fails or dies takes nothing with it, and what it used of
memory is given back.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import click

from features.errors import WorkspaceInvalid
from pipelines.night.schedule import When
from pipelines.terminal.progress import tell
from pipelines.timing import HERE
from pipelines.workspace import open_workspace

LOOK_SECONDS = 30.0
"""So often the clock is looked at: a machine that slept, or was set right, is not late by more."""

LOG = 2
"""Standard error: standard output is for the summary of serving itself."""

GRACE_SECONDS = 600.0
"""So long may a run that was told to end finish what it has in flight."""


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """When each command is due next, in UTC, by the times that a workspace last told."""

    times: Mapping[str, When]
    zone: ZoneInfo
    due: Mapping[str, datetime] = field(default_factory=dict[str, datetime])

    def first(self) -> tuple[str, datetime]:
        """The next command and its time; of equals the one that is named first."""
        return min(self.due.items(), key=lambda one: one[1])

    def planned(self, now: datetime, *, overdue: Mapping[str, datetime]) -> "Agenda":
        """The next times after `now`; what is overdue stays so."""
        late = {name: at for name, at in overdue.items() if name in self.times}
        due = {name: when.after(now, self.zone) for name, when in self.times.items()}
        return replace(self, due=due | late)

    def text(self) -> str:
        """The next times, on the business's clock."""
        ordered = sorted(self.due.items(), key=lambda one: one[1])
        told = (f"{name} {at.astimezone(self.zone):%a %Y-%m-%d %H:%M}" for name, at in ordered)
        return f"next: {', '.join(told)} ({self.zone.key})"


@dataclass(kw_only=True)
class Served:
    """How many runs there were, by command, and how many of them failed."""

    runs: dict[str, int] = field(default_factory=dict[str, int])
    failed: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, command: str, code: int) -> None:
        """One more run, which ended with an exit code."""
        self.runs[command] = self.runs.get(command, 0) + 1
        if code:
            self.failed[command] = self.failed.get(command, 0) + 1

    def facts(self) -> dict[str, Any]:
        """The counts."""
        return {"runs": dict(self.runs), "failed": dict(self.failed)}

    def text(self, seconds: float) -> None:
        """Print the counts."""
        runs, failed = sum(self.runs.values()), sum(self.failed.values())
        click.echo(f"Served for {seconds / 3600:.1f} hours: {runs} runs, {failed} of them failed.")


def serve(root: Path) -> Served:
    """Run what is due until SIGTERM or SIGINT asks to end; what is in flight may finish."""
    with _asked_to_end() as ending:
        return keep(
            root,
            now=HERE.now,
            wait=lambda seconds: ending.wait(min(seconds, LOOK_SECONDS)),
            run=lambda command: attend(command_line(command, root), ending),
        )


def keep(
    root: Path,
    *,
    now: Callable[[], datetime],
    wait: Callable[[float], bool],
    run: Callable[[str], int],
) -> Served:
    """The loop: wait for what is due next, run it, look when it is due again.

    `wait` waits for at most so many seconds and says whether to end. What became due while
    another ran comes next; what was missed several times, because the machine slept, comes once.
    """
    served, agenda = Served(), agenda_of(root).planned(now(), overdue={})
    tell(agenda.text())
    while not wait(max((agenda.first()[1] - now()).total_seconds(), 0)):
        command, at = agenda.first()
        if now() < at:
            continue
        tell(f"{command} begins")
        code = run(command)
        served.count(command, code)
        tell(f"{command} ended with exit code {code}")
        late = {name: at for name, at in agenda.due.items() if name != command and at <= now()}
        agenda = agenda_of(root, agenda).planned(now(), overdue=late)
        tell(agenda.text())
    return served


def agenda_of(root: Path, before: Agenda | None = None) -> Agenda:
    """The times that the workspace file says now; those of before where it is broken."""
    try:
        settings = open_workspace(root).settings
    except WorkspaceInvalid as error:
        if before is None:
            raise
        tell(f"{error}; the times stay as they were")
        return before
    return Agenda(times=settings.schedule.times, zone=settings.workspace.zone)


def command_line(command: str, root: Path) -> list[str]:
    """How a command of jejak is started: what it says has no customer in it and may be logged."""
    place = str(root.resolve())
    return [sys.executable, "-m", "pipelines.cli", command, "--workspace", place, "--json"]


def attend(line: list[str], ending: Event, *, grace_seconds: float = GRACE_SECONDS) -> int:
    """The exit code of a program, which is told to end once `ending` is set.

    It is a session of its own: an interrupt at the terminal reaches it through us, once. Its
    summary goes where its progress goes, to the log.
    """
    with subprocess.Popen(line, stdout=LOG, start_new_session=True) as running:  # noqa: S603  # our own command
        while (code := running.poll()) is None and not ending.wait(0.2):
            pass
        if code is not None:
            return code
        running.terminate()
        try:
            return running.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            return running.wait()


@contextmanager
def _asked_to_end() -> Generator[Event]:
    """An event that SIGTERM and SIGINT set."""
    ending = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
