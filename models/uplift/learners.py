"""Learners of uplift: by how much contact changes the chance of the outcome, for each customer.

S, T and X: Künzel, Sekhon, Bickel and Yu (2019), Metalearners for estimating heterogeneous
treatment effects. Doubly robust: Kennedy (2023), Towards optimal doubly robust estimation. The
probabilities of treatment are those that were logged, never guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from models.limits import at_least
from models.logit import Floats
from models.uplift.bases import Base, Predict, Trees
from models.uplift.experiment import Experiment

Effects = Callable[[pd.DataFrame], Floats]
"""The effect of contact on the chance of the outcome, for each row of features."""


class Learner(Protocol):
    """An experiment in, effects out."""

    @property
    def name(self) -> str:
        """The ranking's name in every table."""
        ...

    def fit(self, train: Experiment) -> Effects:
        """Learn from the rows of an experiment, and from nothing else."""
        ...


@dataclass(frozen=True, kw_only=True)
class Single:
    """S: one model of the outcome that is told the arm, asked twice.

    The arm also stands beside each feature as a product, so that a line can tell effects apart and
    a tree that is not shown the arm still is shown what it does.
    """

    base: Base = field(default_factory=Trees)
    name: str = "s_learner"

    def fit(self, train: Experiment) -> Effects:
        """The outcome as if treated, less as if held out."""

        def told(x: Floats, treated: Floats) -> Floats:
            half = (treated - 0.5)[:, None]
            return np.column_stack([x, half, x * half])

        model = self.base.fit(told(train.matrix(), train.treated), train.outcome, "probability")

        def effects(frame: pd.DataFrame) -> Floats:
            x = train.matrix(frame)
            return model(told(x, np.ones(len(x)))) - model(told(x, np.zeros(len(x))))

        return effects


@dataclass(frozen=True, kw_only=True)
class Twin:
    """T: one model of the outcome for each arm."""

    base: Base = field(default_factory=Trees)
    name: str = "t_learner"

    def fit(self, train: Experiment) -> Effects:
        """The treated arm's model less the control arm's."""
        held_out, treated = outcome_models(self.base, train)

        def effects(frame: pd.DataFrame) -> Floats:
            x = train.matrix(frame)
            return treated(x) - held_out(x)

        return effects


@dataclass(frozen=True, kw_only=True)
class Crossed:
    """X: what each arm's outcomes are above what the other arm's model says, learned in turn."""

    base: Base = field(default_factory=Trees)
    name: str = "x_learner"

    def fit(self, train: Experiment) -> Effects:
        """Both arms' effects, each where the other arm is the larger."""
        own = train.treated == 1
        x, y = train.matrix(), train.outcome
        held_out, treated = outcome_models(self.base, train)
        gained = self.base.fit(x[own], y[own] - held_out(x[own]), "number")
        missed = self.base.fit(x[~own], treated(x[~own]) - y[~own], "number")
        share = float(train.probability.mean())

        def effects(frame: pd.DataFrame) -> Floats:
            rows = train.matrix(frame)
            return share * missed(rows) + (1 - share) * gained(rows)

        return effects


@dataclass(frozen=True, kw_only=True)
class DoublyRobust:
    """DR: effects of single rows, right on average by the logged probabilities, made smooth.

    A row's effect is what models of the outcome that have not seen its customer say, put right by
    the row's own outcome over its probability. `base` learns outcomes, `last` makes effects smooth.
    """

    base: Base = field(default_factory=Trees)
    last: Base = field(default_factory=Trees)
    folds: int = 5
    name: str = "dr_learner"

    def __post_init__(self) -> None:
        """Refuse folds that leave nothing to learn from."""
        at_least(self, folds=2)

    def fit(self, train: Experiment) -> Effects:
        """The smoothed effects of single rows."""
        model = self.last.fit(train.matrix(), self.of_rows(train), "number")
        return lambda frame: model(train.matrix(frame))

    def of_rows(self, train: Experiment) -> Floats:
        """An effect for each row: noisy, but right on average."""
        held_out, treated = np.empty(len(train.rows)), np.empty(len(train.rows))
        fold = train.folds(self.folds)
        for own in (fold == number for number in np.unique(fold)):
            for told, model in zip(
                (held_out, treated), outcome_models(self.base, train.where(~own)), strict=True
            ):
                told[own] = model(train.matrix()[own])
        t, e, y = train.treated, train.probability, train.outcome
        return treated - held_out + t * (y - treated) / e - (1 - t) * (y - held_out) / (1 - e)


@dataclass(frozen=True, kw_only=True)
class Together:
    """The mean of what several learners say: their mistakes differ more than their effects."""

    learners: Sequence[Learner]
    name: str = "uplift"

    def fit(self, train: Experiment) -> Effects:
        """Each of them, on the same rows."""
        all_of_them = [learner.fit(train) for learner in self.learners]
        return lambda frame: np.mean([effects(frame) for effects in all_of_them], axis=0)


def outcome_models(base: Base, train: Experiment) -> tuple[Predict, Predict]:
    """Models of the outcome: of the control arm, of the treated."""
    x, y = train.matrix(), train.outcome
    first, second = (
        base.fit(x[train.treated == arm], y[train.treated == arm], "probability") for arm in (0, 1)
    )
    return first, second
