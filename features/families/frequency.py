"""Frequency: how often, in nested windows."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.past import Past, Where
from features.trace import Ints


def events_in_window(past: Past, where: Where, days: int) -> Ints:
    """Number of events in the last days."""
    return past.count(where, days)


def active_days_in_window(past: Past, where: Where, days: int) -> Ints:
    """Number of business days that began to be active in the last days."""
    return past.active_days(where, days)


def frequency(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Events and active days in each window, over all events and in each channel and step."""
    for where in vocabulary.slices:
        for days in params.windows_days:
            yield Feature(
                name=f"events{slug(where)}_{days}d",
                family="frequency",
                unit="events",
                meaning=f"number of {phrase(where, 'events')} in the last {days} days",
                function=events_in_window,
                arguments={"where": where, "days": days},
                needs=reads(where, days),
                whole=True,
            )
        for days in params.windows_days:
            yield Feature(
                name=f"active_days{slug(where)}_{days}d",
                family="frequency",
                unit="days",
                meaning=f"business days with {phrase(where, 'events')} in the last {days} days",
                function=active_days_in_window,
                arguments={"where": where, "days": days},
                needs=reads(where, days),
                whole=True,
            )
