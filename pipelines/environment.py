"""What dependencies read from the environment, decided before any of them is imported."""

import getpass
import logging
import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    # Nothing that jejak is built on may phone home; MLflow accepts only the word "true".
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # A model file is data: MLflow's default would run code that is pickled inside it.
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    # MLflow announces each table migration and each registered model on the terminal.
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # MLflow looks for a repository by starting `git`, and complains where there is none.
    "GIT_PYTHON_REFRESH": "quiet",
    # The first start of Prefect's server migrates its database; 20 s can be too few.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # A person's mistake is told once, by jejak; Prefect would print its traceback beside it.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    # Polars' allocator would hand memory back after each block and fault it in for the next one.
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:10000,muzzy_decay_ms:10000",
    # Log lines that are kept in a database could hold what a dependency says of a customer's row.
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    # Prefect would ask its web page's version and offer to log in.
    "PREFECT_CLI_PROMPT": "false",
}


def opt_out() -> None:
    """Settle what does not depend on a workspace; what the user has set stays.

    Importing `pipelines` does this, so that also a worker that loads a flow by its path has it.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)


@contextmanager
def prepared(root: Path, *, debug: bool = False) -> Generator[None]:
    """The environment of a command on the workspace at `root`.

    What dependencies warn of, which a user cannot mend, stays off the terminal, unless `debug`.
    """
    os.environ.setdefault("PREFECT_HOME", str(root.resolve() / ".prefect"))
    with warnings.catch_warnings():
        if not debug:
            warnings.simplefilter("ignore")
            for name in ("mlflow", "alembic", "prefect", "sqlalchemy"):
                logging.getLogger(name).setLevel(logging.ERROR)
        yield


def user() -> str:
    """Who the operating system says is at work; unknown where it does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a number without a name, as in some containers
        return "unknown"


def threads() -> int:
    """The cores that this process may use; how many changes the speed of a result, not a digit."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1
