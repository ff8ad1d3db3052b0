"""Campaigns and offers: received, answered, refused, taken."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, reads
from features.families.recency import days_since_last
from features.known.asof import Floats, ratio
from features.known.past import Past, Where
from features.known.trace import Ints
from features.known.windows import telling
from features.own.authoring import read_by
from features.traits import touches

SENT_AND_DELIVERED = ("email_sent", "email_delivered")
"""Both tell of one e-mail: where the first occurs, the second is no touch of its own."""


CAMPAIGN_ROLES = (
    "campaign_sent",
    "campaign_answered",
    "campaign_refused",
    "offer_sent",
    "offer_taken",
)
"""The roles of what is sent and what becomes of it."""


def number_in_window(past: Past, where: Where, days: int) -> Ints:
    """Number of events of these steps in the last days."""
    return past.count(where, days)


def answered_share(
    past: Past, sent: Where, answered: Where, attribute: str | None, days: int
) -> Floats:
    """First answers divided by touches, 1 at most; NaN if no touch was received."""
    name = ("campaign: first answers", sent, answered, attribute)
    answers = past.sum_of(
        name, lambda: touches.first_answers(past, sent, answered, attribute), days
    )
    received = past.count(sent, days)
    return ratio(np.minimum(answers, received), received)


def taken_share(past: Past, sent: Where, taken: Where) -> Floats:
    """Offers taken divided by offers sent, 1 at most; NaN if none was sent."""
    offers = past.count(sent)
    return ratio(np.minimum(past.count(taken), offers), offers)


def sent_since_last(past: Past, sent: Where, closing: Where) -> Ints:
    """How many were sent since the last that was answered or taken."""
    return touches.since_last(past, sent, closing)


def distinct_campaigns(past: Past, sent: Where, attribute: str, days: int) -> Ints:
    """Different campaigns among the touches of the last days."""
    return touches.distinct(past, sent, attribute, days)


def happened(past: Past, where: Where) -> Ints:
    """1 if there ever was such an event, else 0."""
    return (past.count(where) > 0).astype(np.int64)


def campaign(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """What campaigns and offers sent, and what the customer did with it."""
    sent, answered, refused, offered, taken = (
        Where(step=_steps(role, params, vocabulary)) for role in CAMPAIGN_ROLES
    )
    windows = telling(params.windows_days)
    attribute = params.attribute_of("campaign", vocabulary)
    if sent.step:
        yield from _received(sent, attribute, windows)
    if sent.step and answered.step:
        yield from _answered(sent, answered, attribute, windows)
    if refused.step:
        yield from _refused(refused)
    if offered.step:
        yield from _offered(offered, windows)
    if offered.step and taken.step:
        yield from _taken(offered, taken)


def _steps(role: str, params: FeatureParams, vocabulary: Vocabulary) -> tuple[str, ...]:
    steps = params.steps_of(role, vocabulary)
    first, second = SENT_AND_DELIVERED
    if role in params.roles or first not in steps:
        return steps
    return tuple(step for step in steps if step != second)


def _received(sent: Where, attribute: str | None, windows: Iterable[int]) -> Iterator[Feature]:
    yield _feature(
        "days_since_campaign_touch",
        "days",
        "days since the last campaign touch; empty if there was none",
        days_since_last,
        {"where": sent},
    )
    for days in windows:
        yield _feature(
            f"campaign_touches_{days}d",
            "events",
            f"campaign touches received in the last {days} days",
            number_in_window,
            {"where": sent, "days": days},
            whole=True,
        )
        if attribute is not None:
            yield _feature(
                f"campaigns_{days}d",
                "campaigns",
                f"different campaigns that reached the customer in the last {days} days",
                distinct_campaigns,
                {"sent": sent, "attribute": attribute, "days": days},
                whole=True,
            )


def _answered(
    sent: Where, answered: Where, attribute: str | None, windows: Iterable[int]
) -> Iterator[Feature]:
    yield _feature(
        "days_since_campaign_answer",
        "days",
        "days since the last answer to a campaign; empty if there was none",
        days_since_last,
        {"where": answered},
        sign=1,
    )
    yield _feature(
        "campaign_unanswered",
        "events",
        "campaign touches received since the last answer to any, or ever",
        sent_since_last,
        {"sent": sent, "closing": answered},
        whole=True,
    )
    for days in windows:
        yield _feature(
            f"campaign_answered_share_{days}d",
            "share",
            f"first answers to campaign touches / touches, both of the last {days} days, at most "
            "1; empty if none was received",
            answered_share,
            {"sent": sent, "answered": answered, "attribute": attribute, "days": days},
        )


def _refused(refused: Where) -> Iterator[Feature]:
    yield _feature(
        "campaign_refused",
        "flag",
        "1 if the customer ever refused campaigns, else 0",
        happened,
        {"where": refused},
        sign=1,
        whole=True,
    )
    yield _feature(
        "days_since_campaign_refusal",
        "days",
        "days since the customer last refused campaigns; empty if never",
        days_since_last,
        {"where": refused},
    )


def _offered(offered: Where, windows: Iterable[int]) -> Iterator[Feature]:
    yield _feature(
        "days_since_offer",
        "days",
        "days since the last offer; empty if there was none",
        days_since_last,
        {"where": offered},
    )
    for days in windows:
        yield _feature(
            f"offers_{days}d",
            "events",
            f"offers sent in the last {days} days",
            number_in_window,
            {"where": offered, "days": days},
            whole=True,
        )


def _taken(offered: Where, taken: Where) -> Iterator[Feature]:
    yield _feature(
        "offers_open",
        "events",
        "offers sent since the last one was taken, or ever",
        sent_since_last,
        {"sent": offered, "closing": taken},
        whole=True,
    )
    yield _feature(
        "offers_taken_share",
        "share",
        "offers ever taken / offers ever sent, at most 1; empty if none was sent",
        taken_share,
        {"sent": offered, "taken": taken},
    )


def _feature(
    name: str,
    unit: str,
    meaning: str,
    function: Compute,
    arguments: dict[str, Any],
    *,
    sign: int = 0,
    whole: bool = False,
) -> Feature:
    events = sum(isinstance(value, Where) for value in arguments.values())
    named = [arguments["attribute"]] if arguments.get("attribute") else []
    return Feature(
        name=name,
        family="campaign",
        unit=unit,
        meaning=meaning,
        function=function,
        arguments=arguments,
        needs=read_by(arguments) | reads(attributes=named, sequence=events > 1),
        sign=sign,
        whole=whole,
    )
