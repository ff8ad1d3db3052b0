"""Steps: what the customer did last, in which order, and again."""

from collections.abc import Iterator

import numpy as np

from features.catalog import Feature, FeatureParams, Vocabulary, plain, reads
from features.known.asof import Floats, ratio
from features.known.past import EVERYTHING, Past, Where
from features.known.trace import Ints
from features.known.windows import telling
from features.traits import sequences
from features.traits.sequences import Words

STEPS_BACK = 5
CHANNELS_BACK = 2

PARTS_MOST = 5
"""Pairs are told of so many parts: 25 pairs."""

TELLING = (
    "purchase",
    "ticket_opened",
    "message_in",
    "campaign_answered",
    "offer_sent",
    "refund",
    "campaign_sent",
    "ticket_solved",
)
"""The roles of which pairs tell most, in this order."""


def word_back(past: Past, words: Words, nth: int) -> Floats:
    """The step or channel of the nth last event; NaN if there were fewer."""
    number = past.taken(sequences.numbers(past, words), past.last_row(EVERYTHING, nth), -1)
    return np.where(number >= 0, number, np.nan)


def run_at_end(past: Past, words: Words) -> Ints:
    """How many events in a row were of the last one's step or channel."""
    return past.taken(sequences.run(past, words), past.last_row(), 0)


def loops(past: Past, words: Words, days: int) -> Ints:
    """How often a step was left for another and came straight back."""
    return past.sum_of(("steps", "loops", words), lambda: sequences.loops(past, words), days)


def repeat_share(past: Past, words: Words, days: int) -> Floats:
    """Share of the events whose step is that of the event before."""
    repeats = past.sum_of(("steps", "again", words), lambda: sequences.repeats(past, words), days)
    return ratio(repeats, past.count(days=days))


def pairs(past: Past, parts: tuple[tuple[str, ...], ...], pair: tuple[int, int], days: int) -> Ints:
    """How often an event of one part directly followed one of another."""
    return sequences.pairs(past, parts, pair, days)


def steps(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """The last steps and channels, runs, loops, and pairs of what tells most."""
    windows = telling(params.windows_days)
    channels = vocabulary.every_channel
    by_step = Words("step", vocabulary.steps)
    yield from _back(by_step, STEPS_BACK)
    if vocabulary.channels:
        yield from _back(Words("channel", channels), CHANNELS_BACK)
    for days in windows:
        yield from _again(by_step, days)
    yield from _pairs(parts(params, vocabulary), windows[-1])


def parts(params: FeatureParams, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Of what pairs are told: every step where there are few, else what tells most.

    That are the telling roles that occur, then steps that carry money or a sentiment. A step that
    plays several roles counts in the first.
    """
    if len(vocabulary.steps) <= PARTS_MOST:
        return {step: (step,) for step in vocabulary.steps}
    carrying = sorted({*vocabulary.steps_with_value, *vocabulary.steps_with_sentiment})
    candidates = {role: params.steps_of(role, vocabulary) for role in TELLING}
    candidates |= {step: (step,) for step in carrying if step not in candidates}
    found: dict[str, tuple[str, ...]] = {}
    for name, some in candidates.items():
        taken = {step for own in found.values() for step in own}
        if own := tuple(step for step in some if step not in taken):
            found[name] = own
    return dict([*found.items()][:PARTS_MOST])


def _back(words: Words, most: int) -> Iterator[Feature]:
    kind = words.column
    for nth in range(1, most + 1):
        place = "last event" if nth == 1 else f"event {nth - 1} before the last"
        yield Feature(
            name=f"last_{kind}_{nth}",
            family="steps",
            unit=kind,
            meaning=f"{kind} of the {place}; empty if there were fewer events",
            function=word_back,
            arguments={"words": words, "nth": nth},
            needs=words.needs,
            values=words.known,
        )
    yield Feature(
        name=f"same_{kind}_run",
        family="steps",
        unit="events",
        meaning=f"events in a row, up to the last, of one {kind}; unknown ones count as one {kind}",
        function=run_at_end,
        arguments={"words": words},
        needs=words.needs,
        whole=True,
    )


def _again(words: Words, days: int) -> Iterator[Feature]:
    yield Feature(
        name=f"step_loops_{days}d",
        family="steps",
        unit="loops",
        meaning=f"how often a step was left for another and came straight back, the return in "
        f"the last {days} days",
        function=loops,
        arguments={"words": words, "days": days},
        needs=words.needs | reads(days),
        whole=True,
    )
    yield Feature(
        name=f"step_repeat_share_{days}d",
        family="steps",
        unit="share",
        meaning=f"share of the events of the last {days} days whose step is that of the event "
        "before; empty if there was none",
        function=repeat_share,
        arguments={"words": words, "days": days},
        needs=words.needs | reads(days),
    )


def _pairs(parts: dict[str, tuple[str, ...]], days: int) -> Iterator[Feature]:
    chosen = tuple(parts.values())
    needs = reads(*(Where(step=some) for some in chosen), days, sequence=True)
    for first, before in enumerate(parts):
        for second, after in enumerate(parts):
            yield Feature(
                name=f"pairs_{plain(before)}_then_{plain(after)}_{days}d",
                family="steps",
                unit="pairs",
                meaning=f"how often {after} directly followed {before} in the last {days} days, "
                "by when it followed",
                function=pairs,
                arguments={"parts": chosen, "pair": (first, second), "days": days},
                needs=needs,
                whole=True,
            )
