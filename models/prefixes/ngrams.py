"""The back-off n-gram: how often each outcome followed the last activities, in smoothed counts.

A context that was seen seldom speaks as the one without its oldest activity does: the smoothing of
`transforms.shares` (MacKay and Peto 1995).
"""

from dataclasses import dataclass

import pandas as pd

from models.logit import Floats
from models.prefixes.events import Events, Flags
from models.prefixes.own import activity_back
from models.transforms.shares import Context, Counts, contexts, count, smoothed


@dataclass(frozen=True)
class NGram:
    """Counts behind each context of up to `order` activities, the present one foremost."""

    counts: Counts
    order: int
    outcomes: int
    pseudo_rows: float

    @classmethod
    def fit(
        cls, events: Events, kept: Flags, *, order: int, outcomes: int, pseudo_rows: float
    ) -> "NGram":
        """Count what followed the events that are kept."""
        told = _contexts(events, kept, order)
        return cls(count(told, events.following[kept], outcomes), order, outcomes, pseudo_rows)

    def probabilities(self, events: Events, kept: Flags) -> Floats:
        """Probability of each outcome after each event that is kept: (rows, outcomes)."""
        told = _contexts(events, kept, self.order)
        return smoothed(self.counts, told, self.outcomes, self.pseudo_rows)


def _contexts(events: Events, kept: Flags, order: int) -> list[Context]:
    last = {activity_back(back): events.back(events.activity, back)[kept] for back in range(order)}
    return contexts(pd.DataFrame(last), list(last))
