"""The words that events use: which steps occur on which channels, and which carry money."""

from datetime import datetime

import polars as pl

from features.catalog import Vocabulary
from features.contracts import Frame
from features.errors import DataRefused
from features.versions import visible

WORDS_MOST = 60
"""More steps or channels than this are names of products, shops or texts, not kinds; each costs
features."""


def vocabulary(events: Frame, until: datetime) -> Vocabulary:
    """The words of all events that occurred, were known and held before an instant.

    `DataRefused` when nothing had happened by then, or there are more than `WORDS_MOST` steps or
    channels.
    """
    known = visible(events, "occurred_at", until)
    pairs = known.select("channel", "step").unique().sort("channel", "step").rows()
    if not pairs:
        raise DataRefused(
            f"there is no event before {until:%Y-%m-%d %H:%M} UTC",
            where="event lake",
            mend="check the dates of the sources, or stand at a later day with --as-of",
        )
    channels, steps = (set(words) for words in zip(*pairs, strict=True))
    _refuse_many("step", steps, "kinds of touch, such as 'order' and 'visit'")
    _refuse_many("channel", channels, "channels, such as 'store' and 'web'")
    with_value = known.filter(pl.col("value").is_not_null())["step"].unique().sort()
    return Vocabulary(pairs=tuple(pairs), steps_with_value=tuple(with_value))


def steps_by_frequency(events: Frame) -> dict[str, bool]:
    """The steps, most frequent first, equals by name; and whether each carries money."""
    carries = pl.col("value").is_not_null().any()
    steps = events.group_by("step").agg(rows=pl.len(), carries_money=carries)
    ordered = steps.sort("rows", "step", descending=[True, False])
    return dict(ordered.select("step", "carries_money").iter_rows())


def _refuse_many(column: str, words: set[str], few: str) -> None:
    if len(words) > WORDS_MOST:
        raise DataRefused(
            f"the events have {len(words)} different {column}s, more than {WORDS_MOST}",
            where=f"columns.{column} of the sources",
            mend=f"map them to a few {few}",
        )
