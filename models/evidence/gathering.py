"""All evidence of a trial, of two classes or of several."""

import numpy as np
import pandas as pd

from models.evidence.ablation import ablation
from models.evidence.case import Case
from models.evidence.curves import calibration, cut_and_share, lift, profit, scores
from models.evidence.importances import importances
from models.evidence.leakage.audit import audit
from models.evidence.segments import segments
from models.evidence.tables import Evidence, table
from models.judging.evaluation import Progress
from models.multiclass.transitions import transitions
from models.targets.progression import PRESENT, Progression


def evidence(
    case: Case,
    *,
    against_champion: pd.DataFrame | None = None,
    progress: Progress = lambda _: None,
) -> Evidence:
    """Everything that a report shows of a trial beside its metrics.

    The audit and the ablation learn a few quick boosters, in as many threads as the learner has;
    the rest costs about a second.
    """
    leakage = audit(case, progress=progress)
    by_family = ablation(case, progress=progress)
    progress("evidence: curves, segments, importances")
    cut, share = cut_and_share(case)
    features, families = importances(case)
    return Evidence(
        calibration=calibration(case),
        lift=lift(case),
        profit=profit(case),
        profit_cut=cut,
        profit_share=share,
        scores=scores(case),
        segments=segments(case),
        ablation=by_family,
        importances=features,
        families=families,
        leakage=leakage,
        transitions=_transitions(case),
        against_champion=table("against_champion", against_champion),
    )


def _transitions(case: Case) -> pd.DataFrame:
    """Where each stage led, and where it was said to lead; of progression alone."""
    if not isinstance(case.target, Progression):
        return table("transitions")
    present = case.measured[PRESENT].to_numpy(np.int64)
    stages = pd.Series(np.array(case.target.stages)[present])
    told = transitions(stages, case.y, case.p, case.panel.classes)
    return table("transitions", told.rename(columns={"expected": "predicted"}))
