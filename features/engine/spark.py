"""Partitions of customers worked on by Apache Spark; the only file that knows PySpark.

One task a partition, by `mapInArrow`: it reads its partition from the lake and does what
`partitions.Local` would do.
"""

import re
import sys
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT, getsignal, signal
from subprocess import Popen, TimeoutExpired
from tempfile import mkdtemp
from threading import current_thread, main_thread
from traceback import clear_frames
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa

from features.engine.partitions import ComputeParams, Work
from features.engine.shipping import exchange, packed
from features.engine.tasks import Task, collected, versions, worker_lacks
from features.errors import WorkspaceInvalid

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway
    from pyspark.sql import SparkSession

REQUIREMENT = "pyspark>=4,<5"
"""What the extra `spark` of the project installs."""

_ANSWER = "at long, file string, sha256 string, trouble string"
_ENDS_WITHIN_SECONDS = 30
_SETTINGS = {
    "spark.app.name": "jejak",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # One task, one core: several pools of threads on one machine would wait for each other.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.executorEnv.OMP_NUM_THREADS": "1",
    "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",
}
_ON_THIS_MACHINE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.pyspark.python": sys.executable,
}


@contextmanager
def _silent() -> Generator[None]:
    """PySpark warns of pandas 3, which only its functions for pandas use, and lets pipes lie."""
    with warnings.catch_warnings():
        for category in (FutureWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
        yield


class Spark:
    """A running Spark, as `on_spark` gives it."""

    threads = 1

    def __init__(self, session: "SparkSession", folder: Path) -> None:
        self._session = session
        self._folder = folder

    def map(self, work: Work, places: Sequence[int]) -> Iterator[pa.Table]:
        """What `work` makes of each partition, in the order of `places`.

        All are done before the first is handed out; until then they lie in files. Raises what
        the work raised for the first that could not be done.
        """
        folder = Path(mkdtemp(dir=self._folder))
        task = Task(work=work, places=places, folder=folder, versions=versions())
        return collected(self._answers(task) if len(places) else [], folder)

    @_silent()
    def _answers(self, task: Task) -> list[dict[str, object]]:
        from pyspark.errors import PythonException

        numbers = self._session.range(0, len(task.places), 1, len(task.places))
        try:
            told = numbers.mapInArrow(task.answers, _ANSWER)
            return [row.asDict() for row in told.collect()]
        except PythonException as error:
            trace = str(error)  # it can be read only as long as Spark runs
            raise worker_lacks(trace) or RuntimeError(trace) from None


@contextmanager
def on_spark(params: ComputeParams, folder: Path, packages: Sequence[str]) -> Generator[Spark]:
    """Spark from here to the end of the block; then its processes on this machine are gone.

    Tables pass through `folder`, which all workers see under the same path. The code of
    `packages` is sent to them, so that they run what runs here. `WorkspaceInvalid` if PySpark
    or Java is missing, or if no Spark answers at `params.master`.
    """
    refuse_without_pyspark()
    with exchange(folder) as own:
        code = packed(packages, own / "jejak.zip")
        with _running(_settings(params), code, own / "spark.log") as session:
            yield Spark(session, own)


def refuse_without_pyspark() -> None:
    """`WorkspaceInvalid`, with the command that installs it, if PySpark is not there."""
    if find_spec("pyspark") is None:
        raise WorkspaceInvalid(
            "the engine is Spark, but PySpark is not installed",
            where="compute.engine",
            mend=f"run `python -m pip install '{REQUIREMENT}'`, or write engine = \"local\"",
        )


def _settings(params: ComputeParams) -> dict[str, str]:
    here = _ON_THIS_MACHINE if params.master.startswith("local") else {}
    return {"spark.master": params.master, **_SETTINGS, **here, **params.spark}


@contextmanager
def _running(settings: Mapping[str, str], code: Path, log: Path) -> Generator["SparkSession"]:
    """A session whose workers have the code; afterwards no process or handler of it is left."""
    on_interrupt = getsignal(SIGINT)
    gateway = _java(settings, log)
    try:
        session = _session(settings, gateway, code, log)
        try:
            yield session
        finally:
            session.stop()
    finally:
        _end(gateway)
        if current_thread() is main_thread():
            signal(SIGINT, on_interrupt)


@_silent()
def _java(settings: Mapping[str, str], log: Path) -> "JavaGateway":
    """Spark's own process, which ends when ours does; what it says goes to the log."""
    from pyspark import SparkConf
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    with log.open("wb") as said:
        try:
            conf = SparkConf().setAll([*settings.items()])
            return launch_gateway(conf, {"stdout": said, "stderr": said})
        except PySparkException as error:
            clear_frames(error.__traceback__)  # the pipe of a process that is gone
            raise _not_started(settings, log) from None


@_silent()
def _session(
    settings: Mapping[str, str], gateway: "JavaGateway", code: Path, log: Path
) -> "SparkSession":
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    path = [*sys.path]
    try:
        conf = SparkConf().setAll([*settings.items()])
        context = SparkContext(conf=conf, gateway=gateway, pyFiles=[str(code)])
        context.pythonExec = settings.get("spark.pyspark.python", context.pythonExec)
        return SparkSession(context)
    except (Py4JError, PySparkException):
        raise _not_started(settings, log) from None
    finally:
        sys.path[:] = path  # where PySpark puts what only workers are to import


def _end(gateway: "JavaGateway") -> None:
    """Let Spark's process go, and PySpark forget it: another may be started later."""
    from pyspark import SparkContext

    process = cast("Popen[bytes]", gateway.proc)
    gateway.shutdown()
    for name in ("_gateway", "_jvm"):  # PySpark has no public way to forget them
        setattr(SparkContext, name, None)
    cast("IO[bytes]", process.stdin).close()
    try:
        process.wait(_ENDS_WITHIN_SECONDS)
    except TimeoutExpired:
        process.kill()
        process.wait()


def _not_started(settings: Mapping[str, str], log: Path) -> WorkspaceInvalid:
    """Why Spark did not start, out of what it said; without Spark's own words it was Java."""
    said = log.read_text(errors="replace")
    causes = re.findall(r"(?m)SparkException: (.+)$|ERROR \w+: (.+)$", said)
    if causes:
        why = "".join(causes[-1])
        mend = "look at the address, and that this machine reaches Spark there"
    else:
        errors = re.findall(r"(?m)^.*(?:Error|Exception).*$", said)
        why = errors[-1] if errors else (said.splitlines() or ["Java said nothing"])[0]
        mend = (
            "install Java 17 or later (on Debian `apt-get install openjdk-17-jre-headless`), to be"
            " found by PATH or JAVA_HOME"
        )
    return WorkspaceInvalid(
        f"Spark did not start: {why}", where=f"compute.master {settings['spark.master']}", mend=mend
    )
