"""Runs that mature week after week: when it is told that the model no longer holds, and when not.

A shop where leaving follows from a risk that the model knows to the digit, for a year of looks;
in some of them leaving comes to depend less on that risk, or to be more frequent, two months on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import rankdata

from models.judging.bootstrap import Interval
from serving.watching import WatchParams
from serving.watching.matured import plain
from serving.watching.reasons import Evidence, reasons
from serving.watching.records import Kept
from serving.watching.together import apart

WEEK, HORIZON_WEEKS = timedelta(days=7), 4
ORIGINS = range(24, 44, HORIZON_WEEKS)
FIRST, YEAR, CHANGE = 44, 52, 52
"""The first week of the champion, how many weeks are looked at, the week of the change."""

MIDDLE, SPREAD, ANEW, GROUPS = -4.6, 2.3, 0.1, 400
"""Weekly log-odds of leaving, and who in a week has another risk than before."""

DRAWS = 30
START = datetime(2026, 1, 1, tzinfo=UTC)
SHOPS = {200: (100, 30), 2_000: (20, 6), 20_000: (3, 2)}
"""Unchanged shops and changed ones, by customers."""

CHANGES = {"none": (1.0, 1.0), "ranks worse": (0.52, 0.67), "more leave": (1.0, 1.5)}
"""Of what risk is now, as how much it was, and so many times as many: AUC .80 to .70, O/E 1.4."""

FALSE_MOST = 0.05
NIGHTS_MOST = {200: 300, 2_000: 60, 20_000: 42}
"""Nights until half of the changes are told."""


@dataclass(frozen=True, kw_only=True)
class Lives:
    """Risk as scored, and who left, by week and place: whoever left makes room for another."""

    p: np.ndarray
    left: np.ndarray

    def outcomes(self, *weeks: int) -> tuple[np.ndarray, np.ndarray]:
        """Who left within the horizon of some weeks, and what was scored."""
        left = [self.left[week : week + HORIZON_WEEKS].any(axis=0) for week in weeks]
        return np.concatenate(left).astype(float), self.p[list(weeks)].ravel()


def run(seeds: int, say: Callable[[str], None]) -> dict[str, int]:
    """Shop-years in which a model that holds is told not to, and nights until a change is told."""
    beyond, falsely, years = 0, 0, 0
    for customers, change in product(SHOPS, CHANGES):
        count = SHOPS[customers][change != "none"] * seeds // 1_000
        told = [first_told(seed, customers, *CHANGES[change]) for seed in range(count)]
        if not told:
            continue
        if change == "none":
            false = sum(one is not None for one in told)
            falsely, years = falsely + false, years + count
            say(f"truths: {false} of {count} unchanged years of {customers} customers alarm")
            continue
        nights = sorted(np.inf if one is None else one for one in told)
        middle = nights[len(nights) // 2]
        beyond += middle > NIGHTS_MOST[customers]
        say(
            f"truths: {change}, {customers} customers: told after {middle} nights, "
            f"at most {nights[-1]}"
        )
    return {"beyond": beyond + (falsely > max(FALSE_MOST * years, 1))}


def first_told(seed: int, customers: int, alike: float, times: float) -> int | None:
    """Nights from the change until a reason of R01 to R03 is first told; None within no year."""
    random = np.random.default_rng([seed, customers])
    lived = lives(random, customers, alike, times)
    backtest = measured(random, *lived.outcomes(*ORIGINS))
    matured: list[Kept] = []
    for week in range(FIRST, FIRST + YEAR):
        matured.insert(0, kept(random, lived, week))
        evidence = Evidence(
            matured=apart(matured, 1, HORIZON_WEEKS * 7),
            backtest=backtest,
            alarms=(),
            age_days=0,
            version=1,
            lead_days=HORIZON_WEEKS * 7,
            data="",
            zone=ZoneInfo("UTC"),
        )
        if reasons(evidence, WatchParams()):
            return (week + HORIZON_WEEKS - CHANGE) * 7
    return None


def lives(random: np.random.Generator, customers: int, alike: float, times: float) -> Lives:
    """Some customers' weeks, of which those from `CHANGE` on are otherwise."""
    place = random.integers(0, GROUPS, customers)
    grid = MIDDLE + SPREAD * _normal()
    mixed = MIDDLE + alike * (grid - MIDDLE)
    other = np.sqrt(1 - alike**2) * SPREAD * _normal()
    after = np.minimum(times * expit(mixed[:, None] + other).mean(axis=1), 1)
    scored, hazards = ahead(expit(grid)), {False: expit(grid), True: after}
    p, left = [], []
    for week in range(FIRST + YEAR + HORIZON_WEEKS):
        p.append(scored[place])
        left.append(random.random(customers) < hazards[week >= CHANGE][place])
        others = left[-1] | (random.random(customers) < ANEW)
        place = np.where(others, random.integers(0, GROUPS, customers), place)
    return Lives(p=np.array(p), left=np.array(left))


