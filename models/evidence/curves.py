"""Calibration, lift, profit and the histogram of probabilities, out of time."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from models.evidence.case import Case, Outcome, outcomes
from models.evidence.resampling import bounds, drawn_sums, shares
from models.evidence.tables import table
from models.judging.profit import profit_curve, profit_cut
from models.logit import Floats

BINS = 10
SHARES = np.linspace(0, 1, 101)
SCORE_EDGES = np.linspace(0, 1, 21)


def calibration(case: Case) -> pd.DataFrame:
    """Ten bins of equal mass of each predictor and outcome; equal probabilities share a bin."""
    return table("calibration", _each(case, _calibrated))


def lift(case: Case) -> pd.DataFrame:
    """The share of all events in each share of the rows, those likeliest first."""
    return table("lift", _each(case, _lifted))


def profit(case: Case) -> pd.DataFrame:
    """What contacting each share would have brought a row; nothing without money or churn."""
    if case.profit is None or case.p.ndim > 1:
        return table("profit")
    curves = [
        profit_curve(case.y, p, case.profit).assign(predictor=name)
        for name, p in case.tested.p.items()
    ]
    return table("profit", pd.concat(curves).rename(columns={"observed": "profit"}))


def cut_and_share(case: Case) -> tuple[float, float]:
    """The probability above which contacting pays, and the share of rows above it."""
    if case.profit is None or case.p.ndim > 1:
        return float("nan"), float("nan")
    cut = profit_cut(case.profit)
    return cut, float((case.p > cut).mean())


def scores(case: Case) -> pd.DataFrame:
    """How many of the model's probabilities lie in each twentieth from 0 to 1."""
    told = [_histogram(one) for one in outcomes(case, case.p)]
    return table("scores", pd.concat(told))


def bins_of(p: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each row, from 0, of about equally many rows; ties stand in one.

    >>> bins_of(np.array([0.3, 0.1, 0.2, 0.2]), 2).tolist()
    [1, 0, 1, 1]
    """
    middle = (rankdata(p) - 0.5) / len(p)
    return np.minimum((middle * bins).astype(np.int64), bins - 1)


def captured(y: Floats, p: Floats) -> Floats:
    """The share of all events in each of `SHARES` of the rows, ties taken in equal parts."""
    order = np.argsort(-p, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(p[order]) != 0, True])
    at = np.r_[0.0, (ends + 1) / len(p)]
    return np.interp(SHARES, at, shares(np.r_[0.0, y[order].cumsum()[ends]], y.sum()))


def _each(case: Case, of: Callable[[Case, Outcome], pd.DataFrame]) -> pd.DataFrame:
    """What is told of each predictor and outcome, one after the other."""
    told = [
        of(case, one).assign(predictor=name, outcome=one.name)
        for name, p in case.tested.p.items()
        for one in outcomes(case, p)
    ]
    return pd.concat(told)


def _calibrated(case: Case, one: Outcome) -> pd.DataFrame:
    place = bins_of(one.p)
    member = (place[:, None] == np.arange(BINS)).astype(np.float64)
    rows = member.sum(axis=0)
    sums = drawn_sums(np.hstack([member * one.y[:, None], member]), case.customers)
    low, high = bounds(shares(sums[:, :BINS], sums[:, BINS:]))
    told = pd.DataFrame(
        {
            "bin": np.arange(1, BINS + 1),
            "rows": rows.astype(np.int64),
            "predicted": shares(one.p @ member, rows),
            "observed": shares(one.y @ member, rows),
            "low": low,
            "high": high,
        }
    )
    return told.loc[told["rows"] > 0]


def _lifted(_: Case, one: Outcome) -> pd.DataFrame:
    share = captured(one.y, one.p)
    return pd.DataFrame({"share": SHARES, "captured": share, "lift": shares(share, SHARES)})


def _histogram(one: Outcome) -> pd.DataFrame:
    rows, _ = np.histogram(one.p, SCORE_EDGES)
    return pd.DataFrame(
        {
            "outcome": one.name,
            "bin": np.arange(1, len(SCORE_EDGES)),
            "low": SCORE_EDGES[:-1],
            "high": SCORE_EDGES[1:],
            "rows": rows,
        }
    )
