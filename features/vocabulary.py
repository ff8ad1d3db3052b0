"""The words that events use: which steps occur on which channels, and which carry money."""

from datetime import datetime

import polars as pl

from features.catalog import Vocabulary
from features.contracts import Frame
from features.errors import DataRefused

STEPS_MOST = 60
"""More steps than this are names of products or texts, not kinds of touch; each costs features."""


def vocabulary(events: Frame, until: datetime) -> Vocabulary:
    """The words of all events that occurred and were known before an instant.

    `DataRefused` when nothing had happened by then, or there are more than `STEPS_MOST` steps.
    """
    known = events.filter((pl.col("occurred_at") < until) & (pl.col("known_at") < until))
    pairs = known.select("channel", "step").unique().sort("channel", "step").rows()
    steps = {step for _, step in pairs}
    if not pairs:
        raise DataRefused(
            f"there is no event before {until:%Y-%m-%d %H:%M} UTC",
            where="event lake",
            mend="check the dates of the sources, or stand at a later day with --as-of",
        )
    if len(steps) > STEPS_MOST:
        raise DataRefused(
            f"the events have {len(steps)} different steps, more than {STEPS_MOST}",
            where="columns.step of the sources",
            mend="map them to a few kinds of touch, such as 'order' and 'visit'",
        )
    with_value = known.filter(pl.col("value").is_not_null())["step"].unique().sort()
    return Vocabulary(pairs=tuple(pairs), steps_with_value=tuple(with_value))
