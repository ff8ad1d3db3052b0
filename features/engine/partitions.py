"""Partitions of customers, worked on one after the other or, on a cluster, side by side."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

import polars as pl
import pyarrow as pa

from features.engine.ahead import side_by_side
from features.lake.places import PARTITIONS

PARTITIONS_MOST = 1 << 16

Work = Callable[[int], pa.Table]
"""What is made of the partition of a number. It travels to Spark's workers by its name: it is a
function of a module, or `functools.partial` of one and of values that can be pickled."""


@dataclass(frozen=True, kw_only=True)
class ComputeParams:
    """Where partitions are worked on: on this machine, or by Spark.

    `master` is Spark's address, such as `local[*]`, `spark://host:7077`, `yarn` or `k8s://host`;
    `spark` holds further settings of Spark under Spark's own names. `partitions` is into how many
    the lake is cut; one is worked on by one core, and fits its memory.
    """

    engine: Literal["local", "spark"] = "local"
    partitions: int = PARTITIONS
    master: str = "local[*]"
    spark: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if not 1 <= self.partitions <= PARTITIONS_MOST:
            msg = f"partitions is {self.partitions}; write a number from 1 to {PARTITIONS_MOST}"
            raise ValueError(msg)
        foreign = [name for name in self.spark if not name.startswith("spark.")]
        if foreign:
            msg = f"{foreign[0]!r} is no setting of Spark; write its whole name, spark.…"
            raise ValueError(msg)


class Engine(Protocol):
    """What works on partitions; which one does changes the time that it takes, not a byte."""

    @property
    def threads(self) -> int:
        """How many threads the work on one partition may use."""
        ...

    def map(self, work: Work, places: Sequence[int]) -> Iterator[pa.Table]:
        """What `work` makes of each partition, in the order of `places`.

        Each table is read when it is asked for, so not all of them need to fit the memory.
        """
        ...


@dataclass(frozen=True)
class Local:
    """This machine: as many partitions side by side as there are threads."""

    threads: int = 1

    def map(self, work: Work, places: Sequence[int]) -> Iterator[pa.Table]:
        """What `work` makes of each partition, in the order of `places`."""
        return side_by_side(work, places, self.threads)


LOCAL = Local()


def frames(tables: Iterable[pa.Table]) -> Iterator[pl.DataFrame]:
    """Tables that an engine gave, as frames over the same memory."""
    return (cast("pl.DataFrame", pl.from_arrow(table)) for table in tables)
