"""Further horizons learned: the same customers, with a label of its own for each horizon."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np

from features.errors import ModelRefused
from features.known.told import Parts
from models.answers.horizons import Horizon
from models.judging import calibration
from models.judging.evaluation import Backtest, Progress, backtest
from models.judging.grades import check_enough
from models.judging.intervals import learn_intervals
from models.learned.prepared import Prepared
from models.learning.baselines import Baseline
from models.learning.boosting import Boosting
from models.learning.folding import fold
from models.rows.panel import Panel, labelled
from models.targets.churn import Churn


@dataclass(frozen=True, kw_only=True)
class Further:
    """A further horizon and what it was worth; where it could not be learned neither, but why."""

    horizon_days: int
    horizon: Horizon | None = None
    tested: Backtest | None = None
    why: str = ""


def relabelled(
    panel: Panel, parts: Parts, target: Churn, *, watermark: datetime, zone: ZoneInfo
) -> Panel:
    """The rows whose label is known for another horizon of their target, with that label."""
    ripe = [c for c in panel.cutoffs if target.matured_at(c.to_pydatetime(), zone) <= watermark]
    rows = panel.rows.loc[panel.column("cutoff").isin(ripe)]
    if rows.empty:
        return replace(panel, rows=rows)
    asked = replace(panel, rows=rows.drop(columns=["label", "matured_at"]))
    return labelled(asked, parts, target, watermark=watermark, zone=zone)


def learn_horizons(
    prepared: Prepared, learner: Boosting, *, progress: Progress
) -> tuple[Further, ...]:
    """Each further horizon measured at rolling origins, calibrated if that helps, and learned.

    The origins are the last cutoffs whose label is known for the horizon in question; the baselines
    are the target's, learned anew.
    """
    target = prepared.params.target
    days = target.further_horizons_days if isinstance(target, Churn) else ()
    return tuple(_one(prepared, cast("Churn", target).over(one), learner, progress) for one in days)


def _one(prepared: Prepared, asked: Churn, learner: Boosting, progress: Progress) -> Further:
    progress(f"horizon of {asked.horizon_days} days")
    own = relabelled(
        prepared.panel, prepared.parts, asked, watermark=prepared.watermark, zone=prepared.zone
    )
    try:
        return _learned(prepared.settled(own), asked, learner, prepared.params.panel.origins)
    except ModelRefused as error:
        return Further(horizon_days=asked.horizon_days, why=error.what)


def _learned(panel: Panel, target: Churn, learner: Boosting, origins: int) -> Further:
    days, baselines = target.horizon_days, [Baseline(*one) for one in target.baselines]
    check_enough(panel.events_rarer)
    target.check_base_rate(panel.y)
    tested = backtest(panel, [learner, *baselines], origins)
    return Further(horizon_days=days, horizon=_horizon(panel, days, learner, tested), tested=tested)


def _horizon(panel: Panel, days: int, learner: Boosting, tested: Backtest) -> Horizon:
    predicted = tested.predictions.rename(columns={learner.name: "p"})
    line = calibration.choose(predicted)
    published = predicted.assign(p=line.probabilities(predicted["p"].to_numpy(np.float64)))
    boosted = learner.fit(panel)
    return Horizon(
        horizon_days=days,
        booster_text=fold([boosted.booster_text], slope=line.slope, intercept=line.intercept),
        calibration=line,
        intervals=learn_intervals(published),
        rounds=boosted.rounds,
    )
