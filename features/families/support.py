"""Support: tickets, how long they wait for an answer, and what customers say of it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, reads
from features.known.asof import Floats, ratio
from features.known.past import EVERYTHING, Past, Where
from features.known.trace import Ints
from features.known.windows import telling
from features.measures import SCALE
from features.traits import waits
from features.traits.cases import Desk, cases, replying, solving


def open_tickets(past: Past, desk: Desk) -> Ints:
    """Number of tickets that are open."""
    found = cases(past, desk)
    solved = found.solved[found.solved < len(past.trace.key)]
    begun = past.number_of(found.begun, ("cases begun", desk))
    return begun - past.number_of(solved, ("cases solved", desk))


def oldest_open_days(past: Past, desk: Desk) -> Floats:
    """Days since the oldest open ticket was opened or reopened."""
    found = cases(past, desk)
    return past.days_since(waits.oldest_pending(past, found.begun, found.solved))


def waiting_hours(past: Past, desk: Desk) -> Floats:
    """Hours since the first opening of, or question about, an open ticket without an answer."""
    found = cases(past, desk)
    row = waits.oldest_pending(past, found.asked, found.answered)
    return past.days_since(row) * waits.HOURS_PER_DAY


def tickets_opened(past: Past, desk: Desk, days: int) -> Ints:
    """Number of tickets opened in the last days."""
    found = cases(past, desk)
    return past.number_of(found.begun[found.is_opening], ("tickets opened", desk), days)


def tickets_reopened(past: Past, desk: Desk, days: int) -> Ints:
    """Number of reopenings in the last days."""
    return past.count(Where(step=desk.reopened), days)


def unsolved_share(past: Past, desk: Desk, days: int) -> Floats:
    """Share still open of the tickets opened or reopened in the last days."""
    found = cases(past, desk)
    unsolved = waits.number_pending(past, found.begun, found.solved, days)
    return ratio(unsolved, past.number_of(found.begun, ("cases begun", desk), days))


def reply_hours_mean(past: Past, desk: Desk, days: int) -> Floats:
    """Mean hours until a ticket's first reply, of those first replied to in the last days."""
    return waits.mean_hours(past, replying(past, desk), days)


def reply_hours_longest(past: Past, desk: Desk, days: int) -> Floats:
    """Most hours until a ticket's first reply, of those first replied to in the last days."""
    return waits.longest_hours(past, replying(past, desk), days)


def reply_hours_last(past: Past, desk: Desk) -> Floats:
    """Hours until the first reply of the ticket first replied to last."""
    return waits.last_hours(past, replying(past, desk))


def solve_hours_mean(past: Past, desk: Desk, days: int) -> Floats:
    """Mean hours until the solution of the tickets solved in the last days."""
    return waits.mean_hours(past, solving(past, desk), days)


def solve_hours_last(past: Past, desk: Desk) -> Floats:
    """Hours until the solution of the ticket solved last."""
    return waits.last_hours(past, solving(past, desk))


def sentiment_mean(past: Past, where: Where, days: int) -> Floats:
    """Mean sentiment in the last days."""
    total = past.total("sentiment", where, days)
    return ratio(total, past.told("sentiment", where, days) * SCALE)


def sentiment_change(past: Past, where: Where, short_days: int, long_days: int) -> Floats:
    """Mean sentiment in the short window less that in the long one."""
    return sentiment_mean(past, where, short_days) - sentiment_mean(past, where, long_days)


def sentiment_last(past: Past, where: Where) -> Floats:
    """Sentiment that was told last."""
    rows = past.kept(("telling", where), lambda: _telling(past, where))
    row = past.last_of(rows, ("telling", where))
    return past.taken(past.columns["sentiment"] / SCALE, row, np.nan)


def _telling(past: Past, where: Where) -> Ints:
    return np.flatnonzero(past.columns["sentiment?"] & past.mask(where))


class _Column(NamedTuple):
    """A column about tickets, which is there where the step of a `part` occurs."""

    name: str
    unit: str
    meaning: str
    function: Compute
    part: str
    sign: int = 0
    whole: bool = False


_BEGUN = "opened or reopened"
STANDING = (
    _Column(
        "tickets_open", "tickets", "tickets not yet solved", open_tickets, "solved", whole=True
    ),
    _Column(
        "ticket_open_days_oldest",
        "days",
        f"days since the oldest open ticket was {_BEGUN}; empty if none is open",
        oldest_open_days,
        "solved",
    ),
    _Column(
        "ticket_unanswered_hours",
        "hours",
        f"hours since the first time that an open ticket was {_BEGUN}, or asked about, and has "
        "had no reply since; empty if there is none",
        waiting_hours,
        "replied",
        sign=1,
    ),
    _Column(
        "ticket_reply_hours_last",
        "hours",
        f"hours from when a ticket was {_BEGUN} to its first reply, or else its solution, of the "
        "one that had it last; empty if none had",
        reply_hours_last,
        "replied",
    ),
    _Column(
        "ticket_solve_hours_last",
        "hours",
        f"hours from when a ticket was {_BEGUN} to its solution, of the one solved last; empty "
        "if none was",
        solve_hours_last,
        "solved",
    ),
)
"""What is told of tickets as they stand."""

