"""Diversity: how evenly events spread over channels, steps, hours and days of the week."""

from collections.abc import Iterator

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats, ratio
from features.known.past import Past, Where
from features.known.windows import telling
from features.traits import mixture
from features.traits.mixture import Kinds

CLOCK = (Kinds("hour"), Kinds("weekday"))

DAYTIMES = {"night": (0, 6), "morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
"""Hours of the business's clock, from the first up to but without the last."""

WEEKEND = (5, 7)
"""Saturday and Sunday."""


def entropy(past: Past, kinds: Kinds, days: int) -> Floats:
    """Entropy in bits of the kinds of the events in the last days."""
    return mixture.entropy(past, kinds, days)


def top_share(past: Past, kinds: Kinds, days: int) -> Floats:
    """Share of the commonest kind among the events in the last days."""
    return mixture.top_share(past, kinds, days)


def share_of_events(past: Past, where: Where, days: int) -> Floats:
    """Share of some events among all in the last days."""
    return ratio(past.count(where, days), past.count(days=days))


def share_of_span(past: Past, by: str, span: tuple[int, int], days: int) -> Floats:
    """Share of the events at hours, or on weekdays, `span[0]` up to `span[1]` in the last days."""
    return ratio(mixture.within(past, by, span, days), past.count(days=days))


def diversity(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Entropies and the commonest kind's share in long windows; all shares in the longest one."""
    channels = vocabulary.every_channel
    words = (Kinds("channel", channels), Kinds("step", vocabulary.steps))
    words = tuple(kinds for kinds in words if len(kinds.words) > 1)
    longest = max(params.windows_days)
    for days in sorted({telling(params.windows_days)[-1], longest}):
        for kinds in (*words, *CLOCK):
            yield from _evenness(kinds, days)
    yield from _shares_of_words(words, longest)
    yield from _shares_of_spans(longest)


def _evenness(kinds: Kinds, days: int) -> Iterator[Feature]:
    measures = (
        ("entropy", "bits", "entropy of the {}s of events in the last {} days, 0 if all are alike"),
        ("top_share", "share", "share of the commonest {} among the events in the last {} days"),
    )
    for (name, unit, meaning), function in zip(measures, (entropy, top_share), strict=True):
        yield Feature(
            name=f"{kinds.by}_{name}_{days}d",
            family="diversity",
            unit=unit,
            meaning=meaning.format(kinds.by, days) + "; empty if no event",
            function=function,
            arguments={"kinds": kinds, "days": days},
            needs=kinds.reads(days),
        )


def _shares_of_words(words: tuple[Kinds, ...], days: int) -> Iterator[Feature]:
    for where in (where for kinds in words for where in kinds.wheres):
        yield Feature(
            name=f"share{slug(where)}_{days}d",
            family="diversity",
            unit="share",
            meaning=f"share of {phrase(where, 'events')} among all in the last {days} days; "
            "empty if no event",
            function=share_of_events,
            arguments={"where": where, "days": days},
            needs=reads(where, days),
        )


def _shares_of_spans(days: int) -> Iterator[Feature]:
    hours = [(name, "hour", span, "at {} to {} o'clock") for name, span in DAYTIMES.items()]
    for name, by, span, words in (*hours, ("weekend", "weekday", WEEKEND, "on Sat and Sun")):
        yield Feature(
            name=f"{name}_share_{days}d",
            family="diversity",
            unit="share",
            meaning=f"share of events {words.format(*span)} in the last {days} days; "
            "empty if no event",
            function=share_of_span,
            arguments={"by": by, "span": span, "days": days},
            needs=reads(days),
        )
