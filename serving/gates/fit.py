"""Customers whose probability is one; who has none is left out and counted."""

import numpy as np
import pandas as pd

from features.errors import GateFailed

NOBODY = "G02"


def fit_rows(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The rows of `probability` and `band` that can be a score, and how many others there were.

    A row that a rule answered has a band and needs no probability. G02, a `GateFailed` that
    nobody can accept, when nobody is left: there would be nothing to publish.
    """
    is_fit = rows["probability"].between(0, 1) | rows["band"].notna()
    unfit = int(np.count_nonzero(~is_fit))
    if not is_fit.any():
        raise GateFailed(
            f"{NOBODY}: 0 rows, nobody is at risk ({unfit:,} had no probability from 0 to 1)",
            where="table scores",
            mend="look at the sources with jejak doctor; this gate cannot be accepted",
        )
    return rows.loc[is_fit].reset_index(drop=True), unfit
