"""The lake's log of outreach as an experiment: what was known at each assignment, who stayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Feature
from features.clock import last_midnight
from features.contracts import Frame
from features.engine.partitions import LOCAL, Engine
from features.errors import DataRefused
from features.known.told import Parts
from features.known.versions import latest
from models.rows.panel import Panel, training_panel
from models.targets.churn import Churn
from models.uplift.experiment import TREATED, Experiment, experiment


@dataclass(frozen=True)
class Assigned:
    """An experiment, and how many assignments could not be part of it, by the reason."""

    experiment: Experiment
    left_out: Mapping[str, int]


def assigned(  # noqa: PLR0913  # what was told, what is wanted, and how to work
    outreach: Frame,
    parts: Parts,
    features: Sequence[Feature],
    target: Churn,
    *,
    watermark: datetime,
    zone: ZoneInfo,
    action: str | None = None,
    engine: Engine = LOCAL,
) -> Assigned:
    """Assignments of a table `outreach` with features, and whether the customer stayed.

    The cutoff of an assignment is the last business midnight up to it: features know nothing of
    the assignment, and the label window of the target begins after its embargo. Left out are
    assignments whose probability was not logged, whose label is not known at the watermark, and
    of customers who were not at risk. With an `action`, only assignments to it or held out from it.
    """
    drawn = _drawn(outreach, zone, action)
    logged = drawn.loc[drawn["probability"].notna()]
    due = [target.matured_at(cutoff, zone) for cutoff in _cutoffs(logged)]
    ripe = {cutoff for cutoff, at in zip(_cutoffs(logged), due, strict=True) if at <= watermark}
    matured = cast("pd.DataFrame", logged.loc[logged["cutoff"].isin(ripe)])
    if matured.empty:
        raise DataRefused(
            f"of {len(drawn)} assignments none has both a logged probability and a known outcome",
            where="outreach",
            mend="log the probability of each assignment, and wait until the horizon is over",
        )
    panel = training_panel(
        parts, _cutoffs(matured), features, target, watermark=watermark, zone=zone, engine=engine
    )
    rows = _with_outcome(matured, panel)
    return Assigned(
        experiment(rows, panel.features),
        {
            "no_probability": len(drawn) - len(logged),
            "outcome_not_known": len(logged) - len(matured),
            "not_at_risk": len(matured) - len(rows),
        },
    )


def _drawn(outreach: Frame, zone: ZoneInfo, action: str | None) -> pd.DataFrame:
    """Assignments with their cutoff, and the probability of being treated."""
    told = latest(outreach).to_pandas()
    chosen = told if action is None else told.loc[told["action"].eq(action)]
    cutoffs = [last_midnight(at.to_pydatetime(), zone) for at in chosen["assigned_at"]]
    own = chosen["probability"]
    return chosen[["customer_id", "arm"]].assign(
        cutoff=pd.to_datetime(cutoffs, utc=True).as_unit("us"),
        probability=own.where(chosen["arm"].eq(TREATED), 1 - own),
    )


def _cutoffs(rows: pd.DataFrame) -> list[datetime]:
    return [cutoff.to_pydatetime() for cutoff in sorted(rows["cutoff"].unique())]


def _with_outcome(drawn: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    keys = ["customer_id", "cutoff"]
    told = panel.rows[[*keys, *panel.features, "label"]]
    rows = drawn.merge(told, on=keys)
    return rows.assign(outcome=1 - rows["label"])
