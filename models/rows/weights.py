"""How many rows a row stands for, where some stand for others that must not be looked at."""

import numpy as np
import pandas as pd

from models.logit import Floats

WEIGHT = "row_weight"
"""The column of a panel that holds it; without the column every row stands for itself."""


def row_weights(rows: pd.DataFrame) -> Floats | None:
    """The weight of each row; None where all count the same.

    >>> row_weights(pd.DataFrame({WEIGHT: [1.0, 5.0]})).tolist()
    [1.0, 5.0]
    """
    return rows[WEIGHT].to_numpy(np.float64) if WEIGHT in rows.columns else None


def even_weights(rows: pd.DataFrame) -> Floats:
    """The weight of each row; ones where all count the same."""
    weights = row_weights(rows)
    return np.ones(len(rows)) if weights is None else weights


def repeated(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as often as they stand for one, rounded: for what counts whole rows."""
    weights = row_weights(rows)
    if weights is None:
        return rows
    return rows.iloc[np.repeat(np.arange(len(rows)), np.rint(weights).astype(np.int64))]
