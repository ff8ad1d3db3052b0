"""Conversation: who writes, who answers how soon, and who has not been answered."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, reads
from features.known.asof import Floats, ratio
from features.known.past import Past, Where
from features.known.trace import Ints
from features.known.windows import telling
from features.traits import waits
from features.traits.turns import (
    BUSINESS,
    CUSTOMER,
    Talk,
    answers,
    last_message,
    last_number,
    turns,
)


def messages(past: Past, talk: Talk, side: int, days: int) -> Ints:
    """Number of messages of one side in the last days."""
    number = turns(past, talk).number
    return past.sum_of(("messages of", talk, side), lambda: number * side > 0, days)


def share_inward(past: Past, talk: Talk, days: int) -> Floats:
    """Share of the messages in the last days that the customer wrote."""
    inward, outward = (messages(past, talk, side, days) for side in (CUSTOMER, BUSINESS))
    return ratio(inward, inward + outward)


def wrote_last(past: Past, talk: Talk) -> Floats:
    """1 if the customer wrote the last message, 0 if the business did."""
    number = last_number(past, talk)
    return np.where(number == 0, np.nan, number > 0)


def unanswered(past: Past, talk: Talk, side: int) -> Ints:
    """Number of messages of one side since the other wrote last."""
    return np.maximum(last_number(past, talk) * side, 0)


def unanswered_days(past: Past, talk: Talk) -> Floats:
    """Days since the first of the customer's messages that have no answer."""
    first = past.taken(turns(past, talk).first, last_message(past, talk), -1)
    return past.days_since(np.where(last_number(past, talk) > 0, first, -1))


def answer_hours_mean(past: Past, talk: Talk, side: int, days: int) -> Floats:
    """Mean hours until one side answered, of its answers in the last days."""
    return waits.mean_hours(past, answers(past, talk, side), days)


def answer_hours_median(past: Past, talk: Talk, side: int, days: int) -> Floats:
    """Median hours until one side answered, of its answers in the last days."""
    return waits.median_hours(past, answers(past, talk, side), days)


def answer_hours_longest(past: Past, talk: Talk, side: int, days: int) -> Floats:
    """Most hours until one side answered, of its answers in the last days."""
    return waits.longest_hours(past, answers(past, talk, side), days)


def answer_hours_last(past: Past, talk: Talk, side: int) -> Floats:
    """Hours until one side answered last."""
    return waits.last_hours(past, answers(past, talk, side))


class _Column(NamedTuple):
    name: str
    unit: str
    meaning: str
    function: Compute
    side: int | None = None
    whole: bool = False
    sign: int = 0


STANDING = (
    _Column(
        "customer_wrote_last",
        "0 or 1",
        "1 if the customer wrote the last message, 0 if the business did; empty if there is none",
        wrote_last,
    ),
    _Column(
        "messages_in_unanswered",
        "messages",
        "messages of the customer since the business wrote last; 0 if that was later",
        unanswered,
        CUSTOMER,
        whole=True,
    ),
    _Column(
        "messages_out_unanswered",
        "messages",
        "messages of the business since the customer wrote last; 0 if that was later",
        unanswered,
        BUSINESS,
        whole=True,
    ),
    _Column(
        "message_unanswered_days",
        "days",
        "days since the first of the customer's messages that have no answer; empty if there "
        "is none",
        unanswered_days,
        sign=1,
    ),
)
"""What is told of a conversation as it stands."""

IN_WINDOW = (
    _Column(
        "messages_in",
        "messages",
        "messages of the customer in the last {} days",
        messages,
        CUSTOMER,
        whole=True,
    ),
    _Column(
        "messages_out",
        "messages",
        "messages of the business in the last {} days",
        messages,
        BUSINESS,
        whole=True,
    ),
    _Column(
        "messages_in_share",
        "share",
        "share of the messages in the last {} days that the customer wrote; empty if there is none",
        share_inward,
    ),
)
"""What is told of the messages of each window."""

SIDES = (
    (BUSINESS, "business", "the business answered the customer"),
    (CUSTOMER, "customer", "the customer answered the business"),
)
"""Who answers: the side, its part of a column's name, and what it did."""


def conversation(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """The conversation as it stands; messages and answers in a short and a long window.

    Nothing where only one side's messages are told.
    """
    talk = Talk(
        inward=params.steps_of("message_in", vocabulary),
        outward=params.steps_of("message_out", vocabulary),
    )
    if not (talk.inward and talk.outward):
        return
    for column in (*STANDING, *_last_answers()):
        yield _about(column, talk)
    for column in (*IN_WINDOW, *_answers_in_window()):
        yield from (_about(column, talk, days) for days in telling(params.windows_days))


def _last_answers() -> Iterator[_Column]:
    for side, who, answered in SIDES:
        meaning = f"hours after which {answered} last, from the first message since its own before"
        name = f"{who}_answer_hours_last"
        yield _Column(name, "hours", f"{meaning}; empty if never", answer_hours_last, side)


def _answers_in_window() -> Iterator[_Column]:
    kinds = (
        ("mean", "mean", answer_hours_mean),
        ("median", "median", answer_hours_median),
        ("longest", "most", answer_hours_longest),
    )
    for side, who, answered in SIDES:
        span = f"hours after which {answered} in the last {{}} days; empty if never"
        for kind, word, function in kinds:
            name = f"{who}_answer_hours_{kind}"
            yield _Column(name, "hours", f"{word} {span}", function, side)


def _about(column: _Column, talk: Talk, *days: int) -> Feature:
    side = {} if column.side is None else {"side": column.side}
    span = {"days": days[0]} if days else {}
    return Feature(
        name="_".join([column.name, *(f"{each}d" for each in days)]),
        family="conversation",
        unit=column.unit,
        meaning=column.meaning.format(*days),
        function=column.function,
        arguments={"talk": talk, **side, **span},
        needs=reads(Where(step=talk.steps), *days, sequence=True),
        sign=column.sign,
        whole=column.whole,
    )
