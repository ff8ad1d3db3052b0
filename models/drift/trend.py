"""Where a column would stand tonight if it went on as it went while the model learned."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from models.logit import Floats

CUTOFFS_LEAST = 6
SURE = 3.0
"""Standard errors from which a slope over the cutoffs is no chance."""

FURTHEST = 1.0
"""No further than the training was long a trend is carried on."""


@dataclass(frozen=True, kw_only=True)
class Tonight:
    """What is known of tonight beside the values.

    The first `cutoffs` rows of a shape are those of training cutoffs, which lie evenly apart;
    tonight is `ahead` times as far from the last as that is from the first. `spans` names columns
    of spans of time: after a mailing to everybody days are few, which is no other unit.
    """

    cutoffs: int = 0
    ahead: float = 0.0
    spans: Collection[str] = field(default_factory=frozenset[str])


def carried_on(told: Floats, ahead: float) -> float:
    """How far from its mean at the cutoffs a column would be, if its trend is one and goes on.

    Who looks at all of history finds longer gaps and earlier firsts the longer it is.

    >>> round(carried_on(np.arange(12.0), 0.5), 1), carried_on(np.array([0.0, 1.0] * 6), 0.5)
    (11.0, 0.0)
    """
    if len(told) < CUTOFFS_LEAST or not np.isfinite(told).all():
        return 0.0
    place = np.linspace(-0.5, 0.5, len(told))
    slope = float(place @ told / (place @ place))
    rest = told - told.mean() - slope * place
    error = np.sqrt(rest @ rest / (len(told) - 2) / (place @ place))
    return slope * (0.5 + min(ahead, FURTHEST)) if abs(slope) > SURE * error else 0.0


def beyond(moved: float, expected: float) -> float:
    """How much further something moved than was to be expected; nothing where it did not get there.

    >>> beyond(0.5, 0.3), beyond(-0.5, 0.3), beyond(0.2, 0.3)
    (0.2, -0.5, 0.0)
    """
    if moved * expected <= 0:
        return moved
    return float(np.sign(moved)) * max(abs(moved) - abs(expected), 0.0)
