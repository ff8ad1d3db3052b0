"""How the model does within segments of customers: whom it serves worse than the others."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evidence.case import Case, event, row_losses
from models.evidence.grouping import UNKNOWN, Grouping, groupings
from models.evidence.resampling import AUC_DRAWS, bounds, mean_aucs
from models.evidence.tables import table
from models.judging.bootstrap import customer_draws
from models.logit import Floats
from models.transforms.drawn import some

ROWS_LEAST = 50
POSITIVES_LEAST = 5
"""A segment of fewer rows or positives is told together with the others that are as small."""

ROWS_MOST = 50_000
"""Where more rows were measured, some customers are drawn."""

OTHERS = "other"

Rows = NDArray[np.int64]


def segments(case: Case) -> pd.DataFrame:
    """The model within each segment; what does not tell rows apart is left out."""
    told = _told(case)
    drawn = np.flatnonzero(_drawn(case))
    found = {
        (one.by, name): drawn[rows]
        for one in groupings(case)
        for name, rows in _large(one, drawn, told["happened"])
    }
    if not found:
        return table("segments")
    intervals = _intervals(case, list(found.values()))
    rows = [
        {"by": by, "segment": name, **_one(told, rows), **interval}
        for ((by, name), rows), interval in zip(found.items(), intervals, strict=True)
    ]
    return table("segments", pd.DataFrame(rows))


def _told(case: Case) -> dict[str, Floats]:
    """Each row's loss, and whether the event came and was expected."""
    happened, expected = event(case, case.y, case.p)
    return {"happened": happened, "expected": expected, "loss": row_losses(case.y, case.p)}


def _drawn(case: Case) -> NDArray[np.bool_]:
    keys = case.tested.keys
    if len(keys) <= ROWS_MOST:
        return np.ones(len(keys), dtype=np.bool_)
    most = max(1, int(ROWS_MOST / len(keys) * (case.customers.max() + 1)))
    return some(keys["customer_id"], most)


def _large(one: Grouping, drawn: Rows, happened: Floats) -> Iterator[tuple[str, Rows]]:
    """The rows of each group, the small ones together; nothing if there is but one group."""
    codes, y = one.codes[drawn], happened[drawn]
    names = [*one.names, UNKNOWN]
    codes = np.where(codes < 0, len(one.names), codes)
    rows = np.bincount(codes, minlength=len(names))
    events = np.bincount(codes, y, minlength=len(names))
    large = (rows >= ROWS_LEAST) & (events >= POSITIVES_LEAST)
    groups = [(name, codes == place) for place, name in enumerate(names) if large[place]]
    small = ~large[codes]
    if small.sum() >= ROWS_LEAST and y[small].sum() >= POSITIVES_LEAST:
        groups.append((OTHERS, small))
    if len(groups) > 1:
        yield from ((name, np.flatnonzero(held)) for name, held in groups)


def _one(told: dict[str, Floats], rows: Rows) -> dict[str, Any]:
    happened, expected = told["happened"][rows], told["expected"][rows]
    return {
        "rows": len(rows),
        "positives": int(happened.sum()),
        "base_rate": float(happened.mean()),
        "predicted": float(expected.mean()),
        "log_loss": float(told["loss"][rows].mean()),
        "observed_over_expected": float(happened.sum() / expected.sum()),
    }


def _intervals(case: Case, segments: list[Rows]) -> list[dict[str, float]]:
    """AUC of each segment with its bounds; of several outcomes the mean over those that came."""
    ones = np.ones((1, len(case.y)))
    value = _aucs(case, segments, ones)[0]
    draws = customer_draws(case.customers, AUC_DRAWS, 0)
    low, high = bounds(np.concatenate([_aucs(case, segments, weights) for weights in draws]))
    return [
        {"auc": float(auc), "auc_low": float(least), "auc_high": float(most)}
        for auc, least, most in zip(value, low, high, strict=True)
    ]


def _aucs(case: Case, segments: list[Rows], weights: Floats) -> Floats:
    """Of each draw and segment: (draws, segments)."""
    y, p = case.y, case.p
    return np.stack([mean_aucs(y[rows], p[rows], weights[:, rows]) for rows in segments], axis=1)
