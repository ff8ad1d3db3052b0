"""One retraining as a value: the model, what it is worth, and what is to be recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.catalog import Catalog, Feature, FeatureParams, Vocabulary
from features.errors import DataRefused
from features.families import catalog
from features.partitions import LOCAL, Engine
from features.told import Parts
from models import calibration, grades
from models.baselines import Baseline
from models.boosting import Boosted, Boosting, BoostingParams, matrix
from models.calibration import Calibration
from models.churn import ChurnModel
from models.evaluation import Backtest, Progress, backtest
from models.folding import fold, gain_shares
from models.following import with_what_came_next
from models.grades import Finding, Grade
from models.metrics import auc
from models.panel import Panel, PanelParams, training_cutoffs, training_panel
from models.targets.churn import Churn
from models.transforms.chosen import TransformParams, fit_all
from models.transforms.fitting import Fitted
from models.transforms.learning import Transforming

CHURN = "churn"


@dataclass(frozen=True, kw_only=True)
class TrialParams:
    """All settings of one retraining."""

    target: Churn
    panel: PanelParams = field(default_factory=PanelParams)
    features: FeatureParams = field(default_factory=FeatureParams)
    boosting: BoostingParams = field(default_factory=BoostingParams)
    transforms: TransformParams = field(default_factory=TransformParams)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A churn model beside its baselines; nothing is written yet.

    `metrics` has the columns predictor, origin (an ISO date, or pooled), metric, value, low, high;
    `differences` has baseline in place of predictor, and the model's metric minus the baseline's.
    Both are out of time and before calibration. `counts` tells rows, positives and who was left
    out; `lineage` what the model was made of, without any customer.
    """

    name: str
    model: ChurnModel
    grade: Grade
    metrics: pd.DataFrame
    differences: pd.DataFrame
    params: Mapping[str, Any]
    lineage: Mapping[str, Any]
    counts: Mapping[str, int]


def run_trial(  # noqa: PLR0913  # what is known, what is wanted, and how to work
    parts: Parts,
    vocabulary: Vocabulary,
    params: TrialParams,
    *,
    own: Iterable[Feature] = (),
    watermark: datetime,
    zone: ZoneInfo,
    threads: int = 1,
    engine: Engine = LOCAL,
    progress: Progress = lambda _: None,
) -> Trial:
    """Build the panel, measure at rolling origins, calibrate if that helps, learn from all of it.

    `own` are features of the workspace's own file, beside those of the families.
    Refused are histories too short to measure (`ModelRefused`, `DataRefused`), definitions under
    which almost nobody or almost everybody leaves, and fewer than 100 events in the rarer class.
    """
    known = catalog(params.features, vocabulary, own)
    panel = _panel(parts, known, params, watermark=watermark, zone=zone, engine=engine)
    progress(f"panel: {len(panel.rows)} rows at {len(panel.cutoffs)} cutoffs")
    params.target.check_base_rate(panel.y)
    grades.check_enough(panel.events_rarer)
    learned = _learn(panel, known, params, threads, progress)
    grade = _graded(learned)
    return Trial(
        name=CHURN,
        model=_model(learned, params, vocabulary, grade),
        grade=grade,
        metrics=learned.tested.comparison.metrics,
        differences=learned.tested.comparison.differences,
        params={**asdict(params), "target": params.target.as_json()},
        lineage=_lineage(learned, watermark),
        counts=_counts(panel, learned.tested),
    )


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """What a retraining found; `panel` has the columns of the transforms too."""

    panel: Panel
    known: Catalog
    tested: Backtest
    fitted: tuple[Fitted, ...]
    boosted: Boosted
    line: Calibration


