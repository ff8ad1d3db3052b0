"""The ledger of pains against known truth: made-up rows of customers, before and after a change."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from models.pains.before_after import Against, Change, Place, before_after
from models.pains.verdicts import MENDED, Measured

CHANNELS = ("web", "email", "call", "store")
HURTS = Place(kind="drop_off", stage="consideration", channel="web")
OTHERS = Against(by="channel", names=CHANNELS[1:])
CUTOFFS = pd.date_range(datetime(2025, 1, 1, tzinfo=UTC), periods=24, freq="MS")
CHANGE = Change(at=datetime(2026, 1, 1, tzinfo=UTC), ahead_days=31)
FIRST_AFTER, LOOKS = 13, (14, 16, 19, 24)
A_CHANNEL = 400
EXCESS, EFFECT, DRIFT = 0.12, -0.10, -0.012
BASE = 0.2
SHARE_MOST = 0.05
SEEDS_MOST = 400

Say = Callable[[str], None]


def run(seeds: int, say: Say) -> dict[str, int]:
    """How often no effect is called one, a real one is missed, and a drift is taken for one."""
    seeds = min(seeds, SEEDS_MOST)
    real = [looked_at(world(seed, effect=EFFECT)) for seed in range(seeds)]
    told = {
        "claims": sum(claimed(seed) for seed in range(seeds)),
        "claims_of_chosen": sum(claimed_of_chosen(seed) for seed in range(seeds)),
        "claims_of_drift": sum(claimed(seed, drift=DRIFT) for seed in range(seeds)),
        "missed": sum(not covered(looks) for looks in real),
    }
    found = sum(looks[-1].because == MENDED for looks in real)
    say(f"ledger: of {seeds} seeds each {told}; a real effect is found {found} times in the end")
    most = SHARE_MOST * seeds + 3 * math.sqrt(SHARE_MOST * (1 - SHARE_MOST) * seeds)
    return {**told, "found": found, "beyond": sum(one > most for one in told.values())}


def claimed(seed: int, *, drift: float = 0.0) -> bool:
    """Whether a pain that nobody mended is called mended at some look."""
    looks = looked_at(world(seed, effect=0.0, drift=drift))
    return any(look.because == MENDED for look in looks)


def claimed_of_chosen(seed: int) -> bool:
    """The same of that channel of four alike ones that looked worst before."""
    rows = world(seed, effect=0.0, excess=0.0)
    earlier = rows[CHANGE.before(pd.DatetimeIndex(rows["cutoff"]))]
    worst = str(earlier["outcome"].groupby(earlier["channel"]).mean().idxmax())
    others = Against(by="channel", names=tuple(name for name in CHANNELS if name != worst))
    looks = looked_at(rows, replace(HURTS, channel=worst), others)
    return any(look.because == MENDED for look in looks)


def covered(looks: list[Measured]) -> bool:
    """Whether the real effect lies within the interval at every look."""
    return all(look.effect and look.effect.low <= EFFECT <= look.effect.high for look in looks)


def looked_at(rows: pd.DataFrame, place: Place = HURTS, others: Against = OTHERS) -> list[Measured]:
    """What is measured as the months go by."""
    return [
        before_after(rows[rows["cutoff"] <= CUTOFFS[last - 1]], place, others, CHANGE)
        for last in LOOKS
    ]


def world(seed: int, *, effect: float, drift: float = 0.0, excess: float = EXCESS) -> pd.DataFrame:
    """Rows of customers who stand in one stage for some months, and each month may drop off.

    Web hurts by `excess` and more or less by `drift` each month; all channels share what every
    month brings. Customers differ by more than what is expected of them tells.
    """
    rng = np.random.default_rng(seed)
    customers = A_CHANNEL * len(CHANNELS)
    channel = np.arange(customers) % len(CHANNELS)
    begins = rng.integers(-4, len(CUTOFFS), customers)
    known, hidden = rng.normal(0, 0.05, (2, customers))
    month = rng.normal(0, 0.02, len(CUTOFFS))
    number, place = (one.ravel() for one in np.indices((customers, 6)))
    at = begins[number] + place
    there = (at >= 0) & (at < len(CUTOFFS))
    number, at = number[there], at[there]
    expected = BASE + known[number]
    own = (channel[number] == 0) * (excess + drift * at + effect * (at >= FIRST_AFTER - 1))
    chance = np.clip(expected + hidden[number] + month[at] + own, 0.0, 1.0)
    return pd.DataFrame(
        {
            "customer": number,
            "cutoff": CUTOFFS[at],
            "kind": "drop_off",
            "stage": "consideration",
            "channel": np.array(CHANNELS, dtype=object)[channel[number]],
            "persona": "other",
            "outcome": (rng.random(len(at)) < chance).astype(np.float64),
            "expected": expected,
        }
    )
