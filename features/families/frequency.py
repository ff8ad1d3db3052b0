"""Frequency: how often, in nested windows."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.past import Past, Where
from features.known.trace import Ints


def events_in_window(past: Past, where: Where, days: int) -> Ints:
    """Number of events in the last days."""
    return past.count(where, days)


def active_days_in_window(past: Past, where: Where, days: int) -> Ints:
    """Number of business days that began to be active in the last days."""
    return past.active_days(where, days)


COUNTS = (
    ("events", "events", "number of {} in the last {} days", events_in_window),
    ("active_days", "days", "business days with {} in the last {} days", active_days_in_window),
)
"""Name, unit, meaning and function of what is counted in each window."""


def frequency(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Events and active days in each window, over all events and in each channel and step."""
    for where in vocabulary.slices:
        for name, unit, meaning, function in COUNTS:
            for days in params.windows_days:
                yield Feature(
                    name=f"{name}{slug(where)}_{days}d",
                    family="frequency",
                    unit=unit,
                    meaning=meaning.format(phrase(where, "events"), days),
                    function=function,
                    arguments={"where": where, "days": days},
                    needs=reads(where, days),
                    whole=True,
                )
