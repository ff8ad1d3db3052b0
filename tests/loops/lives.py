"""The made-up company's customers, vectorised: the law of their leaving, and lots drawn of them.

The law is that of `pipelines.examples.omnichannel.life`. Nobody's week depends on the lots except
for the wish to leave, so both fates of everyone are known: with an offer and without, by the same
chance.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from models.logit import Floats, expit
from models.uplift.effects import Matured
from models.uplift.experiment import CONTROL, TREATED
from models.uplift.fates import LEFT, STAYED
from pipelines.examples.omnichannel.calendar import START
from pipelines.examples.omnichannel.life import COEFFICIENTS, INSOLVENT, MOST, OFFER_WEEKS, RISKY

CUSTOMERS = 2_000
BEFORE, WEEKS = 20, 36
"""Weeks lived before the first lots, and while lots are drawn and come true."""


@dataclass(frozen=True, kw_only=True)
class World:
    """Draws in the order in which they matured, the week of that, and the effect on each."""

    told: Matured
    matured: Floats
    effects: Floats

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The draws as the table that outcomes are measured from; not all are worth the same."""
        told = self.told
        values = np.random.default_rng(0).lognormal(3, 1, CUSTOMERS)[told.customers]
        weeks = pd.to_timedelta(7 * self.matured, unit="D")
        matured_at = (pd.Timestamp(START) + weeks).as_unit("us")
        return pd.DataFrame(
            {
                "customer_id": [f"c{number:05d}" for number in told.customers],
                "experiment": "offer",
                "assigned_at": matured_at - pd.Timedelta(weeks=OFFER_WEEKS),
                "matured_at": matured_at,
                "arm": np.where(told.treated == 1, TREATED, CONTROL),
                "probability": told.probability,
                "fate": np.where(told.stayed == 1, STAYED, LEFT),
                "leaving": told.leaving,
                "value": values,
                "cost": told.treated,
                "given": told.treated == 1,
                "contacted": told.treated == 1,
                "in_vain": False,
                **dict.fromkeys(("told", "stratum", "stage", "persona", "channel", "action")),
            }
        )

    @property
    def truth(self) -> float:
        """The mean effect on the treated, whoever they were drawn to be."""
        share = self.told.probability
        return float(share @ self.effects / share.sum())


def lived(seed: int, *, offer: float, share: float) -> World:
    """Some months of draws; an offer adds so much to the log odds, a share is offered one."""
    random = np.random.default_rng(seed)
    driven, frailty = _driven(random), 0.6 * random.standard_normal(CUSTOMERS)
    told = driven + COEFFICIENTS["intercept"]
    chance, insolvent = random.random((2, *told.shape))
    alone, offered = (
        (chance < expit(told + frailty + effect)) | (insolvent < INSOLVENT) for effect in (0, offer)
    )
    risky = expit(told + frailty) > RISKY
    leaving = 1 - (1 - expit(told)) ** OFFER_WEEKS
    return _drawn(random, alone=alone, offered=offered, risky=risky, leaving=leaving, share=share)


def _drawn(
    random: np.random.Generator,
    *,
    alone: Floats,
    offered: Floats,
    risky: Floats,
    leaving: Floats,
    share: float,
) -> World:
    """Lots week by week among those at risk whose last one is over."""
    fates = [_gone_within(left) for left in (offered, alone)]
    lives, drawn_in = np.ones(CUSTOMERS, bool), np.full(CUSTOMERS, -WEEKS)
    treated = np.zeros(CUSTOMERS, bool)
    columns: list[list[Floats]] = []
    for week in range(BEFORE, BEFORE + WEEKS):
        helped = treated & (week - drawn_in <= OFFER_WEEKS)
        asked = lives & risky[week] & (week - drawn_in > OFFER_WEEKS)
        lives &= ~np.where(helped, offered[week], alone[week])
        if week + OFFER_WEEKS < BEFORE + WEEKS:
            who = np.flatnonzero(asked & lives)
            treated[who], drawn_in[who] = random.random(len(who)) < share, week
            gone = [fate[week][who] for fate in fates]
            left = np.where(treated[who], *gone)
            told = [who, treated[who], left, leaving[week][who], gone[1] * 1.0 - gone[0]]
            columns.append([*told, np.full(len(who), week + OFFER_WEEKS)])
    customers, on, left, p, effects, matured = (
        np.concatenate(one) for one in zip(*columns, strict=True)
    )
    told = Matured(
        treated=on.astype(np.float64),
        probability=np.full(len(on), share),
        stayed=1.0 - left,
        leaving=p,
        customers=customers,
    )
    return World(told=told, matured=matured, effects=effects)


def _driven(random: np.random.Generator) -> Floats:
    """What moves the log odds besides an offer: (weeks, customers), as each week begins."""
    shape = (BEFORE + WEEKS, CUSTOMERS)
    troubled, interest = _habits(random, shape)
    opened = random.poisson(np.where(troubled, 0.55, 0.07))
    slow = random.binomial(opened, np.where(troubled, 0.5, 0.15))
    careless = np.where(random.random(CUSTOMERS) < 0.8, 0.05, 0.25)
    late = np.where(np.arange(shape[0])[:, None] % 4 == 0, random.random(shape) < careless, 0)
    called = random.random(shape) < np.where(random.random(CUSTOMERS) < 0.6, 0.11, 0.01)
    usual = np.clip(random.lognormal(np.log(2.1), 0.45, CUSTOMERS), 1, 8)
    logins = random.poisson(usual * interest)
    drivers = {
        "tickets_opened": np.minimum(_last(opened, 8), MOST),
        "slow_first_replies": np.minimum(_last(slow, 8), MOST),
        "late_payments": np.minimum(_last(late, 12), MOST),
        "login_drop": _drop(logins),
        "success_call": _last(called, 12) > 0,
    }
    return sum(COEFFICIENTS[name] * told for name, told in drivers.items())


def _habits(random: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Trouble that comes and goes, and the interest that it costs."""
    chance = random.random(shape)
    troubled, interest = np.zeros(shape, bool), np.ones(shape)
    for week in range(1, shape[0]):
        troubled[week] = chance[week] < np.where(troubled[week - 1], 0.88, 0.022)
        change = np.where(troubled[week], 0.8, 1.18)
        interest[week] = np.clip(interest[week - 1] * change, 0.35, 1.0)
    return troubled, interest


def _last(counts: Floats, weeks: int) -> Floats:
    """The sum of some weeks before each."""
    running = np.concatenate([np.zeros((1, counts.shape[1])), counts.cumsum(axis=0)])
    here = np.arange(len(counts))
    return running[here] - running[np.maximum(here - weeks, 0)]


def _drop(logins: Floats) -> Floats:
    """By what share logins of four weeks are fewer than of the eight before."""
    recent = _last(logins, 4)
    before = _last(logins, 12) - recent
    ratio = np.divide(2 * recent, before, out=np.ones_like(recent), where=before > 0)
    return np.maximum(0, 1 - ratio)


def _gone_within(left: Floats) -> Floats:
    """Whether somebody leaves in the weeks after each while an offer holds."""
    running = left.cumsum(axis=0)
    after = np.minimum(np.arange(len(left)) + OFFER_WEEKS, len(left) - 1)
    return running[after] > running
