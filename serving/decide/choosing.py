"""Which plays are open to each customer, and who is served first."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.decide.params import BANDS, DecideParams
from serving.decide.plays import Play, fits
from serving.decide.standing import Playbook, Standing

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

DAY_SECONDS = 86_400


def open_plays(asked: pd.DataFrame, standing: Standing, cutoff: datetime, book: Playbook) -> Flags:
    """(Customers, plays): whom a play fits and pays, who may be contacted so and was not just now.

    `asked` has customer_id, probability, risk_band, yearly_value, stage and reasons.
    """
    found = np.zeros((len(asked), len(book.plays)), dtype=bool)
    kept = money_kept(asked, book.params)
    for place, play in enumerate(book.plays):
        barred = {*standing.suppressed.get("", ()), *standing.suppressed.get(play.channel, ())}
        barred |= _cooling(play, standing.acted.get(play.name, {}), cutoff)
        allowed = ~asked["customer_id"].isin([*barred]).to_numpy(dtype=bool)
        found[:, place] = fits(play, asked) & allowed & ~(kept < play.cost)
    return found


def money_kept(asked: pd.DataFrame, params: DecideParams) -> Floats:
    """The money that contact is expected to keep: probability, acceptance and worth multiplied.

    A customer is worth their yearly value; where there is no money in the data, all are worth
    `params.customer_value`. NaN where rules tell no probability.
    """
    yearly = asked["yearly_value"].to_numpy(np.float64)
    worth = yearly if bool((yearly > 0).any()) else np.full(len(yearly), params.customer_value)
    return asked["probability"].to_numpy(np.float64) * params.acceptance * worth


def served(asked: pd.DataFrame, params: DecideParams) -> NDArray[np.intp]:
    """The places of customers in the order in which plays are given out.

    First where contact is expected to keep the most money; of rules the most urgent, then those of
    the greatest yearly value. What is equal stays in the order given.
    """
    kept, p = money_kept(asked, params), asked["probability"].to_numpy(np.float64)
    ruled = np.isnan(p)
    urgency = [BANDS.index(band) for band in asked["risk_band"].tolist()]
    money = np.where(ruled, asked["yearly_value"].to_numpy(np.float64), kept)
    return np.lexsort((-np.nan_to_num(p), -money, np.where(ruled, urgency, 0)))


def _cooling(play: Play, acted: Mapping[str, datetime], cutoff: datetime) -> set[str]:
    """Who was given the play too short ago; a business day has 23 to 25 hours."""
    days = {who: round((cutoff - at).total_seconds() / DAY_SECONDS) for who, at in acted.items()}
    return {who for who, passed in days.items() if passed < play.cooldown_days}
