"""Steps of a flow: plain functions as Prefect tasks that keep nothing and tell nothing."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect import State
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.tasks import Task

from features.errors import JejakError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class StepFailed(Exception):
    """Something unexpected in a step; its cause says what, to the terminal alone."""


def as_step(function: Callable[Arguments, Result]) -> Task[Arguments, Result]:
    """A function as a task; for computing, which would fail again in the same way.

    Its result is not kept, and its arguments, which may be a million rows, are not hashed for a
    cache.
    """
    return Task(
        _discreet(function),
        name=function.__name__.replace("_", " "),
        cache_policy=NO_CACHE,
        persist_result=False,
    )


def as_disk_step(function: Callable[Arguments, Result]) -> Task[Arguments, Result]:
    """A function that touches a disk or a network as a task; what may pass is tried again."""
    return as_step(function).with_options(
        retries=2, retry_delay_seconds=[1, 5], retry_condition_fn=_may_pass
    )


def _discreet(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Errors without the text of dependencies, which Prefect would store: it may quote data."""

    @wraps(function)
    def told_less(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except JejakError:
            raise
        except Exception as error:
            raise StepFailed(type(error).__name__) from error

    return told_less


def _may_pass(_task: object, _run: TaskRun, state: State[object]) -> bool:
    """Whether the disk or a database was at fault, not the data or the code."""
    error = state.result(raise_on_failure=False)
    is_told = isinstance(error, StepFailed | JejakError)
    kinds = type(error.__cause__).__mro__ if is_told else ()
    return any(kind is OSError or kind.__name__ == "OperationalError" for kind in kinds)
