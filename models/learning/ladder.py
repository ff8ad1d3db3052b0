"""The ladder of little data: rules, then a regression or BG/NBD, then trees.

A workspace with few churners is neither refused nor lied to; what scores is chosen here, with a
sentence that says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.judging.bootstrap import POOLED, Comparison, compare
from models.judging.evaluation import Backtest, purged
from models.judging.grades import EVENTS_LEAST, EVENTS_STANDARD, ORIGINS_STANDARD, tier
from models.rows.panel import Panel
from models.rows.weights import row_weights

RULES, EXPERIMENTAL, STANDARD = "rules", "experimental", "standard"
"""The tiers, the lowest first."""

TREES = "lightgbm"
"""The name of the trees among their rivals."""


@dataclass(frozen=True)
class Choice:
    """What answers, on which tier, and why."""

    learner: str
    tier: str
    why: str


def tier_of(panel: Panel, origins: int) -> str:
    """The tier that a panel with labels allows.

    Rules below 100 rows of the rarer class, or where no cutoff can be measured; standard from 500
    over 3 cutoffs on; experimental between.
    """
    measured = sum(bool(purged(panel, cutoff).events_rarer) for cutoff in panel.cutoffs[-origins:])
    if panel.events_rarer < EVENTS_LEAST or not measured:
        return RULES
    return tier(panel.events_rarer, measured)


def choose(tested: Backtest, events_rarer: int, trees: str, others: Sequence[str]) -> Choice:
    """What answers on the experimental tier: the best of the others, or trees that surely beat all.

    Judged by log loss over all origins. `tested` has the trees first; that they surely beat another
    is that an interval of their difference lies below zero.
    """
    loss = {name: _loss(tested, name) for name in (trees, *others)}
    best = min(others, key=lambda name: (loss[name], name))
    margins = tested.comparison.margins("log_loss")
    beaten = [name for name in others if margins[name].high < 0]
    why = (
        f"{events_rarer} rows in the rarer of churned and stayed over {len(tested.origins)} "
        f"cutoffs; below {EVENTS_STANDARD} over {ORIGINS_STANDARD} trees answer only where they "
        f"surely beat all others: log loss {loss[trees]:.4f} against {loss[best]:.4f} of {best}"
    )
    surely = len(beaten) == len(others)
    return Choice(trees if surely else best, EXPERIMENTAL, why)


def as_chosen(tested: Backtest, choice: Choice, name: str, rules: Sequence[str]) -> Backtest:
    """The same predictions with the chosen learner first, under a model's name.

    Only `rules` are what it must beat; the other candidates are rivals, measured beside it.
    """
    others = {one: p for one, p in tested.p.items() if one != choice.learner}
    rivals = {TREES if one == name else one: p for one, p in others.items()}
    p = {name: tested.p[choice.learner], **rivals}
    compared = compare(
        tested.keys["label"].to_numpy(np.float64),
        p,
        pd.factorize(tested.keys["customer_id"])[0],
        tested.keys["cutoff"].dt.strftime("%Y-%m-%d").to_numpy(str),
        weights=row_weights(tested.keys),
    )
    differences = compared.differences
    kept = differences.loc[differences["baseline"].isin(rules)].reset_index(drop=True)
    return replace(tested, p=p, comparison=Comparison(compared.metrics, kept))


def _loss(tested: Backtest, name: str) -> float:
    rows = tested.comparison.metrics
    mine = rows["predictor"].eq(name) & rows["origin"].eq(POOLED) & rows["metric"].eq("log_loss")
    return float(rows.loc[mine, "value"].iloc[0])
