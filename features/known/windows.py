"""Which of a workspace's windows a family takes that cannot take them all."""

from collections.abc import Sequence


def telling(windows_days: Sequence[int]) -> tuple[int, ...]:
    """A short and a long window: those a third and two thirds up the list; one where both are it.

    >>> telling((7, 14, 28, 56, 84, 168)), telling((168, 7, 28)), telling([30])
    ((28, 84), (28, 168), (30,))
    """
    ascending = sorted(windows_days)
    places = (len(ascending) // 3, 2 * len(ascending) // 3)
    return tuple(sorted({ascending[place] for place in places}))
