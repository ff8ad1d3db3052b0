"""What the model looks at: by feature and by family, in gain and in exact contributions."""

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.evidence.case import Case
from models.evidence.tables import table
from models.learning.boosting import matrix
from models.learning.folding import gain_shares
from models.logit import Floats

ROWS_MOST = 2_000
"""Out-of-time rows whose contributions are summed up; of several classes, fewer."""


def importances(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By feature and by family, the weightiest first; nothing where the model is no booster."""
    if not case.booster_text:
        return table("importances"), table("families")
    names, families = case.told.features, case.families
    meanings = {feature.name: feature.meaning for feature in case.features}
    added = contributions(case)
    told = pd.DataFrame(
        {
            "feature": names,
            "family": [families[name] for name in names],
            "meaning": [meanings.get(name, "") for name in names],
            "gain_share": list(gain_shares(case.booster_text, names).values()),
            "contribution": np.abs(added).mean(axis=(0, 1)),
        }
    )
    return _ranked("importances", told), _ranked("families", _families(told, added))


def contributions(case: Case) -> Floats:
    """TreeSHAP of evenly spread measured rows: (rows, scores, columns), without the base rate.

    There is one score of two classes, and one a class of several.
    """
    names, classes = case.told.features, len(case.panel.classes)
    scores = 1 if case.p.ndim == 1 else classes
    rows = _spread(case.measured, ROWS_MOST // scores)
    booster = lgb.Booster(model_str=case.booster_text)
    threads = case.boosting.threads
    added = booster.predict(matrix(rows, names), pred_contrib=True, num_threads=threads)
    return np.asarray(added).reshape(len(rows), scores, len(names) + 1)[:, :, :-1]


def _spread(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, in even steps through all of them."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def _families(told: pd.DataFrame, added: Floats) -> pd.DataFrame:
    """Each family with the mean absolute sum of what its features add."""
    families = sorted(set(told["family"]))
    member = told["family"].to_numpy()[:, None] == np.array(families)
    summed = told.groupby("family").agg(
        columns=("feature", "size"), gain_share=("gain_share", "sum")
    )
    together = np.abs(added @ member.astype(np.float64)).mean(axis=(0, 1))
    return summed.loc[families].reset_index().assign(contribution=together)


def _ranked(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    return table(name, rows.sort_values("contribution", ascending=False, kind="stable"))
