"""A trial of churn: measured at rolling origins, calibrated if that helps, folded into one."""

from dataclasses import asdict, dataclass

import numpy as np

from models.answers.churn import ChurnModel
from models.evidence.gathering import evidence
from models.evidence.tables import Evidence
from models.judging import calibration, grades
from models.judging.calibration import Calibration
from models.judging.evaluation import Backtest, Progress, backtest
from models.judging.grades import Finding, Grade
from models.judging.intervals import learn_intervals
from models.judging.metrics import auc
from models.learned.horizons import Further, learn_horizons
from models.learned.prepared import Prepared
from models.learning.baselines import Baseline
from models.learning.baselines_buying import Buyers, usable
from models.learning.boosting import Boosted, matrix
from models.learning.folding import fold, gain_shares
from models.rows.panel import Panel
from models.targets.churn import Churn
from models.transforms.chosen import fit_all
from models.transforms.fitting import Fitted
from models.transforms.learning import Transforming
from models.trial import CHURN, Trial, span


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """What a retraining found; `panel` has the columns of the transforms too."""

    panel: Panel
    tested: Backtest
    fitted: tuple[Fitted, ...]
    boosted: Boosted
    line: Calibration
    further: tuple[Further, ...]


def churn_trial(prepared: Prepared, *, threads: int, prove: bool, progress: Progress) -> Trial:
    """Learn who leaves; definitions that almost nobody or almost everybody meets are refused."""
    target = prepared.params.target
    if not isinstance(target, Churn):
        raise TypeError(f"{target.predicts} is not churn")
    target.check_base_rate(prepared.panel.y)
    grades.check_enough(prepared.panel.events_rarer)
    learned = _learn(prepared, threads, progress)
    proof = _proof(learned, prepared, threads, progress) if prove else None
    grade = _graded(learned, proof)
    comparison = learned.tested.comparison
    return Trial(
        name=CHURN,
        model=_model(learned, prepared, grade),
        grade=grade,
        metrics=comparison.metrics,
        differences=comparison.differences,
        params=prepared.params.as_json(),
        lineage={**prepared.lineage(), **span(learned.panel, learned.tested), **_how(learned)},
        counts=span(learned.panel, learned.tested)["counts"],
        tested=learned.tested,
        evidence=proof,
    )


def _learn(prepared: Prepared, threads: int, progress: Progress) -> _Learned:
    params, panel = prepared.params, prepared.panel
    boosting = prepared.boosting(threads)
    transforms = params.transforms.transforms(params.target)
    baselines = [Baseline(name, columns) for name, columns in params.target.baselines]
    buyers = usable(Buyers.of(params.target), panel, params.panel.origins)
    if buyers.note:
        progress(buyers.note)
    learners = [Transforming(boosting, transforms), *baselines, *buyers.learners]
    tested = backtest(panel, learners, params.panel.origins, progress=progress)
    progress(f"learning from all {len(panel.rows)} rows")
    fitted, told = fit_all(transforms, panel)
    for one in fitted:
        if one.note:
            progress(one.note)
    return _Learned(
        panel=told,
        tested=tested,
        fitted=fitted,
        boosted=boosting.fit(told),
        line=calibration.choose(tested.predictions.rename(columns={CHURN: "p"})),
        further=learn_horizons(prepared, boosting, progress=progress),
    )


def _model(learned: _Learned, prepared: Prepared, grade: Grade) -> ChurnModel:
    panel, line = learned.panel, learned.line
    predicted = learned.tested.predictions
    published = predicted.assign(p=line.probabilities(learned.tested.p[CHURN]))
    return ChurnModel(
        **prepared.asked(),
        booster_text=fold(
            [learned.boosted.booster_text], slope=line.slope, intercept=line.intercept
        ),
        transforms=learned.fitted,
        calibration=line,
        tier=grades.tier(panel.events_rarer, len(learned.tested.origins)),
        grade=grade.letter,
        rounds=learned.boosted.rounds,
        intervals=learn_intervals(published),
        further=tuple(one.horizon for one in learned.further if one.horizon),
    )


def _graded(learned: _Learned, proof: Evidence | None) -> Grade:
    """The grade; any alarm of a leak, by the audit where there was one, forces F."""
    tested = learned.tested
    measured = learned.panel.last(len(tested.origins))
    text = learned.boosted.booster_text
    found = proof.findings if proof else _findings(measured, tested, text)
    return grades.grade(tested.comparison, positives=tested.positives, findings=found)


def _findings(measured: Panel, tested: Backtest, booster_text: str) -> tuple[Finding, ...]:
    columns = np.nan_to_num(matrix(measured.rows, measured.features), nan=-np.inf)
    alone = {
        name: auc(measured.y, column)
        for name, column in zip(measured.features, columns.T, strict=True)
    }
    return grades.findings(tested.comparison, alone, gain_shares(booster_text, measured.features))


def _how(learned: _Learned) -> dict[str, object]:
    """The calibration, what the transforms saw, and why a further horizon has no answer."""
    transforms = [
        {"kind": one.kind, "note": one.note, **asdict(one.seen)} for one in learned.fitted
    ]
    unanswered = {str(one.horizon_days): one.why for one in learned.further if one.why}
    return {
        "calibration": asdict(learned.line),
        "transforms": transforms,
        "unanswered_horizons": unanswered,
    }


def _proof(learned: _Learned, prepared: Prepared, threads: int, progress: Progress) -> Evidence:
    case = prepared.case(
        learned.tested,
        threads=threads,
        rounds=learned.boosted.rounds,
        booster_text=learned.boosted.booster_text,
        told=learned.panel,
    )
    return evidence(case, progress=progress)
