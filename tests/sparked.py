"""Work for Spark's tests, in a module that its workers can import."""

import os
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa

import features
from features.build import build
from features.catalog import Feature
from features.engine.partitions import ComputeParams
from features.errors import DataRefused
from features.known.told import Parts

HERE = str(Path(__file__).parent)
SOON_UP = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Java compiles quickly rather than well: a test's Spark is gone before more would pay."""
WITH_TESTS = {
    "spark.executorEnv.PYTHONPATH": HERE,
    "spark.driver.extraJavaOptions": SOON_UP,
    "spark.executor.extraJavaOptions": SOON_UP,
}
"""Settings of Spark by which its workers find this module, and it comes up soon."""
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


def divided(place: int, by: int) -> pa.Table:
    """A mistake of the work, where it divides by nothing."""
    return squares(place // by)


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


@dataclass(frozen=True)
class Panelling:
    """The whole panel of each partition: everyone, whether at risk or not."""

    parts: Parts
    cutoffs: tuple[datetime, ...]
    features: tuple[Feature, ...]
    zone: ZoneInfo
    company: pl.DataFrame | None

    def table(self, place: int) -> pa.Table:
        told = self.parts[place]
        panel = build(
            told, None, self.cutoffs, self.features, self.zone, peers=self.company, threads=1
        )
        return panel.to_arrow()


def bits(table: pa.Table) -> dict[str, tuple[str, object]]:
    """Each column's type and values, to the bit."""
    return {field.name: (str(field.type), _bits(table[field.name])) for field in table.schema}


def _bits(column: pa.ChunkedArray) -> object:
    if pa.types.is_floating(column.type):
        return column.is_null().to_pylist(), column.to_numpy().tobytes()
    return column.to_pylist()
