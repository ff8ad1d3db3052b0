"""The engine that a workspace names for the work on its partitions."""

from collections.abc import Generator
from contextlib import contextmanager

from features.engine.partitions import Engine, Local
from pipelines.environment import threads
from pipelines.workspace import Workspace

FOLDER = ".spark"
"""What goes to the machines of a cluster and comes back, for as long as a command runs."""

ROOMS = ("features", "models", "serving", "pipelines")


@contextmanager
def engine(workspace: Workspace) -> Generator[Engine]:
    """The engine, at work from here to the end of the block."""
    params = workspace.settings.compute
    if params.engine == "local":
        yield Local(threads())
        return
    from features.engine.spark import on_spark

    with on_spark(params, workspace.root / FOLDER, ROOMS) as spark:
        yield spark
