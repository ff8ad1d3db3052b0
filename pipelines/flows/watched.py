"""A flow that is watched: its summary kept, and somebody told if it stops or falls short."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from prefect.runtime import deployment

from features.errors import AnotherAtWork
from pipelines.flows.alerts import alert
from pipelines.flows.artifacts import leave
from pipelines.flows.stopped import RunStopped, told_what_holds
from pipelines.terminal.progress import tell, timed
from pipelines.workspace import Workspace


class EndWith(Protocol):
    """Hands over the summary of a flow, and for people what is left to do, and what is urgent."""

    def __call__(self, facts: Mapping[str, Any], *, left: str = "", urgent: str = "") -> None:
        """Once, at the end."""
        ...


@contextmanager
def watched(workspace: Workspace, name: str) -> Generator[EndWith]:
    """Watch the flow inside, which hands over what it did; `RunStopped` if it stops.

    Summary or message stand in Prefect as the run's artifact; what went wrong goes to the
    workspace's alerts as well. That another run is at work is no alarm.
    """
    began, ended = time.monotonic(), list[tuple[Mapping[str, Any], str, str]]()

    def end_with(facts: Mapping[str, Any], *, left: str = "", urgent: str = "") -> None:
        ended.append((facts, left, urgent))

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
        for facts, left, urgent in ended:
            told = "\n".join(filter(None, [left, urgent]))
            leave(name, name, {**facts, **_durations(times, began)}, note=told)
            alert(workspace, _to_tell(workspace, name, left, urgent))


def _durations(times: Mapping[str, float], began: float) -> dict[str, Any]:
    return {"seconds": round(time.monotonic() - began, 1), "seconds_by_step": dict(times)}


def _to_tell(workspace: Workspace, name: str, left: str, urgent: str) -> str:
    """What is told to somebody: that it is not complete, or what is to be looked at."""
    whose = f"{name} of {workspace.settings.workspace.name}"
    parts = {f"{whose} is not complete": left, f"{whose} found something to act upon": urgent}
    return "\n".join(f"{head}\n{body}" for head, body in parts.items() if body)
