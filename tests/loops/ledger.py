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
WANDER, STAYS = 0.05, 0.7
"""By how much a channel goes its own way, and how much of that is left a month later."""

BACKDATED = range(8, 17)
"""The months of which somebody may say afterwards that there was a change."""

SHARE_MOST = 0.05
SEEDS_MOST = 300
CHOSEN = 3
"""One world in which places wander, or one is chosen, for so many others."""

Say = Callable[[str], None]


def run(seeds: int, say: Say) -> dict[str, int]:
    """How often no effect is called one, a real one is missed, and a drift is taken for one."""
    seeds = min(seeds, SEEDS_MOST)
    fewer = max(1, seeds // CHOSEN)
    real = [looked_at(world(seed, effect=EFFECT)) for seed in range(seeds)]
    restless = [looked_at(world(seed, effect=EFFECT, wander=WANDER)) for seed in range(fewer)]
    told = {
        "claims": sum(claimed(seed) for seed in range(seeds)),
        "claims_of_chosen": sum(claimed_of_chosen(seed) for seed in range(fewer)),
        "claims_of_drift": sum(claimed(seed, drift=DRIFT) for seed in range(seeds)),
        "claims_of_worst_months": sum(claimed_of_worst_months(seed) for seed in range(fewer)),
        "claims_of_best_date": sum(claimed_of_best_date(seed) for seed in range(fewer)),
        "missed": sum(not covered(looks) for looks in real),
        "missed_where_places_wander": sum(not covered(looks) for looks in restless),
    }
    found = sum(looks[-1].because == MENDED for looks in real)
    say(f"ledger: of {seeds} seeds each, {fewer} where places wander or are chosen, {told}")
    say(f"ledger: a real effect is found {found} times in the end")
    tried = dict.fromkeys(told, fewer) | dict.fromkeys(
        ("claims", "claims_of_drift", "missed"), seeds
    )
    beyond = sum(number > most(tried[name]) for name, number in told.items())
    return {**told, "found": found, "beyond": beyond}


def most(worlds: int) -> float:
    """In how many of some worlds may be told what is not so, but for chance."""
    return SHARE_MOST * worlds + 3 * math.sqrt(SHARE_MOST * (1 - SHARE_MOST) * worlds)


def claimed(seed: int, *, drift: float = 0.0) -> bool:
    """Whether a pain that nobody mended is called mended at some look."""
    return is_claimed(looked_at(world(seed, effect=0.0, drift=drift)))


def claimed_of_chosen(seed: int) -> bool:
    """The same of that channel of four alike ones that looked worst before."""
    return is_claimed(looked_at(*worst_of(world(seed, effect=0.0, excess=0.0))))


def claimed_of_worst_months(seed: int) -> bool:
    """The same where each channel has its own ups and downs, and the last few months decided.

    What was worst of late gets better by itself (regression to the mean).
    """
    rows = world(seed, effect=0.0, excess=0.0, wander=WANDER, a_channel=5 * A_CHANNEL)
    return is_claimed(looked_at(*worst_of(rows, months=4)))


def claimed_of_best_date(seed: int) -> bool:
    """The same where somebody looks first, and then dates a change that there never was."""
    rows = world(seed, effect=0.0, wander=WANDER, a_channel=5 * A_CHANNEL)
    web, others = (
        some["outcome"].groupby(some["cutoff"]).mean().to_numpy()
        for some in (rows[HURTS.holds(rows)], rows[OTHERS.holds(rows, HURTS)])
    )
    gap = web - others
    fell = [gap[at - 6 : at].mean() - gap[at : at + 6].mean() for at in BACKDATED]
    at = CUTOFFS[BACKDATED[int(np.argmax(fell))]].to_pydatetime()
    return is_claimed([before_after(rows, HURTS, OTHERS, replace(CHANGE, at=at))])


def is_claimed(looks: list[Measured]) -> bool:
    """Whether a pain is called mended at some look."""
    return any(look.because == MENDED for look in looks)


def worst_of(rows: pd.DataFrame, months: int = 12) -> tuple[pd.DataFrame, Place, Against]:
    """The rows, the channel that was worst in the months before the change, and the others."""
    earlier = rows[CHANGE.before(pd.DatetimeIndex(rows["cutoff"]))]
    late = earlier[earlier["cutoff"].isin(CUTOFFS[FIRST_AFTER - 1 - months : FIRST_AFTER - 1])]
    worst = str(late["outcome"].groupby(late["channel"]).mean().idxmax())
    others = Against(by="channel", names=tuple(name for name in CHANNELS if name != worst))
    return rows, replace(HURTS, channel=worst), others


def covered(looks: list[Measured]) -> bool:
    """Whether the real effect lies within the interval at every look."""
    return all(look.effect and look.effect.low <= EFFECT <= look.effect.high for look in looks)


def looked_at(rows: pd.DataFrame, place: Place = HURTS, others: Against = OTHERS) -> list[Measured]:
    """What is measured as the months go by."""
    return [
        before_after(rows[rows["cutoff"] <= CUTOFFS[last - 1]], place, others, CHANGE)
        for last in LOOKS
    ]


def world(
    seed: int,
    *,
    effect: float,
    drift: float = 0.0,
    excess: float = EXCESS,
    wander: float = 0.0,
    a_channel: int = A_CHANNEL,
) -> pd.DataFrame:
    """Rows of customers who stand in one stage for some months, and each month may drop off.

    Web hurts by `excess` and more or less by `drift` each month; all channels share what every
    month brings, and each has ups and downs of its own, of the size `wander`, that stay for some
    months. Customers differ by more than what is expected of them tells.
    """
    rng = np.random.default_rng(seed)
    customers = a_channel * len(CHANNELS)
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
    chance = expected + hidden[number] + month[at] + own
    if wander:
        chance = chance + wander * own_ways(rng)[at, channel[number]]
    chance = np.clip(chance, 0.0, 1.0)
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


def own_ways(rng: np.random.Generator) -> np.ndarray:
    """Ups and downs of each channel by itself, in deviations: (months, channels)."""
    found = rng.normal(size=(len(CUTOFFS), len(CHANNELS)))
    for month in range(1, len(found)):
        found[month] = STAYS * found[month - 1] + math.sqrt(1 - STAYS**2) * found[month]
    return found
