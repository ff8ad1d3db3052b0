"""How long customers waited: for a first reply, for a solution, for their money."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from features.catalog import FeatureParams, Vocabulary
from features.journey_map.bins import WAIT_EDGES, wait_bins
from features.journey_map.cells import Coded, counted, numbers
from features.journey_map.crowd import TICKET, Crowd
from features.known.trace import Ints
from features.traits.cases import Desk, cases

ENDED_BY = {
    "first_reply": "ticket_replied",
    "resolution": "ticket_solved",
    "refund": "refund",
}
"""The kinds of waits, and the part that ends each: where no step plays it nothing is told."""

OPEN = "_open"
"""What is added to a kind where the wait was not over at the cutoff."""

KINDS = tuple(f"{kind}{end}" for kind in ENDED_BY for end in ("", OPEN))


def waits(crowd: Crowd) -> pl.DataFrame:
    """Waits by when and where they began, ended or not; the age at the cutoff if not.

    A refund is waited for from the step that asks for it, in the order of a queue; how long ago
    the purchase was is no wait.
    """
    found = list(_waits(crowd))
    kind = np.repeat([KINDS.index(name) for name, *_ in found], [len(b) for _, b, _ in found])
    begun = np.concatenate([begun for _, begun, _ in found])
    spans = np.concatenate([span for *_, span in found])
    inside = np.flatnonzero(crowd.question.months.inside(crowd.past.at[begun]))
    begun = begun[inside]
    by = {
        **crowd.of_rows(begun),
        "channel": crowd.channel_of(begun),
        "kind": Coded(kind[inside].astype(np.int64), KINDS),
        "bin": numbers(wait_bins(spans[inside]), len(WAIT_EDGES)),
    }
    return counted(by, "waits")


def kinds_that_end(params: FeatureParams, steps: Iterable[str]) -> list[str]:
    """The kinds of waits that one of the steps ends."""
    words = Vocabulary(pairs=tuple(("", step) for step in steps))
    asked = params.steps_of("refund_asked", words)
    return [kind for kind, role in ENDED_BY.items() if {*params.steps_of(role, words)} - {*asked}]


def _waits(crowd: Crowd) -> Iterator[tuple[str, Ints, Ints]]:
    """Of each kind the rows at which waits began, and how long they took."""
    tickets = cases(crowd.past, _tickets(crowd))
    refunds = cases(crowd.past, _refunds(crowd))
    of_kinds = {
        "first_reply": (tickets.begun, tickets.replied),
        "resolution": (tickets.begun, tickets.solved),
        "refund": (refunds.begun, refunds.solved),
    }
    at = np.append(crowd.past.at, crowd.question.months.edges[-1])
    for kind, (begun, ended) in of_kinds.items():
        span = at[ended] - at[begun]
        goes_on = ended == len(crowd.past.at)
        yield kind, begun[~goes_on], span[~goes_on]
        yield kind + OPEN, begun[goes_on], span[goes_on]


def _tickets(crowd: Crowd) -> Desk:
    return Desk(
        opened=crowd.steps_of("ticket_opened"),
        reopened=crowd.steps_of("ticket_reopened"),
        asked=crowd.steps_of("ticket_asked"),
        replied=crowd.steps_of("ticket_replied"),
        solved=crowd.steps_of("ticket_solved"),
        ticket=TICKET,
    )


def _refunds(crowd: Crowd) -> Desk:
    asked = crowd.steps_of("refund_asked")
    paid = set(crowd.steps_of("refund")) - set(asked)
    return Desk(opened=asked, solved=tuple(sorted(paid)))