def _learn(
    panel: Panel, known: Catalog, params: TrialParams, threads: int, progress: Progress
) -> _Learned:
    boosting = Boosting(
        params.boosting,
        threads,
        signs={f.name: f.sign for f in known.features},
        categories=known.categories,
        name=CHURN,
    )
    transforms = params.transforms.transforms(params.target)
    baselines = [Baseline(name, columns) for name, columns in params.target.baselines]
    learners = [Transforming(boosting, transforms), *baselines]
    tested = backtest(panel, learners, params.panel.origins, progress=progress)
    progress(f"learning from all {len(panel.rows)} rows")
    fitted, told = fit_all(transforms, panel)
    for one in fitted:
        if one.note:
            progress(one.note)
    return _Learned(
        panel=told,
        known=known,
        tested=tested,
        fitted=fitted,
        boosted=boosting.fit(told),
        line=calibration.choose(tested.predictions.rename(columns={CHURN: "p"})),
    )


def _model(
    learned: _Learned, params: TrialParams, vocabulary: Vocabulary, grade: Grade
) -> ChurnModel:
    panel, line = learned.panel, learned.line
    text = fold([learned.boosted.booster_text], slope=line.slope, intercept=line.intercept)
    return ChurnModel(
        booster_text=text,
        features={f.name: f.definition_hash for f in learned.known.features},
        transforms=learned.fitted,
        target=params.target,
        feature_params=params.features,
        vocabulary=vocabulary,
        calibration=line,
        tier=grades.tier(panel.events_rarer, len(learned.tested.origins)),
        grade=grade.letter,
        trained_through=f"{panel.cutoffs[-1]:%Y-%m-%d}",
        rounds=learned.boosted.rounds,
    )


def _panel(
    parts: Parts,
    known: Catalog,
    params: TrialParams,
    *,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine,
) -> Panel:
    cutoffs = training_cutoffs(parts, watermark, params.target, params.panel, zone)
    if not cutoffs:
        target, panel = params.target, params.panel
        needed = panel.history_days + target.embargo_days + target.horizon_days
        raise DataRefused(
            f"the events span less than the {needed} days that one training cutoff needs",
            where="events",
            mend="ingest a longer history, or shorten history_days or horizon_days",
        )
    panel = training_panel(
        parts,
        cutoffs,
        known.features,
        params.target,
        watermark=watermark,
        zone=zone,
        engine=engine,
    )
    looks_ahead = params.transforms.looks_ahead
    return with_what_came_next(panel, parts, params.target, zone) if looks_ahead else panel


def _graded(learned: _Learned) -> Grade:
    tested = learned.tested
    measured = learned.panel.last(len(tested.origins))
    return grades.grade(
        tested.comparison,
        positives=tested.positives,
        findings=_findings(measured, tested, learned.boosted.booster_text),
    )


def _findings(measured: Panel, tested: Backtest, booster_text: str) -> tuple[Finding, ...]:
    columns = np.nan_to_num(matrix(measured.rows, measured.features), nan=-np.inf)
    alone = {
        name: auc(measured.y, column)
        for name, column in zip(measured.features, columns.T, strict=True)
    }
    return grades.findings(tested.comparison, alone, gain_shares(booster_text, measured.features))


def _counts(panel: Panel, tested: Backtest) -> dict[str, int]:
    return {
        "rows": len(panel.rows),
        "customers": len(panel.column("customer_id").unique()),
        "positives": int(panel.y.sum()),
        "not_at_risk": panel.not_at_risk,
        "measured_rows": len(tested.predictions),
        "measured_positives": tested.positives,
    }


def _lineage(learned: _Learned, watermark: datetime) -> dict[str, Any]:
    panel, tested = learned.panel, learned.tested
    return {
        "watermark": watermark.isoformat(),
        "first_cutoff": panel.cutoffs[0].isoformat(),
        "last_cutoff": panel.cutoffs[-1].isoformat(),
        "cutoffs": len(panel.cutoffs),
        "origins": [f"{origin:%Y-%m-%d}" for origin in tested.origins],
        "catalog_hash": learned.known.definition_hash,
        "calibration": asdict(learned.line),
        "transforms": [
            {"kind": one.kind, "note": one.note, **asdict(one.seen)} for one in learned.fitted
        ],
        "counts": _counts(panel, tested),
    }
