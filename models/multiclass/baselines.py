"""What several classes must beat: their shares, behind the present stage, and by time in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from models.limits import at_least
from models.logit import Floats
from models.rows.panel import Panel
from models.rows.weights import repeated
from models.targets.progression import DWELL
from models.transforms.shares import Counts, contexts, count, smoothed

DWELL_DAYS = (1.0, 3.0, 7.0, 14.0, 28.0, 56.0)
"""Days in a stage at which another bin begins."""


@dataclass(frozen=True)
class FittedShares:
    """Shares of the classes behind each context; a rare context speaks as the next shorter one."""

    columns: tuple[str, ...]
    edges: Mapping[str, tuple[float, ...]]
    counts: Counts
    classes: tuple[str, ...]
    pseudo_rows: float

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Share of each class behind each row's context: (rows, classes), adding up to 1."""
        told = contexts(_binned(frame, self.columns, self.edges), self.columns)
        return smoothed(self.counts, told, len(self.classes), self.pseudo_rows)


@dataclass(frozen=True)
class Shares:
    """Counts how often each class came behind what some columns say, the foremost first.

    Without columns these are the classes' shares; with the stage, a Markov chain. A column with
    `edges` is told by the bin it lies in: `[edge, next edge)`.
    """

    name: str
    columns: tuple[str, ...] = ()
    edges: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    pseudo_rows: float = 5.0

    def __post_init__(self) -> None:
        at_least(self, pseudo_rows=1e-9)

    def fit(self, train: Panel) -> FittedShares:
        """Count the classes of the rows of a panel."""
        rows = repeated(train.rows)
        told = contexts(_binned(rows, self.columns, self.edges), self.columns)
        counts = count(told, rows["label"].to_numpy(np.int64), len(train.classes))
        return FittedShares(self.columns, self.edges, counts, train.classes, self.pseudo_rows)


def baselines(named: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[Shares, ...]:
    """One of each name over its columns; days in the present stage are told by `DWELL_DAYS`.

    >>> [one.columns for one in baselines([("marginal", ()), ("markov", ("present_stage",))])]
    [(), ('present_stage',)]
    """
    edges = {DWELL: DWELL_DAYS}
    return tuple(
        Shares(name, columns, {own: edges[own] for own in columns if own in edges})
        for name, columns in named
    )


def _binned(
    frame: pd.DataFrame, columns: tuple[str, ...], edges: Mapping[str, tuple[float, ...]]
) -> pd.DataFrame:
    """The columns as numbers of few values; what is missing stays missing."""
    told = frame.loc[:, list(columns)].astype("float64")
    for name, bounds in edges.items():
        values = told[name].to_numpy()
        told[name] = np.where(np.isnan(values), np.nan, np.searchsorted(bounds, values, "right"))
    return told
