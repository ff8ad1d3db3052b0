"""A flow that is watched: its summary kept, and somebody told if it stops or falls short."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from prefect.runtime import deployment

from features.errors import AnotherAtWork
from pipelines.alerts import alert
from pipelines.artifacts import leave
from pipelines.progress import tell, timed
from pipelines.stopped import NightStopped, told_what_holds
from pipelines.workspace import Workspace


class Done(Protocol):
    """What a flow did; `shortfall` says for people what is left to do, or nothing."""

    def facts(self) -> dict[str, Any]:
        """The summary for machines, without personal data."""
        ...

    def shortfall(self) -> str:
        """What is left to do and why."""
        ...


Ended = TypeVar("Ended", bound=Done)


@contextmanager
def watched(workspace: Workspace, name: str) -> Generator[Callable[[Ended], Ended]]:
    """Watch the flow inside, which hands over what it did; `NightStopped` if it stops.

    Summary or message stand in Prefect as the run's artifact; what went wrong goes to the
    workspace's alerts as well. That another run is at work is no alarm.
    """
    began, ended = time.monotonic(), list[Done]()

    def end_with(done: Ended) -> Ended:
        ended.append(done)
        return done

    with timed() as times:
        try:
            with told_what_holds(workspace):
                yield end_with
        except NightStopped as stopped:
            message = f"{name} of {workspace.settings.workspace.name}\n{stopped.text()}"
            leave(name, f"{name} stopped", _durations(times, began), note=message)
            if deployment.id:  # a worker's log; the command line tells it by itself
                tell(message)
            alert(workspace, "" if stopped.exit_code == AnotherAtWork.exit_code else message)
            raise
        for done in ended:
            leave(name, name, {**done.facts(), **_durations(times, began)}, note=done.shortfall())
            alert(workspace, _incomplete(workspace, name, done.shortfall()))


def _durations(times: Any, began: float) -> dict[str, Any]:  # noqa: ANN401
    return {"seconds": round(time.monotonic() - began, 1), "seconds_by_step": dict(times)}


def _incomplete(workspace: Workspace, name: str, shortfall: str) -> str:
    told = f"{name} of {workspace.settings.workspace.name} is not complete\n{shortfall}"
    return told if shortfall else ""
