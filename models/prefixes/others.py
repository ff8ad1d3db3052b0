"""What the other cases of a log tell by the instant of each event.

Work is shared: who is busy, what a resource did last, and what has of late followed the same
activity, elsewhere. Only what happened strictly earlier counts, so the order of events of one
instant changes nothing.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from models.logit import Floats
from models.prefixes.events import Events, Flags, Ints, Words

BUSY_SECONDS = {"hour": 3600.0, "day": 86400.0, "week": 604800.0}

RECENT, RECENT_OF_RESOURCE = 50, 20
"""Over how many of the latest times the shares of what followed are taken."""


def other_columns(events: Events, words: Words) -> Iterator[tuple[str, Floats]]:
    """Name and values of each column, (rows,); times are in seconds."""
    everyone = np.zeros(len(events), dtype=np.int64)
    for name, seconds in BUSY_SECONDS.items():
        yield f"events_{name}", _busy(events, everyone, seconds)
        yield f"events_{name}_resource", _busy(events, events.resource, seconds)
    yield from _former_of_resource(events)
    both = events.activity * (len(words.resources) + 1) + events.resource
    for name, key, last in (
        ("recent", events.activity, RECENT),
        ("recent_resource", both, RECENT_OF_RESOURCE),
    ):
        shares, seconds = _recently(events, key, last, words.outcomes)
        yield f"{name}_seconds", seconds
        for place, share in enumerate(shares.T):
            yield f"{name}_{place}", share


def _busy(events: Events, key: Ints, seconds: float) -> Floats:
    """Events of the same key in the span before each event."""
    counted = np.zeros(len(events))
    for rows in groups(key):
        at = np.sort(events.at[rows])
        until = np.searchsorted(at, events.at[rows])
        counted[rows] = until - np.searchsorted(at, events.at[rows] - seconds)
    return counted


def _former_of_resource(events: Events) -> Iterator[tuple[str, Floats]]:
    """What the resource did last before this instant, how long ago, and whether in this case."""
    former = np.full(len(events), -1)
    for rows in groups(events.resource):
        order = rows[np.lexsort((events.number[rows], events.start[rows], events.at[rows]))]
        place = np.searchsorted(events.at[order], events.at[order]) - 1
        former[order] = np.where(place >= 0, order[np.maximum(place, 0)], -1)
    known = former >= 0
    yield "former_activity", np.where(known, events.activity[former], np.nan)
    yield "former_seconds", np.where(known, events.at - events.at[former], np.nan)
    yield "former_here", np.where(known, events.start[former] == events.start, np.nan)


def _recently(events: Events, key: Ints, last: int, outcomes: int) -> tuple[Floats, Floats]:
    """Shares of what followed the same key the last few times, and seconds since the latest."""
    shares = np.full((len(events), outcomes), np.nan)
    since = np.full(len(events), np.nan)
    for rows in groups(key):
        done = rows[events.following[rows] >= 0]
        done = done[np.argsort(events.followed_at[done], kind="stable")]
        known = np.searchsorted(events.followed_at[done], events.at[rows])
        came = events.following[done][:, None] == np.arange(outcomes)
        sums = np.concatenate([np.zeros((1, outcomes)), came.cumsum(axis=0)])
        taken = np.minimum(known, last)
        some = taken > 0
        counted = sums[known] - sums[known - taken]
        shares[rows[some]] = counted[some] / taken[some, None]
        since[rows[some]] = events.at[rows[some]] - events.followed_at[done][known[some] - 1]
    return shares, since


def groups(key: Ints) -> Iterator[npt.NDArray[np.intp]]:
    """The rows of each key, ascending."""
    order = np.argsort(key, kind="stable")
    changed: Flags = np.diff(key[order]) != 0
    yield from np.split(order, np.flatnonzero(changed) + 1)
