"""What those did who recovered, and the others did not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.uplift.saves import SURE, difference

STEPS_MOST = 3
FIRST_STEP = "first_step"
"""The column with the first step after the cutoff; empty where there was none."""


@dataclass(frozen=True)
class Recovery:
    """How many rows of a cell came through, and the steps that more of them took first.

    Each of `by` has step, share and other_share (of those who did not), more with low and high.
    """

    customers: int
    by: tuple[dict[str, Any], ...]


def recovery(rows: pd.DataFrame, least: int) -> Recovery:
    """Who of some rows did not drop off, and what they did first; steps of fewer are not told.

    A step that follows a recovery rather than leads to it looks the same: these are hints where to
    look, not causes. Intervals hold for all steps at once. One row a customer counts, the last.
    """
    last = rows.sort_values("cutoff", kind="stable").drop_duplicates("customer", keep="last")
    well = last["dropped"].to_numpy(np.float64) == 0
    return Recovery(int(rows["dropped"].eq(0).to_numpy().sum()), tuple(_steps(last, well, least)))


def _steps(last: pd.DataFrame, well: NDArray[np.bool_], least: int) -> Iterator[dict[str, Any]]:
    if FIRST_STEP not in last or well.all() or not well.any():
        return
    counts = pd.crosstab(last[FIRST_STEP], well).reindex(columns=[False, True], fill_value=0)
    ill_all, well_all = int((~well).sum()), int(well.sum())
    common = counts.loc[counts[True].ge(least)]
    sure = 1 - (1 - SURE) / max(len(common), 1)
    found: list[dict[str, Any]] = []
    for step, ill_did, well_did in common.itertuples():
        more = difference(int(well_did), well_all, int(ill_did), ill_all, sure=sure)
        if more.low > 0:
            shares = {"share": well_did / well_all, "other_share": ill_did / ill_all}
            told = {"more": more.value, "low": more.low, "high": more.high}
            found.append({"step": str(step), **shares, **told})
    yield from sorted(found, key=lambda one: -one["low"])[:STEPS_MOST]
