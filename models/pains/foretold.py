"""What the churn model had expected of those at a pain, beside how many of them left.

The model has learned from customers of that very place, and so expects what always hurt there: this
tells whether a pain has grown since, not whether it is one (docs/decisions/0049-pains-by-money.md).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from scipy.stats import beta

from features.engine.partitions import LOCAL, Engine
from features.known.told import Parts
from models.judging.bootstrap import Interval
from models.logit import Floats
from models.pains.asked import Asked
from models.pains.before_after import DROP_OFF
from models.pains.cells import DIMENSIONS, Cell, within
from models.pains.rows import of_each_kind, told_of
from models.rows.panel import scoring_panel

KEYS = ["customer_id", "cutoff"]
COLUMNS = ("scored", "expected", "left", "times", "low", "high")

SCORED_LEAST = 20
"""Of fewer scores nothing is told."""

TAIL = 0.025


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """What was foretold of each pain: a row each, in the order of the pains.

    `frame` has `COLUMNS`: how many were `scored`, how many of those the model `expected` to leave,
    how many `left`, and `times` as many, with a 95 % interval; empty where fewer than
    `SCORED_LEAST` were. Who was scored on two of the `nights` (ISO) counts twice.
    """

    frame: pd.DataFrame
    nights: tuple[str, ...]


def standing_at(
    parts: Parts,
    asked: Asked,
    cutoffs: Sequence[datetime],
    *,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> pd.DataFrame:
    """Where customers stood and what they had lived through: a row a customer, cutoff and kind.

    As `models.pains.rows.pain_rows`, with customer_id, and without what was to come.
    """
    panel = scoring_panel(parts, cutoffs, asked.beside, asked.target, zone=zone, engine=engine)
    rows = panel.rows.reset_index(drop=True)
    told = told_of(rows, asked, parts).assign(customer_id=rows["customer_id"])
    return pd.concat(of_each_kind(told), ignore_index=True)


def foretold(pains: pd.DataFrame, standing: pd.DataFrame, scored: pd.DataFrame) -> Foretold:
    """What was expected at each of some pains, beside what came.

    `pains` are the frame of `models.pains.found.Pains`, `standing` rows of `standing_at`. `scored`
    has customer_id, cutoff, probability and left (1 or 0), of those whom nobody contacted.
    """
    rows = standing.merge(scored, on=KEYS)
    told = [_of(pain, rows) for pain in pains.to_dict("records")]
    nights = sorted(scored["cutoff"].unique())
    return Foretold(
        frame=pd.DataFrame(told, columns=list(COLUMNS)),
        nights=tuple(pd.Timestamp(night).isoformat() for night in nights),
    )


def times_expected(left: int, probabilities: Floats) -> Interval:
    """How many times as many left as was expected, with a 95 % interval.

    The interval is that of a share (Clopper and Pearson 1934), which is a little wide where
    probabilities differ.

    >>> told = times_expected(44, np.full(412, 31 / 412))
    >>> [round(one, 2) for one in told]
    [1.42, 1.05, 1.87]
    """
    scored, expected = len(probabilities), float(probabilities.sum())
    low = float(beta.ppf(TAIL, left, scored - left + 1)) if left else 0.0
    high = float(beta.isf(TAIL, left + 1, scored - left)) if left < scored else 1.0
    return Interval(left / expected, scored * low / expected, scored * high / expected)


def _of(pain: Mapping[Hashable, Any], rows: pd.DataFrame) -> dict[str, float]:
    cell = Cell(**{name: str(pain[name]) for name in DIMENSIONS})
    there = within(rows, cell) & (rows["kind"].eq(pain["kind"]) & rows["what"].eq(pain["what"]))
    if pain["kind"] != DROP_OFF:
        there &= rows["outcome"].eq(1)
    mine = rows.loc[there]
    p, left = mine["probability"].to_numpy(np.float64), int(mine["left"].sum())
    if len(mine) < SCORED_LEAST or not p.sum():
        return {"scored": len(mine)}
    times = times_expected(left, p)
    counts = {"scored": len(mine), "expected": float(p.sum()), "left": left}
    return {**counts, "times": times.value, "low": times.low, "high": times.high}
