"""Chance that falls the same on every machine and in every version of Python."""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

Option = TypeVar("Option")

_SUMMED = 12
_NOON = 12.5
_SUNDAY, _SATURDAY = 6, 5


class Draw:
    """One stream of chance, named by what it is for; a further stream disturbs no other one.

    Only uniform numbers are taken from Python, the rest is made of them here.

    >>> Draw(1, "company", 7).whole(1, 6) == Draw(1, "company", 7).whole(1, 6)
    True
    """

    def __init__(self, *names: int | str) -> None:
        self._uniform = random.Random("/".join(map(str, names))).random  # noqa: S311 (no secret)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._uniform() < probability

    def whole(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`, both possible."""
        return least + int(self._uniform() * (most - least + 1))

    def between(self, least: float, most: float) -> float:
        """A number from `least` to below `most`."""
        return least + self._uniform() * (most - least)

    def one(self, options: Sequence[Option]) -> Option:
        """One of several, all alike."""
        return options[int(self._uniform() * len(options))]

    def weighted(self, options: Mapping[Option, float]) -> Option:
        """One of several, by weights that sum to 1."""
        left = self._uniform()
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        return next(reversed(list(options)))

    def around(self) -> float:
        """A number around 0 with a spread of 1, hardly ever beyond 4."""
        return sum(self._uniform() for _ in range(_SUMMED)) - _SUMMED / 2

    def skewed(self, median: float, spread: float) -> float:
        """A positive number with a long tail: log-normal, but for its farthest end."""
        return median * math.exp(spread * self.around())

    def count(self, mean: float) -> int:
        """How many of something rare happen: Poisson."""
        limit, product, number = math.exp(-mean), self._uniform(), 0
        while product > limit:
            product *= self._uniform()
            number += 1
        return number

    def at_work(self, day: datetime) -> datetime:
        """A moment in the office hours of a day, whole seconds; a weekend moves to Monday."""
        beyond = {_SATURDAY: 2, _SUNDAY: 1}.get(day.weekday(), 0)
        hour = min(max(_NOON + 2.4 * self.around(), 7.0), 19.0)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=beyond, seconds=int(hour * 3600))
