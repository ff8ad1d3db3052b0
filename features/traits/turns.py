"""Turns: runs of messages of one side of a conversation, and how soon the other answers."""

from dataclasses import dataclass

import numpy as np

from features.known.past import Past
from features.known.trace import Ints
from features.traits.parts import parts
from features.traits.waits import Waits

CUSTOMER, BUSINESS = 1, -1
"""The two sides of a conversation."""


@dataclass(frozen=True, kw_only=True)
class Talk:
    """The steps that are messages: `inward` from the customer, `outward` to them."""

    inward: tuple[str, ...]
    outward: tuple[str, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """Every step that is a message."""
        return tuple(sorted({*self.inward, *self.outward}))


@dataclass(frozen=True)
class Turns:
    """Which messages there are, and where in its turn each stands.

    `row` are the messages. The rest has one entry an event: the message's number in its turn,
    counted from one, negative for the business's, zero for what is no message; and the first row of
    its turn.
    """

    row: Ints
    number: Ints
    first: Ints


def turns(past: Past, talk: Talk) -> Turns:
    """The turns of some customers."""
    return past.kept(("turns", talk), lambda: _turns(past, talk))


def answers(past: Past, talk: Talk, side: int) -> Waits:
    """How long one side took to answer, from the first message of the other's turn."""
    name = ("answers", talk, side)
    return past.kept(name, lambda: _answers(past, talk, side))


def last_message(past: Past, talk: Talk) -> Ints:
    """The row of the last message before each cutoff; -1 where there is none."""
    rows = turns(past, talk).row
    return past.kept(("last message", talk), lambda: past.last_of(rows, ("messages", talk)))


def last_number(past: Past, talk: Talk) -> Ints:
    """The number in its turn of the last message before each cutoff; zero where there is none."""
    return past.taken(turns(past, talk).number, last_message(past, talk), 0)


def _turns(past: Past, talk: Talk) -> Turns:
    part = parts(past, (talk.inward, talk.outward))
    row = np.flatnonzero(part)
    side, customer = part[row], past.customer[row]
    begins = np.ones(len(row), dtype=np.bool_)
    begins[1:] = (side[1:] != side[:-1]) | (customer[1:] != customer[:-1])
    place = np.arange(len(row))
    start = np.maximum.accumulate(np.where(begins, place, 0))
    number = np.zeros(len(part), dtype=np.int64)
    number[row] = np.where(side == 1, CUSTOMER, BUSINESS) * (place - start + 1)
    first = np.full(len(part), -1, dtype=np.int64)
    first[row] = row[start]
    return Turns(row, number, first)


def _answers(past: Past, talk: Talk, side: int) -> Waits:
    found = turns(past, talk)
    opening = found.row[np.abs(found.number[found.row]) == 1]
    before, own = opening[:-1], opening[1:]
    answer = (past.customer[own] == past.customer[before]) & (found.number[own] == side)
    return Waits.between(past, ("answers", talk, side), before[answer], own[answer])
