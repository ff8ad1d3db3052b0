"""What an advance costs, by the stage that is left and the channel of the last touch before."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd
from scipy.stats import chi2

from models.logit import Floats

ADVANCES = ("advance", "skip", "enter")
"""The directions that lead on; entering leads into the first stage."""

KEYS = ["stage", "channel"]
SURE = 0.95


def efficiency(
    flows: pd.DataFrame,
    touches: pd.DataFrame,
    spend: pd.DataFrame,
    channel_costs: Mapping[str, float],
) -> pd.DataFrame:
    """Cost per advance from each stage by each channel that costs anything.

    `flows`, `touches` and `spend` are those of a journey map, of the months that shall count;
    `channel_costs` is what one touch by a channel costs. Ad spend of a channel falls to the stages
    by its touches there, and to the entry where it has none. The columns are stage (empty for
    entries), channel, cost, advances, cost_per_advance, low and high: an interval of 95 % for
    advances that come by chance at a steady rate (Garwood 1936). An advance counts for the last
    touch before it, which need not be what moved the customer.
    """
    moved = flows.loc[flows["direction"].isin(ADVANCES)].rename(columns={"source": "stage"})
    advances = _summed(moved, KEYS, "moves", "advances")
    cost = _summed(pd.concat(_costs(touches, spend, channel_costs)), KEYS, "cost", "cost")
    told = cost.loc[cost["cost"].gt(0)].merge(advances, on=KEYS, how="left").fillna({"advances": 0})
    number, money = told["advances"].to_numpy(np.float64), told["cost"].to_numpy(np.float64)
    least, most = (1 - SURE) / 2, (1 + SURE) / 2
    few = np.where(number > 0, chi2.ppf(least, 2 * np.maximum(number, 1)) / 2, 0.0)
    many = chi2.ppf(most, 2 * (number + 1)) / 2
    return told.assign(
        advances=number.astype(np.int64),
        cost_per_advance=_ratio(money, number),
        low=money / many,
        high=_ratio(money, few),
    ).sort_values(["cost", *KEYS], ascending=[False, True, True], ignore_index=True)


def _costs(
    touches: pd.DataFrame, spend: pd.DataFrame, channel_costs: Mapping[str, float]
) -> list[pd.DataFrame]:
    """What touches cost, what ads cost where they touched somebody, and where they did not."""
    events = _summed(touches, KEYS, "events", "events")
    bought = _summed(spend, ["channel"], "cost", "bought")
    all_ = _summed(events, ["channel"], "events", "all")
    each = pd.Series(channel_costs, dtype="float64").rename_axis("channel").reset_index(name="each")
    each = each.astype({"channel": "str"})
    touched = events.merge(each, on="channel")
    shared = events.merge(all_, on="channel").merge(bought, on="channel")
    none = bought.loc[~bought["channel"].isin(events["channel"])]
    return [
        touched.assign(cost=touched["events"] * touched["each"]),
        shared.assign(cost=shared["bought"] * shared["events"] / shared["all"]),
        none.assign(stage="", cost=none["bought"]),
    ]


def _summed(frame: pd.DataFrame, by: list[str], what: str, name: str) -> pd.DataFrame:
    found = frame.astype(dict.fromkeys(by, "str")).groupby(by, as_index=False)[[what]].sum()
    return cast("pd.DataFrame", found).rename(columns={what: name})


def _ratio(money: Floats, number: Floats) -> Floats:
    return np.divide(money, number, out=np.full(len(money), np.nan), where=number > 0)
