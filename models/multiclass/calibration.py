"""The calibration gate of several classes: no temperature unless one proves better later."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from models.judging.bootstrap import DRAWS, QUANTILES, customer_draws
from models.logit import SMALLEST, Floats
from models.multiclass.metrics import losses
from models.rows.weights import even_weights

SLOPES = (0.2, 5.0)
"""Between these the slope is sought; below 1 it makes probabilities more even."""


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """Logarithms of probabilities times a slope, and why it was chosen.

    Guo et al. (2017), On calibration of modern neural networks: the slope is one over the
    temperature. Boosters fold it exactly: `folding.fold(texts, slope=...)`.
    """

    slope: float = 1.0
    why: str = "not asked"

    def probabilities(self, p: Floats) -> Floats:
        """Calibrated probabilities of raw ones, (rows, classes); what is impossible stays so.

        >>> Temperature(slope=2.0).probabilities(np.array([[0.75, 0.25, 0.0]])).tolist()
        [[0.9, 0.1, 0.0]]
        """
        raised = np.where(p > 0, np.clip(p, SMALLEST, 1) ** self.slope, 0.0)
        return raised / raised.sum(axis=1, keepdims=True)


def choose(keys: pd.DataFrame, p: Floats, *, seed: int = 0) -> Temperature:
    """The slope that lowers log loss on the latest origin, judged by customers drawn again.

    `keys` has the columns customer_id, cutoff, matured_at and label of the rows of `p`, out of
    time. The slope is fitted on the origins that had matured by the latest cutoff; one that is
    accepted is fitted once more on all of them.
    """
    y, weights = keys["label"].to_numpy(np.float64), even_weights(keys)
    latest = keys["cutoff"].max()
    judge = keys["cutoff"].eq(latest).to_numpy()
    earlier = keys["matured_at"].le(latest).to_numpy()
    if not earlier.any():
        return Temperature(why="no earlier origin had matured by the latest one")
    tried = Temperature(slope=_fit(y[earlier], p[earlier], weights[earlier]))
    change = losses(y[judge], tried.probabilities(p[judge])) - losses(y[judge], p[judge])
    worst = _worst_mean(change, keys.loc[judge], seed)
    if worst >= 0:
        return Temperature(
            why=f"a slope of {tried.slope:.2f} did not lower log loss on the latest origin"
        )
    why = f"log loss fell on the latest origin by {-worst:.4f} at least"
    return Temperature(slope=_fit(y, p, weights), why=why)


def _fit(y: Floats, p: Floats, weights: Floats) -> float:
    """The slope at which log loss is least."""

    def loss(slope: float) -> float:
        own = losses(y, Temperature(slope=slope).probabilities(p))
        return float(weights @ own / weights.sum())

    found = cast("Any", minimize_scalar(loss, bounds=SLOPES, method="bounded"))
    return float(found.x)


def _worst_mean(change: Floats, keys: pd.DataFrame, seed: int) -> float:
    """Upper end of the interval of a mean over customers drawn again."""
    codes = pd.factorize(keys["customer_id"])[0].astype(np.int64)
    drawn = [
        weights @ change / weights.sum(axis=1)
        for weights in (even_weights(keys) * w for w in customer_draws(codes, DRAWS, seed))
    ]
    return float(np.quantile(np.concatenate(drawn), max(QUANTILES)))
