"""What a customer is worth who pays nothing yet: what those of the same stage come to."""

import numpy as np

from models.logit import Floats
from models.pains.contrast import Ints


def worths(here: Ints, to: Ints, own: Floats, stages: int) -> list[float]:
    """The yearly money of each stage: the mean of those there, or what they come to.

    Of rows with the stage now, the stage next (-1 where none is told) and the money now. Where
    hardly anybody pays, a stage is worth what the stages are that customers move to next, as often
    as they do: the value of a Markov chain that ends where customers pay or leave.

    >>> here, to = np.array([0, 0, 0, 0, 1, 1]), np.array([1, 2, 1, -1, -1, -1])
    >>> [round(one) for one in worths(here, to, np.array([0.0, 0, 0, 0, 90, 30]), 2)]
    [40, 60]
    """
    count = np.bincount(here, minlength=stages)
    paying = np.bincount(here, weights=own > 0, minlength=stages) * 2 > count
    mean = np.bincount(here, weights=own, minlength=stages) / np.maximum(count, 1)
    moved = (to >= 0) & (to != here)
    flow = np.zeros((stages, stages))
    inside = moved & (to < stages)
    np.add.at(flow, (here[inside], to[inside]), 1)
    left = np.bincount(here[moved], minlength=stages)
    flow /= np.maximum(left, 1)[:, None]
    flow[paying] = 0
    start = np.where(paying, mean, 0.0)
    return [float(one) for one in np.linalg.lstsq(np.eye(stages) - flow, start, rcond=None)[0]]
