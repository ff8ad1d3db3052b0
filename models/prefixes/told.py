"""The table that trees learn the next activity from: one row a prefix."""

from dataclasses import dataclass

import numpy as np

from models.logit import Floats
from models.prefixes.events import Events, Flags, Ints, Words
from models.prefixes.others import other_columns
from models.prefixes.own import own_columns, words_in


@dataclass(frozen=True)
class Prefixes:
    """What is known after each of some events: columns, the present activity, what followed.

    `at` is when, in seconds.
    """

    x: Floats
    names: tuple[str, ...]
    categories: frozenset[str]
    activity: Ints
    following: Ints
    at: Floats

    @classmethod
    def of(cls, events: Events, words: Words, activities_back: int) -> "Prefixes":
        """One row for each event."""
        columns = {
            **dict(own_columns(events, words, activities_back)),
            **dict(other_columns(events, words)),
        }
        x = np.stack([*columns.values()], axis=1).astype(np.float64)
        categories = words_in(activities_back) | {"former_activity"}
        return cls(x, (*columns,), categories, events.activity, events.following, events.at)

    def __len__(self) -> int:
        return len(self.at)

    def some(self, kept: Flags | Ints) -> "Prefixes":
        """Those that are kept, by flags or by places."""
        return Prefixes(
            self.x[kept],
            self.names,
            self.categories,
            self.activity[kept],
            self.following[kept],
            self.at[kept],
        )
