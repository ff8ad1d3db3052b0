"""The playbook: which action fits whom, what it costs, and how many a day there is room for."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.decide.params import BANDS, Band

Flags = NDArray[np.bool_]

LETTERS_MOST = 200
LONGEST_COOLDOWN_DAYS = 3650
STAYING = "staying_"
"""What codes of reasons begin with that speak for staying: they call for no action by theme."""


@dataclass(frozen=True, kw_only=True)
class Play:
    """One action of the playbook, `[[plays]]` in the workspace file, and whom it fits.

    A customer fits whose band is one of `bands`, whose stage is one of `stages` and of whose
    reasons one is in `when`: a code, a theme, or the first word of a theme; where nothing is said,
    anyone. `action` is what the agent reads. `cost` is that of one attempt, in the workspace's
    currency. At most `capacity_per_day` customers of a night are given it, and none who was given
    it less than `cooldown_days` ago.
    """

    name: str
    action: str
    channel: str
    when: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ("high",)
    cost: float = 0.0
    capacity_per_day: int | None = None
    cooldown_days: int = 0

    def __post_init__(self) -> None:
        """Refuse what fits nobody or cannot be counted."""
        faults = list(self._faults())
        if faults:
            raise ValueError("\n".join(faults))

    def _faults(self) -> Iterator[str]:
        for name in ("name", "action", "channel"):
            told = getattr(self, name)
            if not told.strip() or len(told) > LETTERS_MOST:
                yield f"{name} is blank or too long; write up to {LETTERS_MOST} letters"
        if not self.bands or set(self.bands) - set(BANDS):
            yield f"bands is {list(self.bands)}; write some of {', '.join(BANDS)}"
        if not (math.isfinite(self.cost) and self.cost >= 0):
            yield f"cost is {self.cost}; write an amount of money from 0"
        if self.capacity_per_day is not None and self.capacity_per_day < 1:
            yield f"capacity_per_day is {self.capacity_per_day}; write a number from 1"
        if not 0 <= self.cooldown_days <= LONGEST_COOLDOWN_DAYS:
            yield f"cooldown_days is {self.cooldown_days}; write 0 to {LONGEST_COOLDOWN_DAYS}"


def fits(play: Play, scored: pd.DataFrame) -> Flags:
    """Which rows a play fits by band, stage and reasons.

    `scored` has the columns risk_band, stage and reasons (lists of code and theme).
    """
    fitting = np.array(scored["risk_band"].isin(play.bands), dtype=bool)
    if play.stages:
        fitting &= scored["stage"].isin(play.stages).to_numpy(dtype=bool)
    if play.when:
        wanted, reasons = frozenset(play.when), scored["reasons"].to_numpy()
        for row in np.flatnonzero(fitting):
            fitting[row] = any(_calls(reason, wanted) for reason in reasons[row])
    return fitting


def _calls(reason: Mapping[str, str], wanted: frozenset[str]) -> bool:
    code, theme = reason["code"], reason["theme"]
    if code in wanted:
        return True
    return not code.startswith(STAYING) and (theme in wanted or theme.split(".")[0] in wanted)


def assigned(
    possible: Flags, room: Sequence[int | None], order: NDArray[np.intp], held: Flags
) -> NDArray[np.intp]:
    """The play of each customer: the first that is possible and has room, else -1.

    `possible` is (customers, plays), plays in the order of the playbook. Customers are served in
    `order`. Who is `held` out is given the play that they would have had, and takes no room.

    >>> everyone = np.ones((3, 2), dtype=bool)
    >>> assigned(everyone, [1, None], np.array([2, 0, 1]), np.zeros(3, dtype=bool)).tolist()
    [1, 1, 0]
    """
    chosen = np.full(len(possible), -1, dtype=np.intp)
    left = [math.inf if most is None else most for most in room]
    served = order[possible[order].any(axis=1)]
    for row, options in zip(served.tolist(), possible[served].tolist(), strict=True):
        is_open = (at for at, ok in enumerate(options) if ok and left[at] > 0)
        play = next(is_open, -1)
        chosen[row] = play
        if play >= 0 and not held[row]:
            left[play] -= 1
    return chosen