IN_WINDOW = (
    _Column(
        "tickets_opened",
        "tickets",
        "tickets opened in the last {} days",
        tickets_opened,
        "opened",
        whole=True,
    ),
    _Column(
        "ticket_reopenings",
        "events",
        "reopenings of tickets in the last {} days",
        tickets_reopened,
        "reopened",
        whole=True,
    ),
    _Column(
        "tickets_unsolved_share",
        "share",
        f"share still open of the tickets {_BEGUN} in the last {{}} days; empty if none was",
        unsolved_share,
        "solved",
    ),
    _Column(
        "ticket_reply_hours_mean",
        "hours",
        "mean hours until the first reply, or else the solution, of the tickets that had it in "
        "the last {} days; empty if none had",
        reply_hours_mean,
        "replied",
    ),
    _Column(
        "ticket_reply_hours_longest",
        "hours",
        "most hours until the first reply, or else the solution, of the tickets that had it in "
        "the last {} days; empty if none had",
        reply_hours_longest,
        "replied",
    ),
    _Column(
        "ticket_solve_hours_mean",
        "hours",
        "mean hours until the solution of the tickets solved in the last {} days; empty if none "
        "was",
        solve_hours_mean,
        "solved",
    ),
)
"""What is told of tickets in each window."""


def support(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Tickets as they stand and in a short and a long window; ratings, and sentiment of any kind.

    Columns are there where the steps that they are about occur.
    """
    windows = telling(params.windows_days)
    yield from _of_tickets(desk(params, vocabulary), windows)
    told = {*vocabulary.steps_with_sentiment}
    rated = tuple(sorted(told & {*params.steps_of("rated", vocabulary)}))
    if rated:
        yield from _of_sentiment("satisfaction", "rating", Where(step=rated), windows)
    if told - {*rated}:
        yield from _of_sentiment("sentiment", "touch", EVERYTHING, windows)


def desk(params: FeatureParams, vocabulary: Vocabulary) -> Desk:
    """The steps that tell of tickets in a workspace's data."""
    roles = ("opened", "reopened", "asked", "replied", "solved")
    steps = {role: params.steps_of(f"ticket_{role}", vocabulary) for role in roles}
    return Desk(**steps, ticket=params.attribute_of("ticket", vocabulary))


def _of_tickets(desk: Desk, windows: tuple[int, ...]) -> Iterator[Feature]:
    if not desk.opened:
        return
    for column in STANDING:
        if getattr(desk, column.part):
            yield _about(column, desk)
    for column in IN_WINDOW:
        if getattr(desk, column.part):
            yield from (_about(column, desk, days) for days in windows)


def _about(column: _Column, desk: Desk, *days: int) -> Feature:
    return Feature(
        name="_".join([column.name, *(f"{each}d" for each in days)]),
        family="support",
        unit=column.unit,
        meaning=column.meaning.format(*days),
        function=column.function,
        arguments={"desk": desk, **({"days": days[0]} if days else {})},
        needs=reads(
            Where(step=desk.steps),
            *days,
            attributes=[desk.ticket] if desk.ticket else [],
            sequence=True,
        ),
        sign=column.sign,
        whole=column.whole,
    )


def _of_sentiment(
    name: str, noun: str, where: Where, windows: tuple[int, ...]
) -> Iterator[Feature]:
    mean = f"mean sentiment of each {noun}"
    columns: list[tuple[str, str, Compute, dict[str, int]]] = [
        ("last", f"sentiment of the last {noun} that tells one", sentiment_last, {})
    ]
    for days in windows:
        meaning = f"{mean} in the last {days} days"
        columns.append((f"mean_{days}d", meaning, sentiment_mean, {"days": days}))
    if len(windows) > 1:
        short, long = windows
        meaning = f"{mean} in the last {short} days less that in the last {long}"
        spans = {"short_days": short, "long_days": long}
        columns.append((f"change_{short}d_{long}d", meaning, sentiment_change, spans))
    for kind, meaning, function, spans in columns:
        yield Feature(
            name=f"{name}_{kind}",
            family="support",
            unit="from -1 to 1",
            meaning=f"{meaning}; empty if none tells one",
            function=function,
            arguments={"where": where, **spans},
            needs=reads(
                where, *spans.values(), measures=["sentiment"], told=["sentiment"], sequence=True
            ),
            sign=-1,
        )
