"""Tenure: how long a customer has been known."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats
from features.known.past import Past, Where


def days_since_first(past: Past, where: Where) -> Floats:
    """Days, with fraction, since the first event."""
    return past.days_since_first(where)


def tenure(_params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Days since the first event, over all events and in each channel and step."""
    for where in vocabulary.slices:
        yield Feature(
            name=f"days_since_first{slug(where)}",
            family="tenure",
            unit="days",
            meaning=f"days since the first {phrase(where)}; empty if there was none",
            function=days_since_first,
            arguments={"where": where},
            needs=reads(where),
        )
