"""Mended, not mended or unclear: what a measured change comes to, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.judging.bootstrap import Interval

Verdict = Literal["mended", "not mended", "unclear"]
VERDICTS: tuple[Verdict, ...] = ("mended", "not mended", "unclear")

MENDED, TOO_LITTLE, TOO_EARLY, TOO_FEW, NO_EXCESS, MOVED, MOVING, NOT_YET = BECAUSE = (
    "mended",
    "too_little",
    "too_early",
    "too_few",
    "no_excess",
    "comparison_moved",
    "drift_possible",
    "not_yet",
)
"""Why a verdict is what it is: the codes that stand in the ledger."""

OF_INTEREST = 0.5
"""The part of the excess that must be gone before a pain counts as mended."""


_INTERVALS = ("effect", "drift", "step", "plain")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One side of the comparison: customers, rows, and the shares observed and expected of them."""

    customers: int
    rows: int
    observed: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A pain after its change against before, and against the comparison.

    `effect` is by how much the share changed that the change is credited with: negative is better.
    Its interval holds at this look and all others. `excess` is what it hurt before:
    how far it lay above the comparison, of waits and the like all that happened. `drift` is by
    how much the gap would have changed had it gone on as before the change, with a 95 % interval;
    `step` is by how much it changed at the change itself, any steady drift apart (95 %). `plain`
    is the effect without case mix: what a mend does to the kind of customers is within it, and so
    is what else did.
    """

    cells: Mapping[str, Cell]
    """The cells before, after, compared_before and compared_after."""
    verdict: Verdict
    because: str
    effect: Interval | None = None
    excess: float | None = None
    drift: Interval | None = None
    step: Interval | None = None
    plain: Interval | None = None
    weeks_more: int | None = None

    def facts(self) -> dict[str, Any]:
        """All of it as JSON; no customer."""
        told = asdict(self)
        named = {name: told[name] and told[name]._asdict() for name in _INTERVALS}
        return {**told, **named}


def judged(effect: Interval, drift: Interval, step: Interval, excess: float) -> tuple[Verdict, str]:
    """The verdict on an effect, and why.

    A comparison that surely moved before the change tells nothing. One that may have moved unseen
    is why the step at the change must point the same way.

    >>> still, step = Interval(0.0, -0.01, 0.01), Interval(-0.08, -0.12, -0.04)
    >>> judged(Interval(-0.08, -0.10, -0.06), still, step, 0.1)
    ('mended', 'mended')
    >>> judged(Interval(-0.08, -0.10, -0.06), still, Interval(-0.02, -0.06, 0.02), 0.1)
    ('unclear', 'drift_possible')
    >>> judged(Interval(-0.01, -0.03, 0.01), still, Interval(-0.02, -0.06, 0.02), 0.1)
    ('not mended', 'too_little')
    >>> judged(Interval(-0.08, -0.10, -0.06), Interval(-0.03, -0.05, -0.01), step, 0.1)
    ('unclear', 'comparison_moved')
    """
    wanted = OF_INTEREST * excess
    if excess <= 0:
        return "unclear", NO_EXCESS
    if not drift.low <= 0 <= drift.high:
        return "unclear", MOVED
    if effect.low > -wanted:
        return ("not mended", TOO_LITTLE) if step.value > -wanted else ("unclear", MOVING)
    if effect.high < 0 and effect.value <= -wanted:
        return ("mended", MENDED) if step.high < 0 else ("unclear", MOVING)
    return "unclear", NOT_YET
