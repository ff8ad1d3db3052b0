"""Moves observed against moves predicted, from each stage to each outcome."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.logit import Floats


def transitions(stages: pd.Series, y: Floats, p: Floats, classes: Sequence[str]) -> pd.DataFrame:
    """Columns stage, rows, outcome, observed and expected: shares of the rows in each stage.

    `stages` names the present stage of each row, `y` holds the number of its class, `p` is
    (rows, classes). Stages stand in the order of their names, outcomes in that of `classes`.

    >>> stages, p = pd.Series(["new", "new"]), np.array([[0.5, 0.5], [0.3, 0.7]])
    >>> transitions(stages, np.array([0.0, 1.0]), p, ["stay", "advance"]).expected.tolist()
    [0.4, 0.6]
    """
    told = y[:, None] == np.arange(len(classes))
    names = stages.astype("object").where(stages.notna(), "").astype(str)
    tables = [
        pd.DataFrame(
            {
                "stage": stage,
                "rows": len(rows),
                "outcome": list(classes),
                "observed": told[rows].mean(axis=0),
                "expected": p[rows].mean(axis=0),
            }
        )
        for stage, rows in sorted(names.groupby(names.to_numpy()).indices.items())
    ]
    return pd.concat(tables, ignore_index=True)
