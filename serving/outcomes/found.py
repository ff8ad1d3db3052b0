"""What came of an experiment: customers and money kept, and whether that is to be believed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from models.judging.bootstrap import Interval
from models.uplift.cells import Cell
from models.uplift.effects import Effect

HELPS, HARMS, UNPROVED, TOO_EARLY = "helps", "harms", "unproved", "too_early"
"""What may be said; contact helps or harms only where the interval for every look says so."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A reason not to trust a comparison: a code, and what fills its sentence."""

    code: str
    told: Mapping[str, str | int | float] = field(default_factory=dict[str, "str | int | float"])


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """An experiment as its outcomes stand; no customer is named.

    `counts` tells draws by fate, and how many have been suppressed or erased since. `due` are
    the days on which outcomes will be known, with their number. `effect` is the share of the
    treated who stayed because of it, `money` the yearly value that this kept for each of them,
    `cost` what was spent on them all; `given` of them were given a play, the others none.
    """

    experiment: str
    as_of: datetime
    horizon_days: int
    counts: Mapping[str, int]
    due: Mapping[str, int]
    effect: Effect | None = None
    money: Effect | None = None
    cost: float = 0.0
    given: int = 0
    cells: tuple[Cell, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def verdict(self) -> str:
        """What may be said of the contact."""
        if self.effect is None or not self.effect.is_enough:
            return TOO_EARLY
        return {1: HELPS, -1: HARMS, 0: UNPROVED}[self.effect.claimed]

    @property
    def saves(self) -> tuple[Interval, Interval] | None:
        """How many of the treated stayed because of it: for one look, and for every look."""
        return self.effect and _all_treated(self.effect, self.effect.treated)

    @property
    def net(self) -> tuple[Interval, Interval] | None:
        """The yearly value kept less what was spent: for one look, and for every look."""
        return self.money and _all_treated(self.money, self.money.treated, less=self.cost)

    @property
    def saves_a_contact(self) -> float | None:
        """The share kept of those who were given a play, if it changed nobody else."""
        if self.saves is None or not self.given:
            return None
        return self.saves[0].value / self.given

    def facts(self) -> dict[str, Any]:
        """All of it as JSON knows it."""
        return {
            "experiment": self.experiment,
            "as_of": self.as_of.isoformat(),
            "horizon_days": self.horizon_days,
            "verdict": self.verdict,
            "counts": dict(self.counts),
            "due": dict(self.due),
            "difference": self.effect and _told((self.effect.once, self.effect.always)),
            "saves": self.saves and _told(self.saves),
            "net": self.net and _told(self.net),
            "cost": round(self.cost, 2),
            "given": self.given,
            "saves_a_contact": self.saves_a_contact,
            "cells": [asdict(cell) for cell in self.cells],
            "doubts": [{"code": one.code, **one.told} for one in self.doubts],
        }


def _all_treated(told: Effect, treated: int, *, less: float = 0.0) -> tuple[Interval, Interval]:
    """What holds of each of the treated as what holds of them all."""
    once, always = (
        Interval(*(treated * one - less for one in interval))
        for interval in (told.once, told.always)
    )
    return once, always


def _told(intervals: tuple[Interval, Interval]) -> dict[str, Any]:
    once, always = intervals
    return {
        "value": once.value,
        "once": [once.low, once.high],
        "always": [always.low, always.high],
    }
