"""Rows on their way out, and the batches that they form."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from serving.destinations.destination import Row


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the outbox as it is about to be sent.

    `before` is whose score lay under its key before this row was sent for the first time, empty
    where none did, and None where that is not known.
    """

    run_id: str
    customer_id: str
    row: Row
    hash: str
    attempts: int
    before: str | None = None


def batch_id(destination: str, lines: Sequence[Line]) -> str:
    """The name of a batch: the same run, destination, keys and values make the same batch."""
    told = [lines[0].run_id, destination, *(f"{one.row.key}\0{one.hash}" for one in lines)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]


def within(lines: Sequence[Line], most: int, weigh: Callable[[Row], int]) -> Iterator[Line]:
    """The first rows that together weigh no more than `most`; at least one."""
    weight = 0
    for at, line in enumerate(lines):
        weight += weigh(line.row)
        if at and weight > most:
            return
        yield line
