"""Cells of the journey that hurt: found one after the other, each at the level that explains it.

A cell is a stage, a channel, a persona, or some of them together. What stands out most is told
first, and what it explains is taken off before the next is looked for: a pain of a channel is not
told again of each of its stages, and a pain of one persona on it is not told of the channel.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from models.pains.contrast import Crowd, Excess

Flags = NDArray[np.bool_]

DIMENSIONS = ("stage", "channel", "persona")
NO_CHANNEL = "none"
"""The channel of who had no contact of late: no place that could be mended."""


class Cell(NamedTuple):
    """Where customers are; an empty word means all of that kind."""

    stage: str = ""
    channel: str = ""
    persona: str = ""

    @property
    def level(self) -> int:
        """How many of the three are named."""
        return sum(word != "" for word in self)


@dataclass(frozen=True)
class Standing:
    """A cell as it was found: its rows, and what befell them beyond what others explain."""

    cell: Cell
    rows: Flags
    observed: float
    excess: float
    error: float


def cells(
    rows: pd.DataFrame, customers_least: int, drops_least: int, *, whole: bool = False
) -> list[Cell]:
    """The cells of enough customers, of whom enough may drop off, the coarsest first.

    Each set of rows is one cell, by its coarsest name. What came plays no part in the choice.
    Without `whole` neither all rows together nor a whole stage is one: compared within a stage,
    nobody is left to compare them with.
    """
    seen: set[tuple[int, int]] = set()
    found: list[Cell] = []
    marks = np.random.default_rng(0).integers(1, 1 << 62, len(rows))
    for cell in sorted(_named(rows), key=lambda one: one.level):
        if not whole and not (cell.channel or cell.persona):
            continue
        inside = within(rows, cell)
        mark = (int(inside.sum()), int(np.bitwise_xor.reduce(marks[inside], initial=0)))
        enough = rows.loc[inside, "dropped"].sum() >= drops_least
        if (
            mark not in seen
            and enough
            and rows.loc[inside, "customer"].nunique() >= customers_least
        ):
            seen.add(mark)
            found.append(cell)
    return found


def within(rows: pd.DataFrame, cell: Cell) -> Flags:
    """Which rows lie in a cell."""
    inside = np.ones(len(rows), dtype=np.bool_)
    for name, word in zip(DIMENSIONS, cell, strict=True):
        if word:
            inside &= rows[name].eq(word).to_numpy(np.bool_)
    return inside


def standing_out(
    crowd: Crowd, inside: Sequence[Flags], outside: Sequence[Flags], named: Sequence[Cell], q: float
) -> tuple[list[Standing], list[Excess]]:
    """The cells that stand out, the surest first, and the excess of every cell.

    `inside` are the rows of each cell and `outside` those that it is compared with. Of those told a
    share of at most `q` is expected to be none: the k-th is told while its one-sided p is at most
    k q of as many cells as there are (Benjamini and Hochberg 1995, read from the first on).
    """
    all_ = [crowd.contrast(*pair) for pair in zip(inside, outside, strict=True)]
    error = np.array([one.error for one in all_])
    residual, told = crowd.residual.copy(), list[Standing]()
    left = {place for place, one in enumerate(all_) if one.error > 0}
    while left:
        now = Crowd(
            outcome=residual + crowd.expected,
            expected=crowd.expected,
            stratum=crowd.stratum,
            customer=crowd.customer,
        )
        excess = {at: now.contrast(inside[at], outside[at]).excess for at in sorted(left)}
        best = max(excess, key=lambda at: excess[at] / error[at])
        if norm.sf(excess[best] / error[best]) > q * (len(told) + 1) / len(all_):
            break
        told.append(
            Standing(
                cell=named[best],
                rows=inside[best],
                observed=all_[best].observed,
                excess=excess[best],
                error=float(error[best]),
            )
        )
        residual[inside[best]] -= excess[best]
        left.remove(best)
    return told, all_


def spread_of(found: Iterable[Excess]) -> float:
    """The variance of true excesses around none (DerSimonian and Laird 1986), by all cells."""
    known = [one for one in found if one.error > 0]
    weight = np.array([one.error**-2 for one in known])
    square = float((weight * np.array([one.excess for one in known]) ** 2).sum())
    return max(0.0, (square - len(known)) / weight.sum()) if known else 0.0


def shrunk(excess: float, error: float, spread: float) -> float:
    """An excess drawn towards none, the more the less is known of it (Efron and Morris 1975).

    >>> shrunk(0.1, 0.05, 0.0025)
    0.05
    """
    return excess * spread / (spread + error**2) if spread else 0.0


def _named(rows: pd.DataFrame) -> Iterator[Cell]:
    yield Cell()
    for size in range(1, len(DIMENSIONS) + 1):
        for names in combinations(DIMENSIONS, size):
            for words in rows.loc[:, list(names)].drop_duplicates().to_numpy().tolist():
                cell = Cell(**dict(zip(names, map(str, words), strict=True)))
                if all(words) and cell.channel != NO_CHANNEL:
                    yield cell
