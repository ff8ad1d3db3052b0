"""Lags: how much, in spans that do not overlap."""

from collections.abc import Iterator
from itertools import pairwise

from features.catalog import Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats
from features.known.past import EVERYTHING, Past, Where
from features.known.trace import Ints
from features.measures import SCALE


def events_between(past: Past, where: Where, until_days: int, since_days: int) -> Ints:
    """Number of events in `[cutoff - since_days, cutoff - until_days)`."""
    return past.count(where, since_days) - past.count(where, until_days)


def active_days_between(past: Past, where: Where, until_days: int, since_days: int) -> Ints:
    """Number of business days that began to be active in `[cutoff - since, cutoff - until)`."""
    return past.active_days(where, since_days) - past.active_days(where, until_days)


def value_between(past: Past, where: Where, until_days: int, since_days: int) -> Floats:
    """Money in `[cutoff - since_days, cutoff - until_days)`."""
    longer, shorter = (past.total("value", where, days) for days in (since_days, until_days))
    return (longer - shorter) / SCALE


COUNTS = (
    ("events", "events", "number of {}", events_between),
    ("active_days", "days", "business days with {}", active_days_between),
)
"""Name, unit, meaning and function of what is counted in each span."""


def lags(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Events, active days and money between one window's border and the next.

    Of the shortest window there is none: it is a window of its own. Counts are over all events and
    in each channel, money over all events and of each step with money.
    """
    spans = list(pairwise(sorted(params.windows_days)))
    for where in (EVERYTHING, *(Where(channel=channel) for channel in vocabulary.channels)):
        for name, unit, meaning, function in COUNTS:
            for span in spans:
                yield Feature(
                    name=f"{name}{slug(where)}_{_named(span)}",
                    family="lags",
                    unit=unit,
                    meaning=f"{meaning.format(phrase(where, 'events'))} {_in_words(span)}",
                    function=function,
                    arguments={"where": where, "until_days": span[0], "since_days": span[1]},
                    needs=reads(where, *span),
                    whole=True,
                )
    steps = vocabulary.steps_with_value
    for where in (EVERYTHING, *(Where(step=step) for step in steps)) if steps else ():
        for span in spans:
            yield Feature(
                name=f"value{slug(where)}_{_named(span)}",
                family="lags",
                unit="currency",
                meaning=f"money of {phrase(where, 'events')} {_in_words(span)}",
                function=value_between,
                arguments={"where": where, "until_days": span[0], "since_days": span[1]},
                needs=reads(where, *span, measures=["value"]),
            )


def _named(span: tuple[int, int]) -> str:
    return f"{span[0]}d_to_{span[1]}d"


def _in_words(span: tuple[int, int]) -> str:
    return f"between {span[0]} and {span[1]} days before the cutoff"
