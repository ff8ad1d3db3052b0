"""The graph of records and handles: who hangs together, and which handles join nobody."""

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]

HUB_LIMIT = 3
"""More different handles of one kind than this beside a handle: it is no one person's."""

_MANY_A_PERSON = "^device:"
_NO_PERSON = "^(domain$|traits$|account:)"


def strong(records: pl.DataFrame) -> pl.DataFrame:
    """The rows whose handle names a person, not only a company, traits or nobody."""
    named = pl.col("kind").is_not_null() & ~pl.col("kind").str.contains(_NO_PERSON)
    return records.filter(named)


def hubs(links: pl.DataFrame, limit: int = HUB_LIMIT) -> pl.DataFrame:
    """The handles beside which, over all their records, stand too many others of one kind.

    `links` has `record`, `node` (the handle as a number), `kind` and `handle`. Devices are not
    counted, since one person has many. Further records can make a handle a hub and never the
    reverse. Returns the contract's columns and `node`.
    """
    beside = links.select("node", beside=pl.len().over("record") - 1)
    busy = beside.group_by("node").agg(pl.col("beside").sum()).filter(pl.col("beside") > limit)
    around = links.join(busy.select("node"), on="node", how="semi")
    counted = links.filter(~pl.col("kind").str.contains(_MANY_A_PERSON))
    met = around.select("record", "node").join(
        counted.select("record", "kind", other="node"), on="record"
    )
    others = (
        met.filter(pl.col("node") != pl.col("other"))
        .group_by("node", "kind")
        .agg(others=pl.col("other").n_unique())
        .group_by("node")
        .agg(pl.col("others").max().cast(pl.UInt32))
        .filter(pl.col("others") > limit)
    )
    shared = around.join(others, on="node").group_by("kind", "handle", "node", "others")
    return shared.agg(records=pl.len().cast(pl.UInt32)).sort("kind", "handle")


def founders(links: pl.DataFrame, size: int) -> Ints:
    """For each of `size` records, the lowest record that handles lead to from it.

    `links` has `record` (from 0) and `node` (the handle as a number).
    """
    nodes = links["node"].rank("dense").cast(pl.Int64).to_numpy() + (size - 1)
    records = links["record"].cast(pl.Int64).to_numpy()
    return lowest(records, nodes, size + links["node"].n_unique())[:size]


def lowest(left: Ints, right: Ints, size: int) -> Ints:
    """For each of `size` nodes, the lowest node of its connected component; edges left-right.

    Each round every root hooks on to its lowest neighbour, paths are cut short, and edges inside
    a tree are dropped; the roots that are left shrink by a factor each round.

    >>> lowest(np.array([3, 4]), np.array([1, 3]), 5).tolist()
    [0, 1, 2, 1, 1]
    """
    root = np.arange(size, dtype=np.int64)
    while len(left):
        np.minimum.at(root, np.maximum(left, right), np.minimum(left, right))
        root = _shortened(root)
        left, right = root[left], root[right]
        apart = left != right
        left, right = left[apart], right[apart]
    return root


def _shortened(root: Ints) -> Ints:
    while True:
        above = root[root]
        if np.array_equal(above, root):
            return root
        root = above