def ahead(hazard: np.ndarray) -> np.ndarray:
    """The chance of leaving within the horizon, where the weekly one changes as it does."""
    stays = np.ones(GROUPS)
    for _ in range(HORIZON_WEEKS):
        stays = (1 - hazard) * ((1 - ANEW) * stays + ANEW * stays.mean())
    return 1 - stays


def kept(random: np.random.Generator, lived: Lives, week: int) -> Kept:
    """A run of one week as it is kept once it has matured."""
    y, p = lived.outcomes(week)
    level = y.sum() / p.sum()
    told = {**measured(random, y, p), "observed_over_expected": Interval(level, level, level)}
    facts = {
        "true": {name: plain(one) for name, one in told.items()},
        "model_version": 1,
        "alone": len(y),
        "left_alone": int(y.sum()),
        "counted": float(p.sum()),
    }
    return Kept(run_id=f"{week}", as_of=START + week * WEEK, facts=facts)


def measured(random: np.random.Generator, y: np.ndarray, p: np.ndarray) -> dict[str, Interval]:
    """AUC (DeLong 1988) and average precision (customers drawn again) with their intervals."""
    return {"auc": _interval(*_auc(y > 0, p)), "average_precision": _interval(*_ap(random, y, p))}


def _auc(ones: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    if min(ones.sum(), (~ones).sum()) <= 1:
        return np.nan, np.nan
    whole = rankdata(p)
    above = (whole[ones] - rankdata(p[ones])) / (~ones).sum()
    below = (whole[~ones] - rankdata(p[~ones])) / ones.sum()
    spread = above.var(ddof=1) / ones.sum() + below.var(ddof=1) / (~ones).sum()
    return float(above.mean()), float(np.sqrt(spread))


def _ap(random: np.random.Generator, y: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    if y.sum() <= 1:
        return np.nan, np.nan
    again = random.poisson(1, (DRAWS, len(y)))
    weights = np.vstack([np.ones(len(y)), again])[:, np.argsort(-p, kind="stable")]
    left = weights * y[np.argsort(-p, kind="stable")]
    rows, hits = weights.cumsum(axis=1), left.cumsum(axis=1)
    found = np.array([*_precisions(left, hits, rows)])
    return float(found[0]), float(np.nanstd(found[1:]))


def _precisions(left: np.ndarray, hits: np.ndarray, rows: np.ndarray) -> Iterator[float]:
    for own, hit, row in zip(left, hits, rows, strict=True):
        some = own > 0
        yield float((own[some] * hit[some] / row[some]).sum() / own.sum()) if some.any() else np.nan


def _interval(value: float, error: float) -> Interval:
    return Interval(value, value - 1.96 * error, value + 1.96 * error)


def _normal() -> np.ndarray:
    return ndtri((np.arange(GROUPS) + 0.5) / GROUPS)
