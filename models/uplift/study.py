"""One experiment studied: uplift beside risk and chance, each customer ranked by the others."""

from dataclasses import dataclass

import numpy as np

from models.logit import Floats
from models.uplift.bases import Base, Trees
from models.uplift.comparison import DRAWS, Ranked, compare
from models.uplift.experiment import Experiment
from models.uplift.learners import Learner, outcome_models

FOLDS = 5
UPLIFT, RISK = "uplift", "risk"


@dataclass(frozen=True, kw_only=True)
class Study:
    """What an experiment says; `effects` are of its rows, each from the customers of other folds.

    `effect` is the mean one, of being contacted on the chance of the outcome.
    """

    ranked: Ranked
    effects: Floats
    effect: float
    customers: int


def study(
    told: Experiment,
    learner: Learner,
    *,
    folds: int = FOLDS,
    base: Base | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Study:
    """Rank every row by a learner that has not seen its customer, and compare with risk.

    Risk is the chance that the outcome does not come true if nobody is contacted, as the control
    arm of the other customers tells it.
    """
    base = base or Trees()
    effects, risk = np.empty(len(told.rows)), np.empty(len(told.rows))
    fold = told.folds(folds)
    for own in (fold == number for number in np.unique(fold)):
        others, rows = told.where(~own), told.where(own)
        effects[own] = learner.fit(others)(rows.rows)
        held_out, _ = outcome_models(base, others)
        risk[own] = 1 - held_out(rows.matrix())
    return Study(
        ranked=compare(told, {UPLIFT: effects, RISK: risk}, draws=draws, seed=seed),
        effects=effects,
        effect=told.effect,
        customers=int(told.customers.max()) + 1,
    )
