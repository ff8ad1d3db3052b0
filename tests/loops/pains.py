"""Pains against known truth: one that was planted is found and named, and where there is none
nothing is told.

In every world some customers are likelier to leave than others, and those prefer one channel: who
looks only at shares by channel would blame it.
"""

from collections.abc import Callable
from functools import reduce
from operator import and_
from typing import NamedTuple

import numpy as np
import pandas as pd

from models.pains.cells import Cell
from models.pains.expecting import expected
from models.pains.found import Pains, found
from models.pains.params import DAYS_A_MONTH, PainParams

STAGES, CHANNELS, PERSONAS = ("consider", "use"), ("web", "call", "chat"), ("small", "large")
BASE = {"consider": -0.9, "use": -2.2}
CUSTOMERS, DAYS, HORIZON_DAYS = 2_000, 3, 30
PLANTED = Cell("use", "chat", "large")
HURT = 0.12
VALUE = 100.0

SEEDS_A_WORLD = 10
"""A world takes as long as many draws of the other simulations: one for so many seeds."""

SILENT_LEAST = 0.9
"""Of worlds without a pain so many tell none; of those with one so many tell it. But for chance."""


class World(NamedTuple):
    """Rows as they are looked at, and the money that the planted pain costs a month."""

    rows: pd.DataFrame
    money: float


def run(seeds: int, say: Callable[[str], None]) -> dict[str, int]:
    """Worlds with a pain in one cell and worlds with none; `beyond` counts the limits passed."""
    number = max(1, seeds // SEEDS_A_WORLD)
    silent = sum(drop_offs(search(world(seed, 0.0).rows)).empty for seed in range(number))
    tries = [_tried(world(seed, HURT)) for seed in range(number)]
    named, covered, others = (sum(column) for column in zip(*tries, strict=True))
    fewer = max(1, number // 2)
    poor = [_tried(world(seed, HURT, of_the_poor=True)) for seed in range(fewer)]
    honest = sum(not named or covered for named, covered, _ in poor)
    say(f"pains: of {number} worlds without one {number - silent} told any")
    say(f"pains: of {number} planted {named} named, {covered} with their money; {others} others")
    say(f"pains: of {fewer} that hurt who pays little {fewer - honest} told with other money")
    beyond = silent < _least(number), covered < _least(number), honest < _least(fewer)
    return {"beyond": sum(map(int, beyond))}


def _least(number: int) -> float:
    return SILENT_LEAST * number - 2 * (SILENT_LEAST * (1 - SILENT_LEAST) * number) ** 0.5


def _tried(planted: World) -> tuple[int, int, int]:
    """Whether a planted pain is named, and with its money; how many others are told beside it."""
    told = drop_offs(search(planted.rows))
    mine = told.loc[is_planted(told)]
    covers = mine["money_low"].le(planted.money) & mine["money_high"].ge(planted.money)
    return len(mine), int(covers.sum()), len(told) - len(mine)


def search(rows: pd.DataFrame) -> Pains:
    """The pains in some rows."""
    return found(rows, rows.iloc[:0], PainParams(), horizon_days=HORIZON_DAYS)


def drop_offs(pains: Pains) -> pd.DataFrame:
    """The cells that are told of where customers drop off."""
    return pains.frame.loc[pains.frame["kind"].eq("drop_off")]


def is_planted(told: pd.DataFrame) -> pd.Series:
    """Which rows are of the planted cell, by its own name."""
    return reduce(and_, (told[name].eq(word) for name, word in PLANTED._asdict().items()))


def world(
    seed: int, hurt: float, customers: int = CUSTOMERS, *, of_the_poor: bool = False
) -> World:
    """Customers on a few days; in the planted cell `hurt` more of them leave.

    All bring the same; or some much more than others, and it hurts only who brings little.
    """
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), DAYS)
    risk = rng.normal(size=customers)[who] * 0.8 + rng.normal(size=len(who)) * 0.6
    size = rng.normal(size=customers)[who]
    stage = rng.integers(0, len(STAGES), customers)[who]
    persona = (rng.random(customers) < 0.4).astype(int)[who]
    likes = np.stack([-0.9 * risk, 0.9 * risk, 0.3 * persona + 0 * risk], axis=1)
    channel = (likes + rng.gumbel(size=likes.shape)).argmax(axis=1)
    base = np.array([BASE[name] for name in STAGES])[stage]
    p = 1 / (1 + np.exp(-(base + 0.9 * risk + 0.3 * np.minimum(size, 0) * risk)))
    rows = pd.DataFrame(
        {
            "customer": who,
            "cutoff": np.tile(
                pd.date_range("2026-01-01", periods=DAYS, freq="30D", tz="UTC"), customers
            ),
            "kind": "drop_off",
            "what": "",
            "stage": np.array(STAGES)[stage],
            "channel": np.array(CHANNELS)[channel],
            "persona": np.array(PERSONAS)[persona],
            "value": VALUE,
        }
    )
    inside = is_planted(rows).to_numpy()
    if of_the_poor:
        rows["value"] = np.random.default_rng(seed).lognormal(4.6, 1, customers)[who]
        inside = 2 * inside * rows["value"].lt(rows["value"].median()).to_numpy()
    p = np.minimum(p + hurt * inside, 1)
    outcome = (rng.random(len(p)) < p).astype(float)
    mix = pd.DataFrame({"risk": risk + rng.normal(size=len(who)) * 0.1, "size": size})
    told = expected(mix, stage, outcome, [str(one) for one in who])
    rows = rows.assign(outcome=outcome, expected=told, dropped=outcome, drop_expected=told)
    lost = hurt * float(inside @ rows["value"])
    money = lost / DAYS * (DAYS_A_MONTH / HORIZON_DAYS)
    return World(rows, money)
