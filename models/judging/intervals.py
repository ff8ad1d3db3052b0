"""An interval beside each probability: how often customers told the same have really left.

Out-of-time predictions are cut into bins, and in each the observed rate is compared with the
expected one over many draws of customers. What 95 % of the draws say is kept as a shift of the
log-odds at a few places, straight between them. Why not Venn-Abers:
docs/decisions/0029-small-data-and-intervals.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.judging.bootstrap import DRAWS, QUANTILES, customer_draws
from models.logit import Floats, expit, logit
from models.rows.weights import even_weights

BINS_MOST = 10

INFORMATION_A_BIN = 10.0
"""The least sum of p (1 - p), a bin's share of it on average; draws of less tell nothing."""

HALF_AN_EVENT = 0.5
"""Added on both sides, so that a draw without any event has a rate all the same."""


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """What probabilities have meant, as shifts of the log-odds at some places.

    `at` holds log-odds, ascending, `below` and `above` what the bounds there lie lower and higher
    (0 or less, 0 or more). Between two places a shift is straight, beyond them it stays. Without
    any place a bound is as far as it can be: nothing is known.
    """

    at: tuple[float, ...] = ()
    below: tuple[float, ...] = ()
    above: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, told: Mapping[str, Sequence[float]]) -> "Intervals":
        """The intervals of the fields that JSON has made lists of."""
        return cls(**{name: tuple(numbers) for name, numbers in told.items()})

    def around(self, p: Floats) -> tuple[Floats, Floats]:
        """Lower and upper bound of each probability; both rise with it and it lies between.

        >>> told = Intervals(at=(-2.0, 0.0), below=(-0.5, -0.2), above=(0.4, 0.2))
        >>> low, high = told.around(np.array([0.05, 0.5]))
        >>> low.round(3).tolist(), high.round(3).tolist()
        ([0.031, 0.45], [0.073, 0.55])
        """
        if not self.at:
            return np.zeros_like(p), np.ones_like(p)
        z = logit(p)
        low, high = (expit(z + np.interp(z, self.at, shift)) for shift in (self.below, self.above))
        return np.minimum(low, p), np.maximum(high, p)


def learn_intervals(predicted: pd.DataFrame, *, seed: int = 0) -> Intervals:
    """The intervals that out-of-time predictions bear out.

    `predicted` has the columns customer_id, label (1 churned, 0 stayed), p, the probability as it
    is published, and row_weight where rows stand for others. Rows of one customer are drawn
    together.
    """
    told = predicted.sort_values(["p", "customer_id", "label"])
    p, y = (told[name].to_numpy(np.float64) for name in ("p", "label"))
    starts = _starts(p)
    if not starts:
        return Intervals()
    codes = pd.factorize(told["customer_id"], sort=True)[0].astype(np.int64)
    own = even_weights(told)
    drawn = [_shifts(own * times, p, y, starts) for times in customer_draws(codes, DRAWS, seed)]
    low, high = np.quantile(np.concatenate(drawn), QUANTILES, axis=0)
    return _rising(logit(np.add.reduceat(p, starts) / np.diff([*starts, len(p)])), low, high)


def _starts(p: Floats) -> list[int]:
    """Where each bin begins among ascending probabilities; none where too little is known.

    The further from certainty a row is, the more it tells of a rate, so a bin holds more of the
    customers who almost surely stay than of those who may go either way.
    """
    spread = np.sqrt(p * (1 - p))
    bins = min(BINS_MOST, int((spread @ spread) / INFORMATION_A_BIN))
    share = np.cumsum(spread)
    return sorted({int(np.searchsorted(share, share[-1] * n / bins)) for n in range(bins)})


def _shifts(weights: Floats, p: Floats, y: Floats, starts: list[int]) -> Floats:
    """Observed minus expected log-odds of each bin for each draw: (draws, bins)."""
    rows, observed, expected = (
        np.add.reduceat(weights * column, starts, axis=1) for column in (np.ones_like(p), y, p)
    )
    return _log_odds(observed, rows) - _log_odds(expected, rows)


def _log_odds(events: Floats, rows: Floats) -> Floats:
    return np.log(events + HALF_AN_EVENT) - np.log(rows - events + HALF_AN_EVENT)


def _rising(at: Floats, low: Floats, high: Floats) -> Intervals:
    """Bounds that hold the probability and never fall as it rises."""
    lower = np.maximum.accumulate(np.minimum(at + low, at))
    upper = np.minimum.accumulate(np.maximum(at + high, at)[::-1])[::-1]
    return Intervals(
        at=tuple(at.tolist()),
        below=tuple(np.minimum(lower - at, 0).tolist()),
        above=tuple(np.maximum(upper - at, 0).tolist()),
    )
