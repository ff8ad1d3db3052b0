"""How many customers were scored, and how many may not be, beside last night."""

import math

from serving.gates.params import GateParams
from serving.gates.tonight import Gate, Tonight

NOISES = 3.0
"""Numbers of people vary by about the root of themselves; so many roots are no accident."""


def as_many_rows(tonight: Tonight, params: GateParams) -> Gate | None:
    """G01: not far fewer or more rows than were published last; of few rows chance moves many."""
    if tonight.last is None:
        return None
    now, before = tonight.rows, tonight.last.rows
    by_chance = NOISES * math.sqrt(now + before)
    too_few = now < before * (1 - params.fewer_rows_most) and before - now > by_chance
    too_many = now > before * (1 + params.more_rows_most) and now - before > by_chance
    told = f"{now:,} rows, {_change(now, before)} against {before:,} last time"
    allowed = f"-{params.fewer_rows_most:.0%} to +{params.more_rows_most:.0%} is allowed"
    return Gate("G01", not (too_few or too_many), f"{told}; {allowed}")


def as_many_suppressed(tonight: Tonight, params: GateParams) -> Gate | None:
    """G11: the share of customers who may not be scored is about that of last time."""
    last = tonight.last
    if last is None or last.suppressed is None:
        return None
    everyone = (tonight.suppressed + tonight.rows, last.suppressed + last.rows)
    now, before = tonight.suppressed / max(everyone[0], 1), last.suppressed / max(everyone[1], 1)
    by_chance = NOISES * math.sqrt(sum(0.25 / max(n, 1) for n in everyone))
    passed = abs(now - before) <= max(params.suppressed_more_most, by_chance)
    told = f"{now:.1%} of the customers are suppressed, {before:.1%} were last time"
    return Gate("G11", passed, f"{told}; a change by {params.suppressed_more_most:.0%} is allowed")


def _change(now: int, before: int) -> str:
    return f"{now / before - 1:+.0%}" if before else "new"
