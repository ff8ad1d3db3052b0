"""A Spark cluster of one master and one worker on this machine, as Spark's own programs make it."""

import os
import re
import subprocess
import sys
import sysconfig
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark
from sparked import SOON_UP

ON_LOOPBACK = {
    "SPARK_LOCAL_IP": "127.0.0.1",
    "SPARK_NO_DAEMONIZE": "1",
    "SPARK_DAEMON_JAVA_OPTS": SOON_UP,
}
WAIT_SECONDS = 120


@contextmanager
def cluster(folder: Path, cores: int = 2):
    """The address of a master with a worker; both are gone afterwards."""
    folder.mkdir()
    with ExitStack() as stack:
        at = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        log = _started(stack, folder, "master.Master", at)
        master = _said(log, r"Starting Spark master at (\S+)")
        size = ["--cores", str(cores), "--memory", "1g", "--work-dir", str(folder)]
        log = _started(stack, folder, "worker.Worker", [*at, *size, master])
        _said(log, r"Successfully registered with master")
        yield master


def bare_python(folder: Path) -> dict[str, str]:
    """Settings by which workers have jejak's dependencies, and no jejak of their own.

    Without `site` Python does not see that this project is installed in place.
    """
    python = folder / "python"
    packages = sysconfig.get_path("purelib")
    python.write_text(
        f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{packages}" exec {sys.executable} -S "$@"\n'
    )
    python.chmod(0o755)
    return {
        "spark.pyspark.python": str(python),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "512m",
    }


def _started(stack: ExitStack, folder: Path, role: str, arguments: list[str]) -> Path:
    home = Path(pyspark.__file__).parent
    log = folder / f"{role}.log"
    with log.open("wb") as said:
        program = subprocess.Popen(
            [home / "bin" / "spark-class", f"org.apache.spark.deploy.{role}", *arguments],
            env=os.environ | ON_LOOPBACK,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    stack.callback(program.wait, 30)
    stack.callback(program.terminate)
    return log


def _said(log: Path, pattern: str) -> str:
    """What the log says, as soon as it does."""
    end = time.monotonic() + WAIT_SECONDS
    while not (found := re.search(pattern, log.read_text())):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    return found[found.re.groups]
