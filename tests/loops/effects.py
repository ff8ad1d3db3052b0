"""Effects of outreach measured in the made-up company, where they are known."""

from collections.abc import Callable

import numpy as np
from loops.lives import World, lived

from models.uplift.effects import effect
from pipelines.examples.omnichannel.life import COEFFICIENTS, TREATED

EXPECTED = 1_000
SAID_EVERY = 100


def run(seeds: int, say: Callable[[str], None]) -> dict[str, int]:
    """Worlds with the known effect, and without any: how often it is covered, and claimed.

    Without an effect one is looked for in every week, and one claim in any of them counts.
    """
    counts = {"covered": 0, "covered_always": 0, "proved": 0, "false_claims": 0}
    for seed in range(seeds):
        world = lived(seed, offer=COEFFICIENTS["offer"], share=TREATED)
        found = effect(world.told, expected=EXPECTED)
        counts["covered"] += found.once.low <= world.truth <= found.once.high
        counts["covered_always"] += found.always.low <= world.truth <= found.always.high
        counts["proved"] += found.claimed == 1
        counts["false_claims"] += any(looks(lived(seed, offer=0.0, share=TREATED)))
        if (seed + 1) % SAID_EVERY == 0:
            say(f"effects: {seed + 1} of {seeds} seeds, {counts}")
    return {"seeds": seeds, **counts}


def looks(world: World) -> list[bool]:
    """Whether an effect is claimed, week by week."""
    return [
        effect(world.told.where(world.matured <= week), expected=EXPECTED).claimed != 0
        for week in np.unique(world.matured)
    ]
