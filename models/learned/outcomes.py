"""A trial of several outcomes: progression and next step, beside what counting alone says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from models.answers.outcomes import OutcomeModel
from models.evidence.gathering import evidence
from models.evidence.tables import Evidence
from models.judging import grades
from models.judging.evaluation import Backtest, Learner, Progress, backtest
from models.judging.grades import Grade
from models.learned.prepared import Prepared
from models.learning.folding import fold
from models.multiclass import calibration
from models.multiclass.baselines import baselines
from models.multiclass.boosting import SeveralBoosted, SeveralBoosting
from models.multiclass.calibration import Temperature
from models.multiclass.masks import Mask, Masking
from models.targets.progression import PRESENT, Progression
from models.trial import Trial, span


@dataclass(frozen=True, kw_only=True)
class _Learned:
    tested: Backtest
    boosted: SeveralBoosted
    warmth: Temperature
    mask: Mask | None


def outcome_trial(prepared: Prepared, *, threads: int, prove: bool, progress: Progress) -> Trial:
    """Learn which of several things comes; fewer than 100 rows beside the commonest are refused."""
    grades.check_enough(prepared.panel.events_rarer)
    learned = _learn(prepared, threads, progress)
    proof = _proof(learned, prepared, threads, progress) if prove else None
    grade = _graded(learned, proof)
    comparison, panel = learned.tested.comparison, prepared.panel
    return Trial(
        name=prepared.params.target.predicts,
        model=_model(learned, prepared, grade),
        grade=grade,
        metrics=comparison.metrics,
        differences=comparison.differences,
        params=prepared.params.as_json(),
        lineage={
            **prepared.lineage(),
            **span(panel, learned.tested),
            "calibration": asdict(learned.warmth),
        },
        counts=span(panel, learned.tested)["counts"],
        tested=learned.tested,
        evidence=proof,
    )


def _learn(prepared: Prepared, threads: int, progress: Progress) -> _Learned:
    panel, target = prepared.panel, prepared.params.target
    mask = _mask(prepared)
    boosting = SeveralBoosting(prepared.boosting(threads))
    learners: list[Learner] = [boosting, *baselines(target.baselines)]
    tested = backtest(
        panel, _masked(learners, mask), prepared.params.panel.origins, progress=progress
    )
    progress(f"learning from all {len(panel.rows)} rows")
    return _Learned(
        tested=tested,
        boosted=boosting.fit(panel),
        warmth=calibration.choose(tested.keys, tested.p[boosting.name]),
        mask=None if mask is None else mask.unseen(panel),
    )


def _mask(prepared: Prepared) -> Mask | None:
    """What the target says cannot be, by the present stage."""
    target = prepared.params.target
    if not isinstance(target, Progression):
        return None
    return Mask.of(PRESENT, target.possible(np.arange(len(target.stages))))


def _masked(learners: Sequence[Learner], mask: Mask | None) -> list[Learner]:
    return [*learners] if mask is None else [Masking(one, mask) for one in learners]


def _model(learned: _Learned, prepared: Prepared, grade: Grade) -> OutcomeModel:
    return OutcomeModel(
        **prepared.asked(),
        booster_text=fold([learned.boosted.boosted.booster_text], slope=learned.warmth.slope),
        floor=learned.boosted.floor,
        boosting=prepared.params.boosting,
        mask=learned.mask,
        tier=grades.tier(prepared.panel.events_rarer, len(learned.tested.origins)),
        grade=grade.letter,
        rounds=learned.boosted.boosted.rounds,
    )


def _graded(learned: _Learned, proof: Evidence | None) -> Grade:
    comparison = learned.tested.comparison
    found = proof.findings if proof else grades.findings(comparison, {}, {})
    return grades.grade(comparison, positives=learned.tested.positives, findings=found)


def _proof(learned: _Learned, prepared: Prepared, threads: int, progress: Progress) -> Evidence:
    case = prepared.case(
        learned.tested,
        threads=threads,
        rounds=learned.boosted.boosted.rounds,
        booster_text=learned.boosted.boosted.booster_text,
    )
    return evidence(case, progress=progress)
