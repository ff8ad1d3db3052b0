"""What contacting those most at risk is worth in money, if a share of the leaving accept an offer.

With the value `v` of a kept customer, offer `d`, contact `f` and acceptance `g`: a leaving customer
who is contacted brings `g (v - d) - f`, one who would have stayed costs `d + f`. The acceptance is
an assumption until a campaign with a control arm has measured it.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from models.logit import Floats

SURENESS = 20.0
"""How sure the acceptance is: a Beta distribution of so many pseudo-customers around it."""

CURVE_SHARES = np.linspace(0, 1, 101)


@dataclass(frozen=True, kw_only=True)
class ProfitParams:
    """What keeping a customer is worth and what an attempt costs, in the workspace's currency.

    `acceptance` is the assumed share of leaving customers that an offer keeps; measure it as soon
    as there is a campaign with a control arm.
    """

    customer_value: float = 200.0
    offer_cost: float = 10.0
    contact_cost: float = 1.0
    acceptance: float = 0.3

    def __post_init__(self) -> None:
        """Refuse amounts below 0 and shares that are none."""
        for name in ("customer_value", "offer_cost", "contact_cost"):
            amount = getattr(self, name)
            if not (math.isfinite(amount) and amount >= 0):
                msg = f"{name} is {amount}; write an amount of money from 0"
                raise ValueError(msg)
        if not 0 < self.acceptance <= 1:
            msg = f"acceptance is {self.acceptance}; write a share above 0 and up to 1"
            raise ValueError(msg)


def profit_cut(params: ProfitParams) -> float:
    """The probability of leaving above which contacting a customer pays.

    Contact when `p > (d + f) / (g (v - d) + d)`. Where the offer costs as much as the customer is
    worth, the cut is infinite: never (Verbraken and others 2013, for one customer).

    >>> round(profit_cut(ProfitParams()), 3)
    0.164
    >>> profit_cut(ProfitParams(customer_value=10, offer_cost=10))
    inf
    """
    gain = params.customer_value - params.offer_cost
    if gain <= 0:
        return math.inf
    cost = params.offer_cost + params.contact_cost
    return cost / (params.acceptance * gain + params.offer_cost)


def profit_curve(y: Floats, p: Floats, params: ProfitParams) -> pd.DataFrame:
    """Profit per customer, contacted or not, of contacting a share of them, those most at risk.

    One row a percent. `probability` is that of the last one contacted (NaN for nobody), `expected`
    the profit that the probabilities promise, `observed` that of who left and who stayed (`y`).
    Customers of equal probability are contacted in equal parts.

    >>> y, p = np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.9, 0.1, 0.1, 0.1])
    >>> curve = profit_curve(y, p, ProfitParams())
    >>> curve.loc[curve["share"].eq(0.25), ["expected", "observed"]].round(2).values.tolist()
    [[12.32, 14.0]]
    """
    order = np.argsort(-p, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(p[order]) != 0, True])
    at = np.r_[0.0, (ends + 1) / len(p)]

    def share_of(events: Floats) -> Floats:
        sums = np.r_[0.0, events[order].cumsum()[ends]] / len(p)
        return np.interp(CURVE_SHARES, at, sums)

    last = np.maximum(np.ceil(CURVE_SHARES * len(p) - 1e-9).astype(int) - 1, 0)
    return pd.DataFrame(
        {
            "share": CURVE_SHARES,
            "probability": np.where(CURVE_SHARES > 0, p[order][last], np.nan),
            "expected": _profit(share_of(p), params),
            "observed": _profit(share_of(y), params),
        }
    )


def empc(y: Floats, p: Floats, params: ProfitParams | None = None) -> float:
    """The profit per customer at the best cut, expected over what the acceptance may be.

    The expected maximum profit of Verbraken, Verbeke and Baesens (2013), their Beta(6, 14) where
    the acceptance is .3. The cut may be another one for each acceptance, so only how `p` ranks
    counts. Exact: at the corners of the convex hull of the ROC curve, which are the blocks of an
    isotonic regression, the profit is linear in the acceptance, and its integral over a Beta is
    an incomplete Beta function.

    >>> round(empc(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.8, 0.2, 0.1])), 3)
    28.0
    """
    params = params or ProfitParams()
    gain = params.customer_value - params.offer_cost
    if gain <= 0 or not len(y):
        return 0.0
    rate, rows = _hull(y, p)
    left, stayed = rate * rows / len(y), (1 - rate) * rows / len(y)
    pays, costs = left * gain, left * params.contact_cost
    costs = costs + stayed * (params.offer_cost + params.contact_cost)
    least = np.divide(costs, pays, out=np.ones_like(costs), where=pays > costs)
    chance, share = _beyond(least, params.acceptance)
    return float((pays * share - costs * chance).sum())


def _profit(left: Floats, params: ProfitParams) -> Floats:
    """Profit per customer at `CURVE_SHARES`, given the share who are contacted and leaving."""
    per_leaving = params.acceptance * (params.customer_value - params.offer_cost)
    return left * (per_leaving + params.offer_cost) - CURVE_SHARES * (
        params.offer_cost + params.contact_cost
    )


def _hull(y: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Share of events and number of rows of each piece of the ROC curve's convex hull."""
    _, place, rows = np.unique(-p, return_inverse=True, return_counts=True)
    events = np.bincount(place, weights=y)
    fitted = scipy.optimize.isotonic_regression(events / rows, weights=rows, increasing=False)
    starts = np.asarray(fitted.blocks[:-1])
    return np.asarray(fitted.x)[starts], np.add.reduceat(rows, starts).astype(np.float64)


def _beyond(least: Floats, acceptance: float) -> tuple[Floats, Floats]:
    """Chance that the acceptance is above `least`, and its mean times that chance."""
    a, b = SURENESS * acceptance, SURENESS * (1 - acceptance)
    if b <= 0:
        chance = np.where(least < 1, 1.0, 0.0)
        return chance, chance
    below = scipy.special.betainc
    return 1 - below(a, b, least), acceptance * (1 - below(a + 1, b, least))
