"""The reference that goes with a model: of what it reads, as it was when it learned."""

from dataclasses import replace

import numpy as np

from models.churn import ChurnModel
from models.drift.reference import Recent, Reference, reference_of
from models.evaluation import Backtest
from models.folding import gain_shares
from models.learned.prepared import Prepared
from models.logit import Floats
from models.outcomes import OutcomeModel
from models.rules import RulesModel
from models.trial import CHURN, Trial


def with_reference(trial: Trial, prepared: Prepared) -> Trial:
    """The same trial beside what its model learned from; only what a night scores has that."""
    if isinstance(trial.model, OutcomeModel):
        return trial
    return replace(trial, reference=_reference(trial, trial.model, prepared))


def importances(model: ChurnModel | RulesModel) -> dict[str, float]:
    """How much a model makes of each of its features; of rules, and through transforms, alike."""
    if isinstance(model, ChurnModel) and model.booster_text:
        return gain_shares(model.booster_text, model.columns)
    found = dict.fromkeys(model.features, 1.0)
    if isinstance(model, ChurnModel) and model.instead:
        weights = map(abs, model.instead.weights)
        found |= dict(zip(model.instead.columns, weights, strict=True))
    return found


def _reference(trial: Trial, model: ChurnModel | RulesModel, prepared: Prepared) -> Reference:
    recent = prepared.recent or Recent.of(prepared.panel)
    scores: list[Floats] = []
    if isinstance(model, ChurnModel) and trial.tested is not None:
        scores = _scores(model, trial.tested, recent)
    categories = prepared.known.categories
    return reference_of(recent, importances(model), categories=categories, scores=scores)


def _scores(model: ChurnModel, tested: Backtest, recent: Recent) -> list[Floats]:
    """Probabilities of everyone at each origin, by a model that had not learned from them.

    Whoever was left out of the measuring, as customers who were treated, was learned from by none.
    """
    keys = ["customer_id", "cutoff"]
    published = model.calibration.probabilities(tested.p[CHURN])
    told = tested.keys.loc[:, keys].assign(p=published)
    found: list[Floats] = []
    for cutoff, rows in zip(recent.cutoffs, recent.spans, strict=True):
        if cutoff in tested.origins:
            p = rows.loc[:, keys].merge(told, on=keys, how="left")["p"].to_numpy(np.float64).copy()
            unknown = np.isnan(p)
            if unknown.any():
                p[unknown] = model.probabilities(rows.loc[unknown])
            found.append(p)
    return found
