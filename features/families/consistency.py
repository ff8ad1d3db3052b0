"""Channel consistency: customers who change channels, and issues that they raise again."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, reads
from features.known.asof import Floats, ratio
from features.known.needs import Needs
from features.known.past import Past, Where
from features.known.trace import Ints
from features.known.windows import telling
from features.traits.contacts import issues, moves

BUSINESS_ROLES = (
    "ticket_replied",
    "ticket_solved",
    "message_out",
    "campaign_sent",
    "offer_sent",
    "by_business",
)
"""Parts that the business plays: their events are no contacts of the customer."""


def switches(past: Past, business: tuple[str, ...], days: int) -> Ints:
    """Number of contacts in the last days on another channel than the contact before."""
    found = moves(past, business)
    return past.number_of(found.switches, ("channel switches", business), days)


def switch_share(past: Past, business: tuple[str, ...], days: int) -> Floats:
    """Share of the contacts in the last days on another channel than the contact before."""
    following = past.number_of(moves(past, business).following, ("following", business), days)
    return ratio(switches(past, business, days), following)


def returns(past: Past, business: tuple[str, ...], days: int) -> Ints:
    """Number of switches in the last days back to the channel that the customer came from."""
    found = moves(past, business)
    return past.number_of(found.returns, ("channel returns", business), days)


def issues_in_window(
    past: Past, business: tuple[str, ...], topic: str, within_days: int, kind: str, days: int
) -> Ints:
    """Number of issues in the last days that became of a kind: raised, repeated or spread."""
    found = issues(past, business, topic, within_days)
    name = ("issues", business, topic, within_days, kind)
    return past.number_of(getattr(found, kind), name, days)


class _Column(NamedTuple):
    name: str
    unit: str
    meaning: str
    function: Compute
    whole: bool = True


MOVES = (
    _Column(
        "channel_switches",
        "events",
        "events of the customer in the last {} days on another channel than their one before; "
        "channels never seen before count as one",
        switches,
    ),
    _Column(
        "channel_switch_share",
        "share",
        "share of the customer's own events in the last {} days, but for the first ever, that are "
        "on another channel than the one before; empty if there is none",
        switch_share,
        whole=False,
    ),
    _Column(
        "channel_returns",
        "events",
        "channel switches in the last {} days back to the channel that the customer came from",
        returns,
    ),
)
"""What is told of channels in each window."""

ISSUES = (
    ("issues_raised", "raised", "issues first raised in the last {} days"),
    ("issues_repeated", "repeated", "issues raised for the second time in the last {} days"),
    ("issues_across_channels", "spread", "issues taken to another channel in the last {} days"),
)
"""Name, kind and meaning of what is told of issues in each window."""


def consistency(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Channel switches and issues, each in a short and a long window.

    Nothing where there is one channel alone, and no issues where events tell no topic. Times of
    one issue are at most the shortest window apart. A channel that is not known counts as one with
    all others that are not.
    """
    channels = frozenset(vocabulary.every_channel)
    if len(channels) < 2:  # noqa: PLR2004 (one alone)
        return
    steps = {step for role in BUSINESS_ROLES for step in params.steps_of(role, vocabulary)}
    business, windows = tuple(sorted(steps)), telling(params.windows_days)
    needs = reads(Where(step=business), sequence=True) | Needs(channels=channels)
    common = {"business": business}
    for column in MOVES:
        for days in windows:
            yield _feature(column, days, needs, common)
    topic = params.attribute_of("topic", vocabulary)
    if topic is None:
        return
    within_days = min(params.windows_days)
    apart = f"; one issue is a topic raised again each time within {within_days} days"
    about = {**common, "topic": topic, "within_days": within_days}
    for name, kind, meaning in ISSUES:
        column = _Column(name, "issues", meaning + apart, issues_in_window)
        for days in windows:
            yield _feature(column, days, needs | reads(attributes=[topic]), about | {"kind": kind})


def _feature(
    column: _Column, days: int, needs: Needs, arguments: Mapping[str, str | int | tuple[str, ...]]
) -> Feature:
    return Feature(
        name=f"{column.name}_{days}d",
        family="consistency",
        unit=column.unit,
        meaning=column.meaning.format(days),
        function=column.function,
        arguments={**arguments, "days": days},
        needs=needs | reads(days),
        whole=column.whole,
    )
