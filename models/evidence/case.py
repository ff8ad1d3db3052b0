"""What a trial knows of its question when its evidence is gathered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import Feature, Vocabulary
from features.known.told import Parts
from models.judging.evaluation import Backtest
from models.judging.profit import ProfitParams
from models.learning.boosting import Boosting
from models.logit import Floats
from models.multiclass.metrics import losses
from models.rows.panel import Panel
from models.targets.target import Target
from models.transforms.drawn import some
from models.transforms.fitting import Transform


class Outcome(NamedTuple):
    """One class against all others: its name, whether it came (1 or 0), and its probability."""

    name: str
    y: Floats
    p: Floats


@dataclass(frozen=True, kw_only=True)
class Case:
    """A trial's panel, its out-of-time predictions, and what was learned in the end.

    `panel` holds what was learned from, `told` the same with the columns of the transforms.
    `booster_text` is empty where the model is no booster; it reads the columns of `told`.
    `rounds` are those that the learner chose. `personas` are the workspace's rules by name;
    without `profit` nothing is told in money.
    """

    panel: Panel
    told: Panel
    tested: Backtest
    features: Sequence[Feature]
    target: Target
    boosting: Boosting
    rounds: int
    booster_text: str
    vocabulary: Vocabulary
    parts: Parts
    zone: ZoneInfo
    transforms: Sequence[Transform] = ()
    personas: Mapping[str, str] = field(default_factory=dict[str, str])
    profit: ProfitParams | None = None

    @property
    def name(self) -> str:
        """The model's name among the predictors."""
        return next(iter(self.tested.p))

    @cached_property
    def y(self) -> Floats:
        """The labels of the measured rows."""
        return self.tested.keys["label"].to_numpy(np.float64)

    @property
    def p(self) -> Floats:
        """The model's probabilities of the measured rows: (rows,) or (rows, classes)."""
        return self.tested.p[self.name]

    @cached_property
    def customers(self) -> NDArray[np.int64]:
        """A number for the customer of each measured row."""
        return pd.factorize(self.tested.keys["customer_id"])[0].astype(np.int64)

    @cached_property
    def measured(self) -> pd.DataFrame:
        """The measured rows with their features and the columns of the transforms."""
        rows = self.told.rows
        kept = rows.loc[rows["cutoff"].isin(self.tested.origins)].reset_index(drop=True)
        if not kept["customer_id"].equals(self.tested.keys["customer_id"].reset_index(drop=True)):
            raise ValueError("the measured rows are not those of the panel")
        return kept

    @cached_property
    def families(self) -> dict[str, str]:
        """The family of each column of `told`; what no feature makes is of the transforms."""
        known = {feature.name: feature.family for feature in self.features}
        return {name: known.get(name, TRANSFORMS) for name in self.told.features}


TRANSFORMS = "transforms"
"""The family of the columns that are fitted."""


def outcomes(case: Case, p: Floats) -> Iterator[Outcome]:
    """Each class against all others; of two classes, the second alone."""
    if p.ndim == 1:
        yield Outcome(case.panel.classes[-1], case.y, p)
        return
    for place, name in enumerate(case.panel.classes):
        yield Outcome(name, (case.y == place).astype(np.float64), p[:, place])


def event(case: Case, labels: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Whether the event came, and its probability: of several outcomes, any but the commonest.

    Which one of the others comes may be settled by the present stage alone; whether any does is
    not, so this is what a model may be too good at.
    """
    if p.ndim == 1:
        return labels, p
    commonest = int(np.bincount(case.y.astype(np.int64)).argmax())
    return (labels != commonest).astype(np.float64), 1 - p[:, commonest]


def row_losses(y: Floats, p: Floats) -> Floats:
    """Log loss of each row, of two classes or of several."""
    return losses(y, np.stack([1 - p, p], axis=1) if p.ndim == 1 else p)


def drawn(panel: Panel, rows: int) -> Panel:
    """About so many rows at most: all rows of customers that are drawn by their ids."""
    ids = panel.column("customer_id")
    if len(ids) <= rows:
        return panel
    most = max(1, int(rows / len(ids) * ids.nunique()))
    return replace(panel, rows=panel.rows.loc[some(ids, most)])


def last_origins(case: Case, origins: int) -> tuple[Panel, Panel]:
    """What was known before the last few origins, and the rows of those origins."""
    last = case.tested.origins[-origins:]
    train = case.panel.matured_by(last[0])
    test = replace(case.panel, rows=case.panel.rows.loc[case.panel.column("cutoff").isin(last)])
    return train, test
