"""What each family of features is worth: learned again without it, at the latest origins."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evidence.case import TRANSFORMS, Case, last_origins, row_losses
from models.evidence.probing import EVERYTHING, Columns, Probe
from models.evidence.resampling import bounds, drawn_sums
from models.evidence.tables import table
from models.judging.evaluation import Progress
from models.logit import Floats

ORIGINS = 3
"""Learned from what was known before the first of so many origins, all of them are predicted."""


def ablation(case: Case, *, progress: Progress = lambda _: None) -> pd.DataFrame:
    """The log loss without each family, and its change with customers drawn again.

    One model is learned for each family, of fewer seeds and rows than the real one and of as many
    rounds; the one that it is compared with is learned in the same way.
    """
    train, test = last_origins(case, ORIGINS)
    families = _columns(case)
    progress(f"ablation: learning without each of {len(families)} families")
    probe = Probe(boosting=case.boosting, rounds=case.rounds, transforms=case.transforms)
    full, *others = probe.predictions(train, test.rows, [EVERYTHING, *families.values()])
    y, base = test.y, row_losses(test.y, full)
    customers = pd.factorize(test.column("customer_id"))[0].astype(np.int64)
    losses = [row_losses(y, p) for p in others]
    changes = np.stack([loss - base for loss in losses], axis=1)
    low, high = _changes(changes, customers)
    rows = pd.DataFrame(
        {
            "family": list(families),
            "columns": [len(columns) for columns in families.values()],
            "log_loss": [float(loss.mean()) for loss in losses],
            "change": changes.mean(axis=0),
            "low": low,
            "high": high,
        }
    )
    return table("ablation", rows.sort_values("change", ascending=False, kind="stable"))


def _columns(case: Case) -> dict[str, Columns]:
    """The columns of each family, the transforms' last."""
    return dict(_by_family(case))


def _by_family(case: Case) -> Iterator[tuple[str, Columns]]:
    families = case.families
    for family in sorted(set(families.values()), key=lambda name: (name == TRANSFORMS, name)):
        yield family, frozenset(name for name, own in families.items() if own == family)


def _changes(changes: Floats, customers: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Bounds of the mean of each column over customers drawn again."""
    sums = drawn_sums(np.column_stack([changes, np.ones(len(changes))]), customers)
    return bounds(sums[:, :-1] / sums[:, -1:])
