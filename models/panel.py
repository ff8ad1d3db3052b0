"""The panel: one row a customer at risk and cutoff, with features and, once mature, the label."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.build import together
from features.catalog import Feature, reads
from features.clock import business_day, grid, midnight, shift
from features.partitions import LOCAL, Engine, frames
from features.past import Where
from features.told import Parts, narrowed
from features.versions import latest
from models.activity import ACTIVE, collapse
from models.at_risk import at_risk, rows_built
from models.limits import at_least, at_most
from models.logit import Floats
from models.targets import InactivityChurn


@dataclass(frozen=True, kw_only=True)
class PanelParams:
    """How the past is cut into training rows.

    Cutoffs lie `every_days` apart, none of them within `history_days` of the first qualifying
    event, and at most the last `cutoffs` of them are taken. The last `origins` are where the model
    is measured, each time having learned only from cutoffs that had matured by then; five of them
    a fortnight apart let the first ones mature in time to judge a calibration on the last.
    """

    every_days: int = 14
    history_days: int = 112
    cutoffs: int = 52
    origins: int = 5

    def __post_init__(self) -> None:
        at_least(self, every_days=1, history_days=1, cutoffs=1, origins=1)
        at_most(self, every_days=3650, history_days=36500, cutoffs=1000)


@dataclass(frozen=True)
class Panel:
    """Rows of customer and cutoff, ordered by cutoff, then customer.

    `rows` has the columns customer_id, cutoff, one for each of `features`, those of
    `activity.RFM`, and, in a panel to learn from, matured_at and churned (0 or 1). `not_at_risk`
    counts the rows that were left out because the customer was not active.
    """

    rows: pd.DataFrame
    features: tuple[str, ...]
    not_at_risk: int = 0

    @cached_property
    def cutoffs(self) -> list[pd.Timestamp]:
        """The cutoffs that have rows, ascending."""
        return sorted(self.column("cutoff").unique())

    @cached_property
    def y(self) -> Floats:
        """1 for churned, 0 for stayed."""
        return self.column("churned").to_numpy(np.float64)

    @property
    def events_rarer(self) -> int:
        """Rows of the rarer of churned and stayed."""
        churned = int(self.y.sum())
        return min(churned, len(self.y) - churned)

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
        return replace(self, rows=self.rows.loc[kept], not_at_risk=0)


def training_cutoffs(
    parts: Parts,
    watermark: datetime,
    target: InactivityChurn,
    params: PanelParams,
    zone: ZoneInfo,
) -> list[datetime]:
    """The latest mature cutoffs with enough history behind them, ascending."""
    first = first_qualifying(parts, target)
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
    target: InactivityChurn,
    *,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> Panel:
    """Rows at risk at each cutoff with their label; unripe cutoffs are refused."""
    qualifying = narrowed(parts, reads(Where(step=target.steps)))
    stayed = [target.stayed(told.events, cutoffs, watermark, zone) for told in qualifying]
    panel = scoring_panel(parts, cutoffs, features, target, zone=zone, engine=engine)
    ripe = [target.matured_at(cutoff, zone) for cutoff in cutoffs]
    matured = pd.DataFrame({"cutoff": cutoffs, "matured_at": ripe})
    labels = pd.concat(stayed).assign(churned=0)
    rows = panel.rows.merge(labels, on=["customer_id", "cutoff"], how="left")
    rows["churned"] = rows["churned"].isna().astype("int64")
    return replace(panel, rows=rows.merge(matured, on="cutoff", how="left"))


def scoring_panel(
    parts: Parts,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    target: InactivityChurn,
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
    collapsed = collapse(rows.to_pandas(), target).drop(columns=ACTIVE)
    return Panel(collapsed, names, not_at_risk=rows_built(tables) - len(rows))


def first_qualifying(parts: Parts, target: InactivityChurn) -> datetime | None:
    """When the first of the target's steps happened, as far as it is known today."""
    known = (latest(told.events) for told in narrowed(parts, reads(Where(step=target.steps))))
    firsts = [rows.filter(rows["step"].is_in(target.steps))["occurred_at"].min() for rows in known]
    return min((cast("datetime", first) for first in firsts if first is not None), default=None)
