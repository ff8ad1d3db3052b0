"""Work for Spark's tests, in a module that its workers can import."""

import os
import sys
import time
from pathlib import Path

import pyarrow as pa

import features
from features.errors import DataRefused
from features.partitions import ComputeParams

HERE = str(Path(__file__).parent)
WITH_TESTS = {"spark.executorEnv.PYTHONPATH": HERE}
"""A setting of Spark by which its workers find this module."""
PACKAGES = ("features", "models", "serving", "pipelines")
ON_TWO = ComputeParams(engine="spark", master="local[2]", spark=WITH_TESTS)


def squares(place: int) -> pa.Table:
    """As many rows as the place says, with numbers of their own."""
    return pa.table({"place": [place] * place, "square": [at * at for at in range(place)]})


def refused_from(place: int, first: int) -> pa.Table:
    """A refusal for this place and all behind it."""
    if place >= first:
        raise DataRefused(f"place {place} is refused", where="its file", mend="read it again")
    return squares(place)


def whereabouts(place: int) -> pa.Table:
    """Where the work is done, and with which code."""
    threads = os.environ.get("POLARS_MAX_THREADS", "")
    told = {"place": place, "pid": os.getpid(), "threads": threads, "python": sys.executable}
    return pa.Table.from_pylist([{**told, "code": features.__file__}])


def asleep(place: int, mark: Path) -> pa.Table:
    """A task that leaves a mark and does not end by itself."""
    mark.with_suffix(f".{place}").write_text(str(os.getpid()))
    time.sleep(600)
    return squares(place)
