"""Which themes are told of whom: few, weighty, and the same from one night to the next."""

import numpy as np
from numpy.typing import NDArray

from models.logit import Floats

Flags = NDArray[np.bool_]

NEW_LEAST = np.array([0.0, 0.05, 0.05, 0.1, 0.1])
"""Log-odds that the first to fifth theme must move beyond, if it was not told the night before."""

TOLD_LEAST = np.array([0.0, 0.0, 0.0, 0.05, 0.05])
"""And if it was."""

MOST = len(NEW_LEAST)

MARGIN, MARGIN_SHARE = 0.05, 0.2
"""Log-odds, and the share of its own weight, by which a theme that was told is thought weightier
when it competes with one that was not; the greater of both counts."""


def directions(added: Floats, before: NDArray[np.int_]) -> Flags:
    """Whether each row is told what raises its risk, not what lowers it.

    `added` is what all themes add to a row's log-odds, `before` the direction that was told the
    night before: 1 up, -1 down, 0 none. A row that hardly differs from the base rate keeps that.

    >>> directions(np.array([0.3, -0.01, -0.01]), np.array([-1, 0, 1])).tolist()
    [True, False, True]
    """
    hovers = (np.abs(added) < MARGIN) & (before != 0)
    return np.where(hovers, before > 0, added > 0)


def chosen(weights: Floats, before: Flags) -> NDArray[np.intp]:
    """The themes that are told of each row, the weightiest first, then -1: (rows, at most five).

    `weights` are (rows, themes), in the direction that is told; `before` marks the themes told the
    night before. Those stay until others are clearly weightier, or they move hardly anything.

    >>> chosen(np.array([[0.4, 0.3, 0.01]]), np.zeros((1, 3), bool)).tolist()
    [[0, 1, -1]]
    >>> chosen(np.array([[0.4, 0.3, 0.01]]), np.array([[False, False, True]])).tolist()
    [[0, 1, 2]]
    """
    counts = before & (weights > 0)
    margin = np.maximum(MARGIN, MARGIN_SHARE * weights)
    ranks = np.argsort(-(weights + margin * counts), axis=1, kind="stable")[:, :MOST]
    found, kept = (np.take_along_axis(of, ranks, axis=1) for of in (weights, counts))
    few = ranks.shape[1]
    least = np.where(kept, TOLD_LEAST[:few], NEW_LEAST[:few])
    told = np.where(found > least, found, -np.inf)
    order = np.lexsort((ranks, -told), axis=1)
    places = np.where(told > -np.inf, ranks, -1)
    return np.take_along_axis(places, order, axis=1)
