"""What a case tells of itself after each of its events."""

from collections.abc import Iterator

import numpy as np

from models.logit import Floats
from models.prefixes.events import Events, Words

RESOURCES_BACK = 3
GAPS_BACK = 3


def activity_back(events: int) -> str:
    """Name of the column with the activity so many events ago; 0 is the present one."""
    return f"activity_{events}"


def own_columns(events: Events, words: Words, activities_back: int) -> Iterator[tuple[str, Floats]]:
    """Name and values of each column, (rows,); times are in seconds.

    The last activities and resources, the waits between them, when it is, how long ago the case
    began, and of each activity how often it was and how long ago in events and in time.
    """
    for back in range(activities_back):
        yield activity_back(back), events.back(events.activity, back)
    for back in range(RESOURCES_BACK):
        yield f"resource_{back}", events.back(events.resource, back)
    waits = events.at - events.back(events.at, 1)
    for back in range(GAPS_BACK):
        yield f"wait_{back}", events.back(waits, back)
    yield "number", events.number.astype(np.float64)
    yield "seconds_since_begin", events.at - events.begun_at
    yield "hour", events.hour
    yield "weekday", events.weekday
    yield "hour_at_begin", events.hour[events.start]
    yield "weekday_at_begin", events.weekday[events.start]
    for place in range(events.numbers.shape[1]):
        yield f"number_{place}", events.numbers[:, place]
    for number in range(len(words.activities)):
        yield from _of_activity(events, number)


def words_in(activities_back: int) -> frozenset[str]:
    """The columns that hold numbers of words."""
    resources = {f"resource_{back}" for back in range(RESOURCES_BACK)}
    return frozenset({activity_back(back) for back in range(activities_back)} | resources)


def _of_activity(events: Events, number: int) -> Iterator[tuple[str, Floats]]:
    place = np.arange(len(events))
    own = events.activity == number
    total = own.cumsum()
    before = np.where(events.start > 0, total[np.maximum(events.start - 1, 0)], 0)
    yield f"times_{number}", (total - before).astype(np.float64)
    last = np.maximum.accumulate(np.where(own, place, -1))
    been = last >= events.start
    yield f"events_since_{number}", np.where(been, place - last, np.nan)
    yield f"seconds_since_{number}", np.where(been, events.at - events.at[last], np.nan)
