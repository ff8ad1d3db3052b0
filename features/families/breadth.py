"""Breadth: how many channels and steps, in nested windows."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary
from features.known.past import Past
from features.known.trace import Ints
from features.traits import mixture
from features.traits.mixture import Kinds


def distinct_in_window(past: Past, kinds: Kinds, days: int) -> Ints:
    """Number of different kinds among the events of the last days."""
    return mixture.distinct(past, kinds, days)


def breadth(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Different channels and steps in each window, where there are several of them."""
    channels = vocabulary.every_channel
    for kinds in (Kinds("channel", channels), Kinds("step", vocabulary.steps)):
        for days in params.windows_days if len(kinds.words) > 1 else ():
            yield Feature(
                name=f"distinct_{kinds.by}s_{days}d",
                family="breadth",
                unit=f"{kinds.by}s",
                meaning=f"different {kinds.by}s of the events in the last {days} days; "
                "all that the workspace had not seen count as one",
                function=distinct_in_window,
                arguments={"kinds": kinds, "days": days},
                needs=kinds.reads(days),
                whole=True,
            )
