"""The reference that goes with a model: of what it reads, as it was when it learned."""

from dataclasses import replace

from models.churn import ChurnModel
from models.drift.reference import Reference, reference_of
from models.folding import gain_shares
from models.learned.prepared import Prepared
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
    categories, tested = prepared.known.categories, trial.tested
    if tested is None or isinstance(model, RulesModel):
        return reference_of(prepared.panel, importances(model), categories=categories)
    return reference_of(
        prepared.panel,
        importances(model),
        categories=categories,
        keys=tested.keys,
        probabilities=model.calibration.probabilities(tested.p[CHURN]),
    )
