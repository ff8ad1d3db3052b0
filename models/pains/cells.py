"""Cells of the journey that hurt: found one after the other, each at the level that explains it.

A cell is a stage, a channel, a persona, or some of them together. What stands out most is told
first, and what it explains is taken off before the next is looked for: a pain of a channel is not
told again of each of its stages, and a pain of one persona on it is not told of the channel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from models.logit import Floats
from models.pains.contrast import Crowd, Excess, Ints

DIMENSIONS = ("stage", "channel", "persona")
NO_CHANNEL = "none"
"""The channel of who had no contact of late: no place that could be mended."""

LOOKED_AT_MOST = 60
"""Only so many of the cells that stand out most are looked at again when one has been told."""


class Cell(NamedTuple):
    """Where customers are; an empty word means all of that kind."""

    stage: str = ""
    channel: str = ""
    persona: str = ""

    @property
    def level(self) -> int:
        """How many of the three are named."""
        return sum(word != "" for word in self)


class Place(NamedTuple):
    """A cell with the numbers of its rows."""

    cell: Cell
    rows: Ints


@dataclass(frozen=True)
class Standing:
    """A cell as it was found: its rows, and what befell them beyond what others explain.

    `lost` is the same in money a row.
    """

    place: Place
    observed: float
    excess: float
    error: float
    lost: Excess


def places(
    rows: pd.DataFrame, chosen: Ints, customers_least: int, drops_least: int, *, whole: bool = False
) -> list[Place]:
    """The cells of enough customers, of whom enough may drop off, the coarsest first.

    Of `chosen` rows. Each set of rows is one cell, by its coarsest name. What came plays no part in
    the choice. Without `whole` neither all rows together nor a whole stage is one: compared within
    a stage, nobody is left to compare them with. All together are one however few may drop off.
    """
    leaves = _leaves(rows, chosen)
    customer = rows["customer"].to_numpy(np.int64)
    p = rows["drop_expected"].to_numpy(np.float64)
    seen, found = set[frozenset[Cell]](), list[Place]()
    for cell, inside in _coarser(leaves):
        if inside in seen or not (whole or cell.channel or cell.persona):
            continue
        seen.add(inside)
        own = np.sort(np.concatenate([leaves[leaf] for leaf in sorted(inside)]))
        enough = p[own].sum() >= drops_least or not cell.level
        if enough and len(np.unique(customer[own])) >= customers_least:
            found.append(Place(cell, own))
    return found


def within(rows: pd.DataFrame, cell: Cell) -> NDArray[np.bool_]:
    """Which rows lie in a cell."""
    inside = np.ones(len(rows), dtype=np.bool_)
    for name, word in zip(DIMENSIONS, cell, strict=True):
        if word:
            inside &= rows[name].eq(word).to_numpy(np.bool_)
    return inside


def standing_out(
    crowd: Crowd, inside: Sequence[Place], pools: Sequence[Ints], worth: Floats, q: float
) -> tuple[list[Standing], list[Excess]]:
    """The cells that stand out, the surest first, and the excess of every cell.

    `pools` are the rows that each is compared with, as far as they are not its own; `worth` is the
    money of each row of the crowd. Of those told a share of at most `q` is expected to be none: the
    k-th is told while its two-sided p is at most k q of as many cells as there are (Benjamini and
    Hochberg 1995, read from the first on).
    """
    every = [crowd.contrast(one.rows, pool) for one, pool in zip(inside, pools, strict=True)]
    z = np.array([one.excess / one.error if one.error > 0 else -np.inf for one in every])
    left = [int(at) for at in np.argsort(-z, kind="stable") if z[at] > 0][:LOOKED_AT_MOST]
    told, now = list[Standing](), crowd
    while left:
        excess = {at: now.contrast(inside[at].rows, pools[at]).excess for at in sorted(left)}
        best = max(excess, key=lambda at: excess[at] / every[at].error)
        error = every[best].error
        if 2 * norm.sf(excess[best] / error) > q * (len(told) + 1) / len(every):
            break
        place, observed = inside[best], every[best].observed
        lost = now.contrast(place.rows, pools[best], worth)
        told.append(Standing(place, observed, excess[best], error, lost))
        now = now.less(excess[best], place.rows)
        left.remove(best)
    return told, every


def _leaves(rows: pd.DataFrame, chosen: Ints) -> dict[Cell, Ints]:
    """The finest cells, each with the numbers of its rows."""
    if not len(chosen):
        return {}
    told = [pd.factorize(rows[name]) for name in DIMENSIONS]
    codes = [code.astype(np.int64) for code, _ in told]
    words = [list(map(str, known)) for _, known in told]
    sizes = [len(known) for known in words]
    leaf = np.ravel_multi_index([code[chosen] for code in codes], sizes)
    order = np.argsort(leaf, kind="stable")
    own = chosen[order]
    _, first = np.unique(leaf[order], return_index=True)
    found: dict[Cell, Ints] = {}
    for start, end in pairwise([*first.tolist(), len(own)]):
        one = int(own[start])
        named = (known[int(code[one])] for known, code in zip(words, codes, strict=True))
        found[Cell(*named)] = own[start:end]
    return found


def _coarser(leaves: dict[Cell, Ints]) -> Iterator[tuple[Cell, frozenset[Cell]]]:
    """Every cell that can be named, and the finest ones in it, the coarsest first."""
    if leaves:
        yield Cell(), frozenset(leaves)
    for size in range(1, len(DIMENSIONS) + 1):
        for names in combinations(DIMENSIONS, size):
            inside: dict[Cell, set[Cell]] = {}
            for leaf in leaves:
                words = {name: getattr(leaf, name) for name in names}
                if all(words.values()) and words.get("channel") != NO_CHANNEL:
                    inside.setdefault(Cell(**words), set()).add(leaf)
            yield from ((cell, frozenset(found)) for cell, found in sorted(inside.items()))
