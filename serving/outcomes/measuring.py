"""An experiment measured: from rows of those drawn to what came of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.clock import business_day
from models.uplift.cells import cells
from models.uplift.effects import LEAVING, Matured, effect
from models.uplift.experiment import CONTROL, TREATED
from models.uplift.fates import DUE, LEFT, STAYED
from models.uplift.power import customers_needed
from serving.outcomes.doubting import doubts, of_erased
from serving.outcomes.found import Outcomes

GROUPS = {
    "band": "stratum",
    "stage": "stage",
    "persona": "persona",
    "channel": "channel",
    "action": "action",
}
"""The columns by which effects are told apart, by the word for each."""

EXPECTED_LEAST, EXPECTED_MOST = 200, 20_000


def measure(
    rows: pd.DataFrame,
    *,
    as_of: datetime,
    zone: ZoneInfo,
    horizon_days: int,
    acceptance: float,
    more: Mapping[str, int] | None = None,
) -> Outcomes:
    """What came of one experiment; `rows` are its draws, whose probability was logged.

    They have customer_id, experiment, assigned_at, matured_at, arm, probability (of being treated),
    fate, contacted, leaving (the probability told before the draw, NaN for none), value (a year),
    cost (what was spent), given (whether a play was), told (whether a destination took that),
    in_vain (whether a log tells one held out as treated), and
    the columns of `GROUPS`, empty where nothing is known. Days are those of `zone`. `acceptance` is
    the share of the leaving whom contact was hoped to keep: for the number of draws that show it
    the intervals are made narrow. `more` are counts to be told.
    """
    ripe = rows.loc[rows["fate"].isin([STAYED, LEFT])]
    ripe = ripe.sort_values(["matured_at", "customer_id"], ignore_index=True)
    waiting = rows.loc[rows["fate"].eq(DUE)]
    due = Counter(f"{business_day(at, zone)}" for at in waiting["matured_at"])
    counted = {
        "drawn": len(rows),
        "treated": Counter(rows["arm"])[TREATED],
        "matured": len(ripe),
        **Counter(rows["fate"].tolist()),
        **(more or {}),
    }
    outcomes = Outcomes(
        experiment=str(rows["experiment"].iloc[0]),
        as_of=as_of.astimezone(zone),
        horizon_days=horizon_days,
        counts=counted,
        due=dict(sorted(due.items())),
        doubts=tuple(doubts(rows, ripe)),
    )
    if set(ripe["arm"]) != {TREATED, CONTROL}:
        return outcomes
    return _measured(outcomes, ripe, expected=expected_draws(rows, acceptance))


def matured(ripe: pd.DataFrame) -> Matured:
    """Draws whose outcome is known, for the statistics; in the order in which they matured."""
    return Matured(
        treated=ripe["arm"].eq(TREATED).to_numpy(np.float64),
        probability=ripe["probability"].to_numpy(np.float64),
        stayed=ripe["fate"].eq(STAYED).to_numpy(np.float64),
        leaving=ripe["leaving"].to_numpy(np.float64),
        customers=pd.factorize(ripe["customer_id"])[0].astype(np.int64),
    )


def expected_draws(rows: pd.DataFrame, acceptance: float) -> float:
    """How many draws show what is hoped for, as the first night could tell.

    Nothing that came later is looked at, so that every later look uses the same number.
    """
    first = rows.loc[rows["assigned_at"].eq(rows["assigned_at"].min())]
    told = first["leaving"].to_numpy(np.float64)
    base = float(np.nanmean(told)) if np.isfinite(told).any() else LEAVING
    held_out = float(np.mean(1 - first["probability"].to_numpy(np.float64)))
    needed = customers_needed(min(max(base, 0.001), 0.999), acceptance, held_out)
    return float(min(max(needed, EXPECTED_LEAST), EXPECTED_MOST))


def _measured(outcomes: Outcomes, ripe: pd.DataFrame, *, expected: float) -> Outcomes:
    told, value = matured(ripe), ripe["value"].to_numpy(np.float64)
    treated = ripe.loc[ripe["arm"].eq(TREATED)]
    groups = {by: ripe[column].tolist() for by, column in GROUPS.items()}
    named = {by: [_name(one) for one in names] for by, names in groups.items()}
    found = effect(told, expected=expected)
    undone = of_erased(found, outcomes.counts.get("erased", 0))
    return replace(
        outcomes,
        effect=found,
        money=effect(told, worth=np.nan_to_num(value), expected=expected),
        cost=float(treated["cost"].sum()),
        given=int(treated["given"].sum()),
        cells=tuple(cells(told, named)),
        doubts=(*outcomes.doubts, *undone),
    )


def _name(word: object) -> str | None:
    return word if isinstance(word, str) and word else None
