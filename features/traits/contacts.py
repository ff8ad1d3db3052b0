"""Contacts: what customers do of their own accord, on which channel, and about which issue."""

from dataclasses import dataclass

import numpy as np

from features.clock import MICROSECONDS_PER_DAY
from features.known.compact import NOBODY
from features.known.past import Past
from features.known.trace import Ints
from features.traits.parts import parts

NAME_BITS = 33
"""Enough for the number of a name."""


@dataclass(frozen=True)
class Moves:
    """Rows of contacts, ascending.

    `following` have a contact of the same customer before them; `switches` are on another channel
    than that; `returns` are switches back to the channel that the customer had come from.
    """

    following: Ints
    switches: Ints
    returns: Ints


@dataclass(frozen=True)
class Issues:
    """Rows of contacts, ascending, about a topic.

    An issue is a topic raised again and again, each time within some days of the time before.
    `raised` are the first of each issue, `repeated` its second, and `spread` the first on another
    channel than the first.
    """

    raised: Ints
    repeated: Ints
    spread: Ints


def moves(past: Past, business: tuple[str, ...]) -> Moves:
    """How customers move between channels; events of `business` steps are no contacts."""
    return past.kept(("moves", business), lambda: _moves(past, business))


def issues(past: Past, business: tuple[str, ...], topic: str, within_days: int) -> Issues:
    """The issues that customers raise; `topic` is the attribute of events that names one."""
    name = ("issues", business, topic, within_days)
    return past.kept(name, lambda: _issues(past, business, topic, within_days))


def _moves(past: Past, business: tuple[str, ...]) -> Moves:
    row = _contacts(past, business)
    customer, channel = past.customer[row], past.columns["channel"][row]
    follows = np.zeros(len(row), dtype=np.bool_)
    follows[1:] = customer[1:] == customer[:-1]
    switches = follows.copy()
    switches[1:] &= channel[1:] != channel[:-1]
    arrival = np.flatnonzero(switches | ~follows)
    customer, channel = customer[arrival], channel[arrival]
    is_back = (customer[2:] == customer[:-2]) & (channel[2:] == channel[:-2])
    return Moves(row[follows], row[switches], row[arrival[2:][is_back]])


def _issues(past: Past, business: tuple[str, ...], topic: str, within_days: int) -> Issues:
    row = _contacts(past, business)
    row = row[past.columns[topic][row] != NOBODY]
    about = (past.customer[row] << NAME_BITS) | past.columns[topic][row]
    order = np.argsort(about, kind="stable")
    row, about = row[order], about[order]
    at, channel = past.at[row], past.columns["channel"][row]
    raised = np.ones(len(row), dtype=np.bool_)
    raised[1:] = about[1:] != about[:-1]
    raised[1:] |= at[1:] - at[:-1] > within_days * MICROSECONDS_PER_DAY
    first = np.maximum.accumulate(np.where(raised, np.arange(len(row)), 0))
    is_elsewhere = channel != channel[first]
    before = np.cumsum(is_elsewhere) - is_elsewhere
    return Issues(
        raised=np.sort(row[raised]),
        repeated=np.sort(row[np.arange(len(row)) - first == 1]),
        spread=np.sort(row[is_elsewhere & (before == before[first])]),
    )


def _contacts(past: Past, business: tuple[str, ...]) -> Ints:
    return past.kept(("contacts", business), lambda: np.flatnonzero(parts(past, [business]) == 0))
