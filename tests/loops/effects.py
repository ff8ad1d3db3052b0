"""Effects of outreach measured in the made-up company, where they are known."""

from collections.abc import Callable

import numpy as np
from loops.lives import World, lived

from models.judging.profit import ProfitParams
from models.uplift.effects import effect
from pipelines.examples.omnichannel.calendar import SECOND_NIGHT, START
from pipelines.examples.omnichannel.life import COEFFICIENTS, OFFER_WEEKS, TREATED
from serving.outcomes.found import HELPS, Outcomes
from serving.outcomes.measuring import expected_draws, measure

ACCEPTANCE = ProfitParams().acceptance
SAID_EVERY = 100


def run(seeds: int, say: Callable[[str], None]) -> dict[str, int]:
    """Worlds with the known effect, and without any: how often it is covered, and claimed.

    Without an effect one is looked for in every week, and one claim in any of them counts.
    """
    counts = dict.fromkeys(
        ("covered", "covered_always", "covered_money", "proved", "doubted", "false_claims"), 0
    )
    for seed in range(seeds):
        for name, holds in _judged(seed).items():
            counts[name] += holds
        if (seed + 1) % SAID_EVERY == 0:
            say(f"effects: {seed + 1} of {seeds} seeds, {counts}")
    return {"seeds": seeds, **counts}


def measured(world: World) -> Outcomes:
    """What the command would say at the end."""
    return measure(
        world.rows,
        as_of=SECOND_NIGHT,
        zone=START.tzinfo,
        horizon_days=7 * OFFER_WEEKS,
        acceptance=ACCEPTANCE,
    )


def looks(world: World) -> list[bool]:
    """Whether an effect is claimed, week by week."""
    expected = expected_draws(world.rows, ACCEPTANCE)
    return [
        effect(world.told.where(world.matured <= week), expected=expected).claimed != 0
        for week in np.unique(world.matured)
    ]


def _judged(seed: int) -> dict[str, bool]:
    """What is true of one world with an effect, and of one without."""
    world = lived(seed, offer=COEFFICIENTS["offer"], share=TREATED)
    found = measured(world)
    shares, values = world.told.probability, world.rows["value"].to_numpy()
    money = float((shares * values) @ world.effects / shares.sum())
    return {
        "covered": found.effect.once.low <= world.truth <= found.effect.once.high,
        "covered_always": found.effect.always.low <= world.truth <= found.effect.always.high,
        "covered_money": found.money.once.low <= money <= found.money.once.high,
        "proved": found.verdict == HELPS,
        "doubted": bool(found.doubts),
        "false_claims": any(looks(lived(seed, offer=0.0, share=TREATED))),
    }
