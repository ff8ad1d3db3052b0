"""What came true of a run once its horizon is over, apart from those whom contact may have kept."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.known.told import Parts
from models.judging.bootstrap import Interval
from models.judging.came_true import came_true
from models.logit import Floats
from models.rows.panel import Panel, labelled
from models.rows.treated import stand_for_their_like, touched
from models.rows.weights import WEIGHT
from models.targets.churn import Churn
from serving.scores import INSTANT, Run
from serving.store.frames import frame
from serving.store.tables import scores_table

COUNTED = "counted"
"""Of how many who were expected to leave the level of a run is told."""

SHOWN = (
    "auc",
    "average_precision",
    "log_loss",
    "brier",
    "observed_over_expected",
    "ece",
    "calibration_slope",
    "precision_at_capacity",
    "lift_at_capacity",
)
"""The metrics that are kept of a matured run."""


def scored(connection: Connection, run: Run) -> pd.DataFrame:
    """What a run said of each customer: customer_id, cutoff, probability; none once forgotten."""
    told = sa.select(scores_table.c.customer_id, scores_table.c.churn_probability)
    types = {"customer_id": "str", "probability": "float64"}
    kept = frame(connection, told.where(scores_table.c.run_id == run.run_id), types).dropna()
    return kept.assign(cutoff=pd.Series(run.as_of, index=kept.index, dtype=INSTANT))


def probabilities(connection: Connection, run: Run) -> Floats:
    """What a run said of each customer, in no order; NaN where rules answered."""
    told = sa.select(scores_table.c.churn_probability).where(scores_table.c.run_id == run.run_id)
    return np.array(connection.scalars(told).all(), dtype=np.float64)


def with_truth(
    rows: pd.DataFrame, parts: Parts, target: Churn, *, told_until: datetime, zone: ZoneInfo
) -> Panel:
    """The rows of `scored` with their label; who left before outreach could act is left out."""
    return labelled(Panel(rows, ()), parts, target, watermark=told_until, zone=zone)


def truth(panel: Panel, log: pd.DataFrame, *, capacity: float, effect_days: int) -> dict[str, Any]:
    """What came true of the rows of one run, as JSON.

    `true` is told of those whom no treatment touched, from `effect_days` before the cutoff on, who
    stand for those held out with them and for others of about the same risk; `as_seen` of everyone
    as it was, `of_contacted` of the others. `log` says who was treated or held out, and when, with
    the columns of `models.rows.treated.NO_ONE`.
    """
    rows, found = panel.rows, touched(panel.rows, log, timedelta(days=effect_days))
    contacted, alone = rows.loc[found.treated], rows.loc[~found.treated]
    if found.treated.any():
        risk = panel.column("probability").to_numpy(np.float64)
        weights = stand_for_their_like(risk, np.where(found.treated, 0.0, found.stands_for))
        alone = alone.assign(**{WEIGHT: weights[~found.treated]})
    untouched = _came_true(alone, capacity)
    return {
        "customers": len(panel.rows),
        "left": int(panel.y.sum()),
        "left_out": panel.left_out,
        "contacted": int(found.treated.sum()),
        "held_out": int(found.held_out.sum()),
        "alone": len(alone),
        "left_alone": int(alone["label"].sum()),
        COUNTED: _counted(alone),
        "true": untouched,
        "as_seen": _came_true(panel.rows, capacity) if len(contacted) else untouched,
        "of_contacted": _came_true(contacted, capacity),
    }


def plain(interval: Interval) -> dict[str, float | None]:
    """An interval as JSON knows it: what is not a number is null."""
    return {
        name: value if np.isfinite(value) else None for name, value in interval._asdict().items()
    }


def interval(told: Mapping[str, float | None] | None) -> Interval:
    """The interval that `plain` gave; NaN for null."""
    kept = told or {}
    values = (kept.get(name) for name in Interval._fields)
    return Interval(*(float("nan") if value is None else value for value in values))


def _counted(rows: pd.DataFrame) -> float:
    """How many were expected to leave, as if each weighed one: heavy weights count as fewer."""
    p = rows["probability"].to_numpy(np.float64)
    weights = rows[WEIGHT].to_numpy(np.float64) if WEIGHT in rows else np.ones(len(rows))
    return float((weights @ p) ** 2 / (weights**2 @ p)) if weights.any() else 0.0


def _came_true(rows: pd.DataFrame, capacity: float) -> dict[str, Any]:
    """The metrics of some rows; nothing of nobody."""
    if rows.empty:
        return {}
    y, p = (rows[name].to_numpy(np.float64) for name in ("label", "probability"))
    weights = rows[WEIGHT].to_numpy(np.float64) if WEIGHT in rows else None
    found = came_true(y, p, weights, capacity=capacity)
    return {name: plain(found[name]) for name in SHOWN}
