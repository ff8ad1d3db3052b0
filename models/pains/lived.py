"""What customers lived through before a cutoff: channels, waits, changes of channel, stalls."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from features.catalog import Feature, FeatureParams, Vocabulary, reads
from features.clock import MICROSECONDS_PER_DAY
from features.families.consistency import BUSINESS_ROLES
from features.families.monetary import value_in_window
from features.families.support import desk
from features.known.asof import AsOf, Floats
from features.known.compact import NOBODY
from features.known.needs import Needs
from features.known.past import EVERYTHING, Past, Where
from features.traits import waits
from features.traits.cases import Desk, cases, replying, solving
from features.traits.contacts import NAME_BITS
from features.traits.journeys import Journey, Ladder, last
from features.traits.parts import parts

CHANNEL, MONEY, PING_PONG = "lived_channel", "lived_money", "lived_ping_pong"
ENDED, OPEN = "lived_ended_", "lived_open_"
"""Beginnings of the columns that tell hours waited; a kind of wait follows."""
CLIMBED_FROM, CLIMBED_DAYS = "lived_climbed_from", "lived_climbed_days"

ISSUE_DAYS = 7
"""Contacts about one topic no further apart than this are about one issue."""
CHANGES_LEAST = 3
"""So many changes of channel within `ISSUE_DAYS` are a ping-pong."""


def main_channel(
    past: Past, channels: tuple[str, ...], business: tuple[str, ...], days: int
) -> Floats:
    """The number of the channel of most own contacts of the last days, of equals the last used.

    NaN where there was none.
    """
    best, found = np.zeros(past.shape, dtype=np.int64), np.full(past.shape, np.nan)
    is_contact = past.kept(("own", business), lambda: parts(past, [business]) == 0)
    for place, channel in enumerate(channels):
        rows = np.flatnonzero(is_contact & past.mask(Where(channel=channel)))
        name = ("own contacts", business, channel)
        times = past.number_of(rows, name, days)
        score = np.where(times > 0, times * (len(past.trace.key) + 1) + past.last_of(rows, name), 0)
        found, best = np.where(score > best, place, found), np.maximum(score, best)
    return found


def hours_waited(past: Past, desk: Desk, days: int, kind: str) -> Floats:
    """The longest wait that ended in the last days; NaN if none did."""
    ended = replying(past, desk) if kind == "first_reply" else solving(past, desk)
    return waits.longest_hours(past, ended, days)


def hours_waiting(past: Past, desk: Desk, kind: str) -> Floats:
    """For how long the oldest wait that goes on has lasted; NaN if none does."""
    found = cases(past, desk)
    until = found.replied if kind == "first_reply" else found.solved
    return past.days_since(waits.oldest_pending(past, found.begun, until)) * waits.HOURS_PER_DAY


def ping_pong(past: Past, business: tuple[str, ...], topic: str, days: int) -> Floats:
    """1 where an issue of the last days went to and fro between channels, 0 where one did not.

    NaN where no issue took more than one contact.
    """
    row = np.flatnonzero(parts(past, [business]) == 0)
    row = row[past.columns[topic][row] != NOBODY]
    about = (past.customer[row] << NAME_BITS) | past.columns[topic][row]
    order = np.argsort(about, kind="stable")
    row, about = row[order], about[order]
    at, channel, span = (
        past.at[row],
        past.columns["channel"][row],
        ISSUE_DAYS * MICROSECONDS_PER_DAY,
    )
    again = np.flatnonzero((about[1:] == about[:-1]) & (at[1:] - at[:-1] <= span)) + 1
    change = again[channel[again] != channel[again - 1]]
    third, before = change[CHANGES_LEAST - 1 :], change[: len(change) - CHANGES_LEAST + 1] - 1
    same = (about[third] == about[before]) & (at[third] - at[before] <= span)
    raised = past.number_of(np.sort(row[again]), ("raised again", business, topic), days)
    fro = past.number_of(np.sort(row[third[same]]), ("to and fro", business, topic), days)
    return np.where(raised > 0, fro > 0, np.nan)


def climbed_from(past: Past, ladder: Ladder) -> Floats:
    """The stage that was left last, where that was a step up; else NaN."""
    return Journey.of(past, ladder).told(lambda moves: _climbed(ladder, moves)[0])


def climbed_days(past: Past, ladder: Ladder) -> Floats:
    """Days spent in the stage that was left last, where that was a step up; else NaN."""
    return Journey.of(past, ladder).told(lambda moves: _climbed(ladder, moves)[1])


def _climbed(ladder: Ladder, moves: AsOf) -> tuple[Floats, Floats]:
    row = last(moves)
    before = moves.taken(moves.columns["before"], row, -1)
    stage = moves.taken(moves.columns["stage"], row, -1)
    up = ladder.ranked(before) & ladder.ranked(stage) & (stage > before)
    span = moves.taken(moves.at, row, 0) - moves.taken(moves.at, np.maximum(row - 1, -1), 0)
    return np.where(up, before, np.nan), np.where(up, span / MICROSECONDS_PER_DAY, np.nan)


def lived(
    params: FeatureParams, vocabulary: Vocabulary, *, days: int, value_days: int
) -> Iterator[Feature]:
    """Everything that tells what customers lived through, as far as the data tell it."""
    channels = vocabulary.every_channel
    steps = {step for role in BUSINESS_ROLES for step in params.steps_of(role, vocabulary)}
    business = tuple(sorted(steps))
    contacts = reads(Where(step=business), days, sequence=True) | Needs(
        channels=frozenset(channels)
    )
    of_contacts: dict[str, Any] = {"business": business, "days": days}
    yield _column(CHANNEL, "channel", main_channel, contacts, channels=channels, **of_contacts)
    worth = reads(EVERYTHING, value_days, measures=["value"])
    yield _column(MONEY, "currency", value_in_window, worth, where=EVERYTHING, days=value_days)
    for kind, one in desks(params, vocabulary).items():
        named = [one.ticket] if one.ticket else []
        needs = reads(Where(step=one.steps), days, attributes=named, sequence=True)
        about: dict[str, Any] = {"desk": one, "kind": kind}
        yield _column(ENDED + kind, "hours", hours_waited, needs, days=days, **about)
        yield _column(OPEN + kind, "hours", hours_waiting, needs, **about)
    topic = params.attribute_of("topic", vocabulary)
    if topic is not None and len(channels) > 1:
        needs = contacts | reads(attributes=[topic])
        yield _column(PING_PONG, "flag", ping_pong, needs, topic=topic, **of_contacts)


def climbing(ladder: Ladder) -> Iterator[Feature]:
    """From which stage customers last stepped up, and how long that took."""
    needs = Needs(tables=frozenset({"stage_history"}), stages=frozenset(ladder.values))
    yield _column(CLIMBED_FROM, "stage", climbed_from, needs, ladder=ladder)
    yield _column(CLIMBED_DAYS, "days", climbed_days, needs, ladder=ladder)


def desks(params: FeatureParams, vocabulary: Vocabulary) -> dict[str, Desk]:
    """The steps that begin and end each kind of wait, where there are any that end it."""
    tickets = desk(params, vocabulary)
    asked = params.steps_of("refund_asked", vocabulary)
    paid = tuple(sorted({*params.steps_of("refund", vocabulary)} - {*asked}))
    found: dict[str, Desk] = {}
    if tickets.opened and tickets.replied:
        found["first_reply"] = tickets
    if tickets.opened and tickets.solved:
        found["resolution"] = tickets
    if asked and paid:
        found["refund"] = Desk(opened=asked, solved=paid)
    return found


def _column(name: str, unit: str, function: Any, needs: Needs, **arguments: Any) -> Feature:  # noqa: ANN401
    meaning = name.replace("_", " ")
    return Feature(
        name=name,
        family="lived",
        unit=unit,
        meaning=meaning,
        function=function,
        arguments=arguments,
        needs=needs,
    )
