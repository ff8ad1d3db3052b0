"""Monetary: how much money, in nested windows."""

from collections.abc import Iterator

import numpy as np

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats
from features.known.past import EVERYTHING, Past, Where
from features.measures import SCALE


def value_in_window(past: Past, where: Where, days: int) -> Floats:
    """Money in the last days."""
    return past.total("value", where, days) / SCALE


def value_per_event(past: Past, where: Where, days: int) -> Floats:
    """Money an event in the last days; NaN if there was none."""
    count = past.count(where, days)
    total = past.total("value", where, days)
    out = np.full(total.shape, np.nan)
    np.divide(total, count * SCALE, out=out, where=count > 0)
    return out


def money(where: Where, days: int) -> Feature:
    """The feature of money in one window."""
    return Feature(
        name=f"value{slug(where)}_{days}d",
        family="monetary",
        unit="currency",
        meaning=f"money of {phrase(where, 'events')} in the last {days} days",
        function=value_in_window,
        arguments={"where": where, "days": days},
        needs=reads(where, days, measures=["value"]),
    )


def monetary(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Money in each window, and money an event, over all events and of each step with money."""
    if not vocabulary.steps_with_value:
        return
    steps = [Where(step=step) for step in vocabulary.steps_with_value]
    for where in (EVERYTHING, *steps):
        for days in params.windows_days:
            yield money(where, days)
    for where in steps:
        for days in params.windows_days:
            yield Feature(
                name=f"value_per_event{slug(where)}_{days}d",
                family="monetary",
                unit="currency per event",
                meaning=f"money an {phrase(where)} in the last {days} days; empty if none",
                function=value_per_event,
                arguments={"where": where, "days": days},
                needs=reads(where, days, measures=["value"]),
            )
