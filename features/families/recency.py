"""Recency: how long a customer has been silent."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats
from features.known.past import Past, Where


def days_since_last(past: Past, where: Where) -> Floats:
    """Days, with fraction, since the last event."""
    return past.days_since_last(where)


def recency(_params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Days since the last event, over all events and in each channel and step."""
    for where in vocabulary.slices:
        yield Feature(
            name=f"days_since_last{slug(where)}",
            family="recency",
            unit="days",
            meaning=f"days since the last {phrase(where)}; empty if there was none",
            function=days_since_last,
            arguments={"where": where},
            needs=reads(where),
        )
