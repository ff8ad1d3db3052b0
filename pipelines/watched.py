"""A flow that is watched: its summary kept, and somebody told if it stops or falls short."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from prefect.runtime import deployment

from features.errors import AnotherAtWork
from pipelines.alerts import alert
from pipelines.artifacts import leave
from pipelines.progress import tell, timed
from pipelines.stopped import RunStopped, told_what_holds
from pipelines.workspace import Workspace


class EndWith(Protocol):
    """Hands over the summary of a flow, and for people what is left to do, if anything is."""

    def __call__(self, facts: Mapping[str, Any], *, left: str = "") -> None:
        """Once, at the end."""
        ...


@contextmanager
def watched(workspace: Workspace, name: str) -> Generator[EndWith]:
    """Watch the flow inside, which hands over what it did; `RunStopped` if it stops.

    Summary or message stand in Prefect as the run's artifact; what went wrong goes to the
    workspace's alerts as well. That another run is at work is no alarm.
    """
    began, ended = time.monotonic(), list[tuple[Mapping[str, Any], str]]()

    def end_with(facts: Mapping[str, Any], *, left: str = "") -> None:
        ended.append((facts, left))

    with timed() as times:
        try:
            with told_what_holds(workspace):
                yield end_with
        except RunStopped as stopped:
            message = f"{name} of {workspace.settings.workspace.name}\n{stopped.text()}"
            leave(name, f"{name} stopped", _durations(times, began), note=message)
            if deployment.id:  # a worker's log; the command line tells it by itself
                tell(message)
            alert(workspace, "" if stopped.exit_code == AnotherAtWork.exit_code else message)
            raise
        for facts, left in ended:
            leave(name, name, {**facts, **_durations(times, began)}, note=left)
            alert(workspace, _incomplete(workspace, name, left))


def _durations(times: Mapping[str, float], began: float) -> dict[str, Any]:
    return {"seconds": round(time.monotonic() - began, 1), "seconds_by_step": dict(times)}


def _incomplete(workspace: Workspace, name: str, left: str) -> str:
    told = f"{name} of {workspace.settings.workspace.name} is not complete\n{left}"
    return told if left else ""
