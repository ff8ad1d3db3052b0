"""One retraining as a value: the model, what it is worth, and what is to be recorded."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from features.catalog import FeatureParams
from models.answers.churn import ChurnModel
from models.answers.outcomes import OutcomeModel
from models.answers.rules import RulesModel
from models.drift.reference import Reference
from models.evidence.tables import Evidence
from models.judging.evaluation import Backtest
from models.judging.grades import Grade
from models.learning.boosting import BoostingParams
from models.rows.panel import Panel, PanelParams
from models.targets.target import Target
from models.transforms.chosen import TransformParams

CHURN = "churn"


@dataclass(frozen=True, kw_only=True)
class TrialParams:
    """All settings of one retraining."""

    target: Target
    panel: PanelParams = field(default_factory=PanelParams)
    features: FeatureParams = field(default_factory=FeatureParams)
    boosting: BoostingParams = field(default_factory=BoostingParams)
    transforms: TransformParams = field(default_factory=TransformParams)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows it."""
        return {**asdict(self), "target": self.target.as_json()}

    def recipe(self) -> dict[str, Any]:
        """By which settings a model is learned from a panel, as JSON knows them."""
        told = {"boosting": asdict(self.boosting), "transforms": asdict(self.transforms)}
        return json.loads(json.dumps(told))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A model beside its baselines; nothing is written yet.

    `name` is the question: churn, progression or next_step. `metrics` has the columns predictor,
    origin (an ISO date, or pooled), metric, value, low, high; `differences` has baseline in place
    of predictor, and the model's metric minus the baseline's. Both are out of time and before
    calibration. `counts` tells rows, positives and who was left out; `lineage` what the model was
    made of, without any customer. `tested` holds the out-of-time predictions, row by row: they are
    compared, and never recorded. `evidence` is what a report shows, where it was gathered.
    `reference` is what a night is compared with by the model that it is scored by.
    """

    name: str
    model: ChurnModel | OutcomeModel | RulesModel
    grade: Grade
    metrics: pd.DataFrame
    differences: pd.DataFrame
    params: Mapping[str, Any]
    lineage: Mapping[str, Any]
    counts: Mapping[str, int]
    tested: Backtest | None = field(default=None, compare=False, repr=False)
    evidence: Evidence | None = field(default=None, compare=False, repr=False)
    reference: Reference | None = field(default=None, compare=False, repr=False)


def counts(panel: Panel, tested: Backtest) -> dict[str, int]:
    """How many rows were learned from and measured, and who was left out."""
    return {
        "rows": len(panel.rows),
        "customers": len(panel.column("customer_id").unique()),
        "positives": panel.events,
        "not_at_risk": panel.not_at_risk,
        "left_out": panel.left_out,
        **treated(panel),
        "measured_rows": len(tested.keys),
        "measured_positives": tested.positives,
    }


def treated(panel: Panel) -> dict[str, int]:
    """Rows that outreach may have changed, and of whom it left alone by lot; nothing of neither."""
    found = {"treated": panel.treated, "held_out": panel.held_out}
    return found if any(found.values()) else {}


def span(panel: Panel, tested: Backtest) -> dict[str, Any]:
    """The cutoffs that were learned from, and the origins that were predicted."""
    return {
        "first_cutoff": panel.cutoffs[0].isoformat(),
        "last_cutoff": panel.cutoffs[-1].isoformat(),
        "cutoffs": len(panel.cutoffs),
        "origins": [f"{origin:%Y-%m-%d}" for origin in tested.origins],
        "counts": counts(panel, tested),
    }
