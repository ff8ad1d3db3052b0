"""The calibration gate: probabilities keep their line unless another proves better later."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.judging.bootstrap import DRAWS, QUANTILES, customer_draws
from models.judging.level import level
from models.judging.metrics import by_name, measure
from models.logit import Floats, expit, fit_line, fit_shift, logit
from models.rows.weights import even_weights

OBSERVED_OVER_EXPECTED = (0.85, 1.15)
"""Outside this range of observed over expected events an intercept shift is tried."""

SLOPE = (0.8, 1.25)
"""Outside this range of calibration slopes a straight line on the logit (Platt) is tried."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A straight line on the log-odds, and why it was chosen.

    `method` is none, level, intercept_shift or platt; the calibrated log-odds are
    `intercept + slope * logit`.
    """

    method: str = "none"
    intercept: float = 0.0
    slope: float = 1.0
    why: str = "not asked"

    def probabilities(self, p: Floats) -> Floats:
        """Calibrated probabilities of raw ones."""
        return expit(self.intercept + self.slope * logit(p))


def choose(predicted: pd.DataFrame, *, seed: int = 0) -> Calibration:
    """The line that lowers log loss on the latest origin, judged by customers drawn again.

    `predicted` holds the out-of-time predictions of all origins: customer_id, cutoff,
    matured_at, label, p. Candidates are fitted on the origins that had matured by the latest
    cutoff; one that is accepted is fitted once more on all of them. Where none is called for, the
    level of all origins is followed (`models/judging/level.py`).
    """
    latest = max(predicted["cutoff"])
    judge = predicted.loc[predicted["cutoff"].eq(latest)]
    earlier = predicted.loc[predicted["matured_at"].le(latest)]
    if len(set(earlier["label"])) < len({0, 1}):
        return Calibration(why="no earlier origin had matured by the latest one")
    tried = [(_worsening(line, judge, seed), line) for line in _candidates(earlier)]
    if not tried:
        return _fit("level", predicted, "earlier origins lie within the limits; all are followed")
    worst, line = min(tried, key=lambda trial: trial[0])
    if worst >= 0:
        return Calibration(why=f"{line.method} did not lower log loss on the latest origin")
    return _fit(
        line.method, predicted, f"log loss fell on the latest origin by {-worst:.4f} at least"
    )


def _candidates(earlier: pd.DataFrame) -> Iterator[Calibration]:
    y, p, weights = _arrays(earlier)
    found = by_name(measure(y, p, weights[None])[0])
    if (
        not OBSERVED_OVER_EXPECTED[0]
        <= found["observed_over_expected"]
        <= OBSERVED_OVER_EXPECTED[1]
    ):
        yield _fit("intercept_shift", earlier, "")
    if not SLOPE[0] <= found["calibration_slope"] <= SLOPE[1]:
        yield _fit("platt", earlier, "")


def _fit(method: str, predicted: pd.DataFrame, why: str) -> Calibration:
    y, p, weights = _arrays(predicted)
    if method == "level":
        return Calibration(method=method, intercept=level(y, p, weights=weights), why=why)
    if method == "intercept_shift":
        return Calibration(method=method, intercept=fit_shift(y, logit(p), weights), why=why)
    intercept, slope = fit_line(y, logit(p), weights[None])[0]
    return Calibration(method=method, intercept=float(intercept), slope=float(slope), why=why)


def _worsening(line: Calibration, judge: pd.DataFrame, seed: int) -> float:
    """Upper end of the interval of the change in log loss; below 0 the line helps for sure."""
    y, p, own = _arrays(judge)
    if not (np.isfinite(line.slope) and line.slope > 0):
        return float("inf")
    change = _loss(y, line.probabilities(p)) - _loss(y, p)
    codes = pd.factorize(judge["customer_id"])[0].astype(np.int64)
    drawn = [
        weights @ change / weights.sum(axis=1)
        for weights in (own * times for times in customer_draws(codes, DRAWS, seed))
    ]
    return float(np.quantile(np.concatenate(drawn), max(QUANTILES)))


def _loss(y: Floats, p: Floats) -> Floats:
    z = logit(p)
    return np.logaddexp(0, z) - y * z


def _arrays(predicted: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Labels, probabilities, and how many rows each row stands for."""
    return (
        predicted["label"].to_numpy(np.float64),
        predicted["p"].to_numpy(np.float64),
        even_weights(predicted),
    )
