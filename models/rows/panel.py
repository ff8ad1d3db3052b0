"""The panel: one row a customer at risk and cutoff, with features and, once mature, the label."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.build import together
from features.catalog import Feature
from features.clock import business_day, grid, midnight, shift
from features.engine.partitions import LOCAL, Engine, frames
from features.known.told import Parts, narrowed
from models.limits import at_least, at_most
from models.logit import Floats
from models.rows.at_risk import at_risk, rows_built
from models.rows.weights import row_weights
from models.targets.target import LEFT_OUT, Target


@dataclass(frozen=True, kw_only=True)
class PanelParams:
    """How the past is cut into training rows.

    Cutoffs lie `every_days` apart, none of them within `history_days` of the first qualifying
    event, and at most the last `cutoffs` of them are taken. The last `origins` are where the model
    is measured, each time having learned only from cutoffs that had matured by then; five of them
    a fortnight apart let the first ones mature in time to judge a calibration on the last.

    `treated` says what becomes of rows whose label outreach may have changed: `exclude` leaves out
    those of customers who were treated from `effect_days` before the cutoff on until the label is
    known, and lets those held out after the cutoff stand for them; `controls` leaves out all later
    ones of theirs, too; `weight` does so and lets whoever was held out stand for them, by the
    probability that was logged; `keep` keeps them.
    """

    every_days: int = 14
    history_days: int = 112
    cutoffs: int = 52
    origins: int = 5
    treated: Literal["exclude", "weight", "controls", "keep"] = "exclude"
    effect_days: int = 90

    def __post_init__(self) -> None:
        at_least(self, every_days=1, history_days=1, cutoffs=1, origins=1, effect_days=0)
        at_most(self, every_days=3650, history_days=36500, cutoffs=1000, effect_days=36500)


@dataclass(frozen=True)
class Panel:
    """Rows of customer and cutoff, ordered by cutoff, then customer.

    `rows` has the columns customer_id, cutoff, one for each of `features`, those that the target
    adds, and, in a panel to learn from, matured_at and label: a place in `classes`. `not_at_risk`
    counts the rows that were left out because the customer was not at risk, `left_out` those whose
    label is none, as where they left before outreach could have acted. `treated` counts those whose
    label outreach may have changed, `held_out` those of customers who were left alone by lot; a
    column `row_weight` says how many rows a row stands for, where not all stand for themselves.
    """

    rows: pd.DataFrame
    features: tuple[str, ...]
    not_at_risk: int = 0
    classes: tuple[str, ...] = ("stayed", "churned")
    left_out: int = 0
    treated: int = 0
    held_out: int = 0

    @cached_property
    def cutoffs(self) -> list[pd.Timestamp]:
        """The cutoffs that have rows, ascending."""
        return sorted(self.column("cutoff").unique())

    @cached_property
    def y(self) -> Floats:
        """The labels; of churn 1 for churned, 0 for stayed."""
        return self.column("label").to_numpy(np.float64)

    @property
    def weights(self) -> Floats | None:
        """How many rows each row stands for; None where each stands for itself."""
        return row_weights(self.rows)

    @property
    def events(self) -> int:
        """Rows that churned; of several outcomes, all but the commonest."""
        return events(self.y.astype(np.int64))

    @property
    def events_rarer(self) -> int:
        """Rows of the rarer of churned and stayed; of several outcomes, all but the commonest."""
        counts = np.bincount(self.y.astype(np.int64), minlength=len(self.classes))
        return int(counts.sum() - counts.max())

    def column(self, name: str) -> pd.Series:
        """One column of the rows."""
        return cast("pd.Series", self.rows[name])

    def matured_by(self, instant: datetime) -> "Panel":
        """The rows whose label window was over at an instant."""
        return self._of(self.column("matured_at").le(instant))

    def at(self, cutoff: datetime) -> "Panel":
        """The rows of one cutoff."""
        return self._of(self.column("cutoff").eq(cutoff))

    def last(self, cutoffs: int) -> "Panel":
        """The rows of the last few cutoffs."""
        return self._of(self.column("cutoff").isin(self.cutoffs[-cutoffs:]))

    def _of(self, kept: pd.Series) -> "Panel":
        return Panel(self.rows.loc[kept], self.features, classes=self.classes)


def events(labels: NDArray[np.int64]) -> int:
    """How many of two labels are 1; of several, how many are not the commonest."""
    if labels.max(initial=0) <= 1:
        return int(labels.sum())
    return len(labels) - int(np.bincount(labels).max())


def training_cutoffs(
    parts: Parts,
    watermark: datetime,
    target: Target,
    params: PanelParams,
    zone: ZoneInfo,
) -> list[datetime]:
    """The latest mature cutoffs with enough history behind them, ascending."""
    first = first_told(parts, target)
    if first is None:
        return []
    earliest = shift(midnight(business_day(first, zone), zone), params.history_days, zone)
    last = target.last_mature(watermark, zone)
    recent = shift(last, -(params.cutoffs - 1) * params.every_days, zone)
    return grid(last, max(earliest, recent), params.every_days, zone)


def training_panel(
    parts: Parts,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    target: Target,
    *,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> Panel:
    """Rows at risk at each cutoff with their label; unripe cutoffs are refused."""
    panel = scoring_panel(parts, cutoffs, features, target, zone=zone, engine=engine)
    return labelled(panel, parts, target, watermark=watermark, zone=zone)


def labelled(
    panel: Panel, parts: Parts, target: Target, *, watermark: datetime, zone: ZoneInfo
) -> Panel:
    """A panel with the labels of a target, of the rows that have one."""
    cutoffs = [cutoff.to_pydatetime() for cutoff in panel.cutoffs]
    found = [
        target.labels(told, cutoffs, watermark, zone) for told in narrowed(parts, target.reads())
    ]
    ripe = [target.matured_at(cutoff, zone) for cutoff in cutoffs]
    matured = pd.DataFrame({"cutoff": cutoffs, "matured_at": ripe})
    keys = ["customer_id", "cutoff"]
    rows = panel.rows.merge(pd.concat(found), on=keys, how="left").merge(matured, on="cutoff")
    rows["label"] = rows["label"].fillna(target.otherwise).astype("int64")
    kept = rows.loc[rows["label"].ne(LEFT_OUT)].reset_index(drop=True)
    return replace(panel, rows=kept, classes=target.classes, left_out=len(rows) - len(kept))


def scoring_panel(
    parts: Parts,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    target: Target,
    *,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> Panel:
    """Rows at risk at each cutoff without a label, as a night scores them.

    Part after part is built, and only who is at risk is kept. What peers did is counted before
    that, over everyone.
    """
    wanted = at_risk(parts, cutoffs, features, target, zone=zone, engine=engine)
    tables = list(engine.map(wanted.table, range(len(parts))))
    rows = together(list(frames(tables)))
    if not len(rows):
        raise wanted.nobody()
    names = tuple(feature.name for feature in features)
    told = target.columns(rows.to_pandas())
    return Panel(told, names, not_at_risk=rows_built(tables) - len(rows), classes=target.classes)


def first_told(parts: Parts, target: Target) -> datetime | None:
    """When history begins for a target, as far as it is known today."""
    firsts = [target.first(told) for told in narrowed(parts, target.reads())]
    return min((first for first in firsts if first is not None), default=None)
