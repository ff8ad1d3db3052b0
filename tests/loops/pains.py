"""Pains against known truth: one that was planted is found and named, and where there is none
nothing is told.

In every world some customers are likelier to leave than others, and those prefer one channel: who
looks only at shares by channel would blame it.
"""

from collections.abc import Callable
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

SEEDS_A_WORLD = 5
"""A world takes as long as a hundred draws of the other simulations: one for so many seeds."""


class World(NamedTuple):
    """Rows as they are looked at, and the money that the planted pain costs a month."""

    rows: pd.DataFrame
    money: float


def run(seeds: int, say: Callable[[str], None]) -> dict[str, int]:
    """Worlds with a pain in one cell and worlds with none; counts for people alone."""
    number = max(1, seeds // SEEDS_A_WORLD)
    silent = sum(len(drop_offs(search(world(seed, 0.0).rows))) > 0 for seed in range(number))
    named = covered = others = 0
    for seed in range(number):
        planted = world(seed, HURT)
        told = drop_offs(search(planted.rows))
        mine = told.loc[is_planted(told)]
        named += len(mine)
        others += len(told) - len(mine)
        covered += int(
            mine["money_low"].le(planted.money).mul(mine["money_high"] >= planted.money).sum()
        )
    say(f"pains: of {number} worlds without one {silent} told any")
    say(f"pains: of {number} planted {named} named, {covered} with their money; {others} others")
    return {}


def search(rows: pd.DataFrame) -> Pains:
    """The pains in some rows."""
    return found(rows, rows.iloc[:0], PainParams(), horizon_days=HORIZON_DAYS)


def drop_offs(pains: Pains) -> pd.DataFrame:
    """The cells that are told of where customers drop off."""
    return pains.frame.loc[pains.frame["kind"].eq("drop_off")]


def is_planted(told: pd.DataFrame) -> pd.Series:
    """Which of the told pains is the planted one, by its own name."""
    return (
        told["stage"].eq(PLANTED.stage)
        & told["channel"].eq(PLANTED.channel)
        & told["persona"].eq(PLANTED.persona)
    )


def world(seed: int, hurt: float, customers: int = CUSTOMERS) -> World:
    """Customers on a few days; in the planted cell `hurt` more of them leave."""
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
    inside = (
        rows["stage"].eq(PLANTED.stage)
        & rows["channel"].eq(PLANTED.channel)
        & rows["persona"].eq(PLANTED.persona)
    )
    p = np.minimum(p + hurt * inside.to_numpy(), 1)
    outcome = (rng.random(len(p)) < p).astype(float)
    mix = pd.DataFrame({"risk": risk + rng.normal(size=len(who)) * 0.1, "size": size})
    told = expected(mix, stage, outcome, [str(one) for one in who])
    rows = rows.assign(outcome=outcome, expected=told, dropped=outcome, drop_expected=told)
    money = hurt * inside.sum() / DAYS * (DAYS_A_MONTH / HORIZON_DAYS) * VALUE
    return World(rows, float(money))
