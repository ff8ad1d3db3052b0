"""Cases: tickets from their opening to their solution.

A case begins with a row that opens or reopens a ticket which is not open, and ends with the next
row that solves it. Rows that name no ticket are about a queue: each opening begins a case, the
first begun is the first solved, and a reply answers all who wait. What happens to a ticket within
one instant is taken in the order of a ticket's life: opened, reopened, asked, replied, solved.
"""

from dataclasses import dataclass

import numpy as np

from features.known.compact import NOBODY
from features.known.past import Past
from features.known.trace import Flags, Ints
from features.traits.parts import Parts, parts
from features.traits.waits import Waits

NAME_BITS = 33
"""Enough for a name's number plus one, which is of 32 bits."""

_OTHER, _OPENED, _REOPENED, _ASKED, _REPLIED, _SOLVED = range(6)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The steps that tell of tickets, and the attribute of events that names a ticket."""

    opened: tuple[str, ...]
    reopened: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    replied: tuple[str, ...] = ()
    solved: tuple[str, ...] = ()
    ticket: str | None = None

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The steps in the order of a ticket's life."""
        return self.opened, self.reopened, self.asked, self.replied, self.solved

    @property
    def steps(self) -> tuple[str, ...]:
        """Every step that tells of tickets."""
        return tuple(sorted({step for steps in self.parts for step in steps}))


@dataclass(frozen=True)
class Cases:
    """Cases in the order of the rows that begin them; every field has one entry a case or question.

    A row that has not come is the one after the last. `is_opening` tells an opening from a
    reopening. `asked` are the rows at which a customer began to wait for an answer: openings,
    reopenings and questions about an open ticket; `answered` are the replies or solutions.
    """

    begun: Ints
    solved: Ints
    replied: Ints
    is_opening: Flags
    asked: Ints
    answered: Ints


def cases(past: Past, desk: Desk) -> Cases:
    """The cases of some customers."""
    return past.kept(("cases", desk), lambda: _cases(past, desk))


def solving(past: Past, desk: Desk) -> Waits:
    """How long solved cases had been open."""
    found = cases(past, desk)
    name = ("cases solved", desk)
    return past.kept(name, lambda: _ended(past, name, found.begun, found.solved))


def replying(past: Past, desk: Desk) -> Waits:
    """How long cases had waited for their first reply, or their solution where none came before."""
    found = cases(past, desk)
    name = ("cases replied", desk)
    return past.kept(name, lambda: _ended(past, name, found.begun, found.replied))


def _ended(past: Past, name: tuple[str, Desk], since: Ints, until: Ints) -> Waits:
    has_ended = until < len(past.trace.key)
    return Waits.between(past, name, since[has_ended], until[has_ended])


def _cases(past: Past, desk: Desk) -> Cases:
    log = _Log.of(past, desk)
    begins, ends = log.turns()
    begun = np.flatnonzero(begins)
    open_before = log.before(begins) - log.before(ends)
    asked = np.flatnonzero(begins | ((log.part == _ASKED) & (open_before > 0)))
    solved = np.full(len(begun), len(past.trace.key))
    first_of_ticket = (np.cumsum(begins) - begins)[log.start]
    solved[(first_of_ticket + log.before(ends))[ends]] = log.row[ends]
    answered = log.next_answer(len(past.trace.key))
    by_row, asked = np.argsort(log.row[begun]), asked[np.argsort(log.row[asked])]
    begun, solved = begun[by_row], solved[by_row]
    return Cases(
        begun=log.row[begun],
        solved=solved,
        replied=answered[begun],
        is_opening=log.part[begun] == _OPENED,
        asked=log.row[asked],
        answered=answered[asked],
    )


@dataclass(frozen=True)
class _Log:
    """Rows that tell of tickets: ticket after ticket, each in the order of its life.

    `start` is the position of the first row of the same ticket.
    """

    row: Ints
    part: Parts
    is_named: Flags
    start: Ints

    @classmethod
    def of(cls, past: Past, desk: Desk) -> "_Log":
        part = parts(past, desk.parts)
        row = np.flatnonzero(part)
        name = past.columns[desk.ticket][row] if desk.ticket else np.full(len(row), NOBODY)
        ticket = (past.customer[row] << NAME_BITS) | (name - NOBODY)
        order = np.lexsort((part[row], past.at[row], ticket))
        row, ticket = row[order], ticket[order]
        start = np.searchsorted(ticket, ticket)
        return cls(row, part[row], name[order] != NOBODY, start)

    def before(self, flags: Flags) -> Ints:
        """How many flagged rows of the same ticket come before each row."""
        running = np.cumsum(flags) - flags
        return running - running[self.start]

    def turns(self) -> tuple[Flags, Flags]:
        """The rows that begin a case, and those that end one."""
        opens = (self.part == _OPENED) | (self.part == _REOPENED)
        solves = self.part == _SOLVED
        is_open = self._opened_last(opens, opens | solves)
        begins = opens & ~(self.is_named & is_open)
        return begins, solves & np.where(self.is_named, is_open, self._waiting(opens, solves))

    def next_answer(self, never: int) -> Ints:
        """For each row the next reply or solution of the same ticket; `never` where none comes."""
        answers = np.append(np.flatnonzero(self.part >= _REPLIED), -1)
        following = answers[np.searchsorted(answers[:-1], np.arange(len(self.row)))]
        same = (following >= 0) & (self.start[following] == self.start)
        return np.where(same, self.row[following], never)

    def _opened_last(self, opens: Flags, turns: Flags) -> Flags:
        """Whether the last of the turns of the same ticket, before each row, opens it."""
        number = np.arange(len(self.row))
        last = np.maximum.accumulate(np.where(turns, number, -1))
        before = np.concatenate([[-1], last])[:-1]
        return (before >= self.start) & opens[before]

    def _waiting(self, opens: Flags, solves: Flags) -> Flags:
        """Whether anyone waits in the queue before each row; a solution for nobody is lost."""
        length = self.before(opens) - self.before(solves)
        shortest = np.minimum.accumulate(length - self.start) + self.start
        return length > shortest
