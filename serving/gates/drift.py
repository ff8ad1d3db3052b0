"""Whether the probabilities are like those of last time."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from serving.gates.params import GateParams
from serving.gates.spread import Spread, chance_instability, instability
from serving.gates.tonight import Gate, Tonight

NIGHTS_LEAST = 5
"""Of fewer steps between nights it is not known how much the mean moves by itself."""

DEVIATIONS_A_MEDIAN = 1.4826
"""Standard deviations in a median absolute deviation of a normal distribution."""


def steady_mean(tonight: Tonight, params: GateParams) -> Gate | None:
    """G06: the mean probability moved no further than it does by itself, or not far."""
    pair = _both(tonight)
    if pair is None or tonight.last is None:
        return None
    now, before = pair
    noise = _noise(now, before, tonight.last.means_before)
    moved = now.mean - before.mean
    noises = abs(moved) / noise if noise else math.inf * bool(moved)
    is_far = abs(moved) > params.mean_shift_most * before.mean
    told = (
        f"mean probability {now.mean:.4f}, {before.mean:.4f} last time: {noises:.1f} times its "
        f"own noise; {params.mean_noises_most:g}, or a change by {params.mean_shift_most:.0%}, "
        f"is allowed{_models(tonight)}"
    )
    return Gate("G06", not (is_far and noises > params.mean_noises_most), told)


def steady_spread(tonight: Tonight, params: GateParams) -> Gate | None:
    """G07: the probabilities spread as last time, by the population stability index."""
    pair = _both(tonight)
    if pair is None:
        return None
    index, by_chance = instability(*pair), chance_instability(*pair)
    told = (
        f"population stability index {index:.3f}; {params.psi_most:g} is allowed, and "
        f"{by_chance:.3f} is chance{_models(tonight)}"
    )
    return Gate("G07", index <= params.psi_most + by_chance, told)


def _both(tonight: Tonight) -> tuple[Spread, Spread] | None:
    before = tonight.last and tonight.last.spread
    return (tonight.spread, before) if tonight.spread and before else None


def _noise(now: Spread, before: Spread, means_before: Sequence[float]) -> float:
    """What the mean moves by itself: by who is drawn, and by what it moved on other nights."""
    drawn = now.variance / now.rows + before.variance / before.rows
    means = [before.mean, *means_before]
    steps = [abs(later - earlier) for later, earlier in pairwise(means)]
    usual = DEVIATIONS_A_MEDIAN * median(steps) if len(steps) >= NIGHTS_LEAST else 0.0
    return math.sqrt(drawn + usual**2)


def _models(tonight: Tonight) -> str:
    """What a person should know who reads of a change: whether the model is another one."""
    before = tonight.last.model_version if tonight.last else tonight.run.model_version
    now = tonight.run.model_version
    return f" (model version {now}, {before} last time)" if now != before else ""
