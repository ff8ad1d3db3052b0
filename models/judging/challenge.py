"""Champion and challenger side by side, so that neither is flattered.

The champion has learned from labels of the cutoffs on which a challenger is measured. So its recipe
is learned again at each of them, as the challenger's is, and the two are compared row by row. Its
own booster is compared only at cutoffs that came after every label that it has seen.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.answers.model import Model
from models.evidence.tables import table
from models.judging.bootstrap import TWO_CLASSES, Comparison, compare
from models.learning.recipe import recipe_of
from models.logit import Floats
from models.multiclass.metrics import SEVERAL_CLASSES
from models.rows.weights import row_weights
from models.targets.target import Target

CHALLENGER = "challenger"
CHAMPION = "champion"

RULES = "rules"
"""The tier without probabilities: there is nothing of it to measure."""

BESIDES = frozenset({"further_horizons_days"})
"""What a target says beyond its question: other answers that are given beside the first."""


@dataclass(frozen=True)
class Foregone:
    """What is settled without measuring: whether the challenger may follow, and why."""

    passes: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What a challenger is beside the champion.

    `other_question` says in what their targets differ, and is empty where they do not. `measured`
    is the champion's recipe learned again at the challenger's origins; `as_it_stands` the
    champion's own answers at those origins that are news to it.
    """

    other_question: str = ""
    foregone: Foregone | None = None
    measured: Comparison | None = None
    as_it_stands: Comparison | None = None

    def table(self) -> pd.DataFrame:
        """Columns origin, metric, champion, challenger, difference, low, high."""
        if self.measured is None:
            return table("against_champion")
        keys, rows = ["origin", "metric"], self.measured.metrics
        both = self.measured.differences.rename(columns={"value": "difference"})
        for who in (CHAMPION, CHALLENGER):
            own = rows.loc[rows["predictor"].eq(who), [*keys, "value"]]
            both = both.merge(own.rename(columns={"value": who}), on=keys)
        return table("against_champion", both)


def other_question(champion: Target, challenger: Target) -> str:
    """In what two targets differ; empty if in nothing.

    >>> from models.targets.inactivity import InactivityChurn
    >>> before = InactivityChurn(steps=("order",), horizon_days=30)
    >>> other_question(before, InactivityChurn(steps=("order",), horizon_days=28))
    'horizon_days 30, now 28'
    """
    before, now = (_plain(target.as_json()) for target in (champion, challenger))
    names = dict.fromkeys(name for name in {**before, **now} if name not in BESIDES)
    return ", ".join(
        f"{name} {before.get(name)}, now {now.get(name)}"
        for name in names
        if before.get(name) != now.get(name)
    )


def foregone(champion: Model, challenger: Model) -> Foregone | None:
    """What is settled without measuring: the same model, or one recipe on newer or older data."""
    if _plain(champion.manifest()) == _plain(challenger.manifest()):
        return Foregone(passes=False, why="it is the champion itself, to the byte")
    rules = [model.tier == RULES for model in (champion, challenger)]
    if any(rules):
        return _without_probabilities(*rules)
    if not champion.recipe:
        told = "the champion does not tell its recipe, so it cannot be learned again beside it"
        return Foregone(passes=False, why=told)
    is_same = recipe_of(champion) == recipe_of(challenger)
    if not is_same or dict(champion.features) != dict(challenger.features):
        return None
    through = f"through {challenger.trained_through}, the champion's {champion.trained_through}"
    if challenger.trained_through < champion.trained_through:
        return Foregone(passes=False, why=f"the champion's recipe on older data, {through}")
    return Foregone(passes=True, why=f"a refit of the champion's recipe, {through}")


def measured(rows: pd.DataFrame, challenger: Floats, champion: Floats) -> Comparison:
    """The two on the same rows, paired, with customers drawn again.

    `rows` has the columns customer_id, cutoff and label; probabilities are (rows,) or, of several
    classes, (rows, classes).
    """
    gauge = SEVERAL_CLASSES if challenger.ndim > 1 else TWO_CLASSES
    return compare(
        rows["label"].to_numpy(np.float64),
        {CHALLENGER: challenger, CHAMPION: champion},
        pd.factorize(rows["customer_id"])[0],
        rows["cutoff"].dt.strftime("%Y-%m-%d").to_numpy(str),
        gauge=gauge,
        weights=row_weights(rows),
    )


def _without_probabilities(champion: bool, challenger: bool) -> Foregone:  # noqa: FBT001
    """What follows whom where one of them, or both, are rules."""
    if not challenger:
        return Foregone(passes=True, why="the champion is rules alone; it gives probabilities")
    why = "rules follow rules" if champion else "rules do not displace a model of probabilities"
    return Foregone(passes=champion, why=why)


def _plain(told: Any) -> Any:  # noqa: ANN401
    """As JSON gives it back: no tuples, and keys that are texts."""
    return json.loads(json.dumps(told, default=str))
