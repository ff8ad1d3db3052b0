"""How well a ranking finds those whom contact changes, under many weightings at once."""

from typing import NamedTuple

import numpy as np

from models.logit import Floats
from models.uplift.experiment import Experiment

SHARES = (0.1, 0.2, 0.3)
"""Shares of customers, those ranked highest first, at which uplift is measured."""

METRICS = ("qini", *(f"uplift_{100 * share:.0f}" for share in SHARES))
"""Names of the metrics, in the order in which `measure` returns them."""


class Curve(NamedTuple):
    """What contacting the first so many would have brought; each is (draws, places)."""

    share: Floats
    """Of all rows, contacted or not."""
    gained: Floats
    """Outcomes more among the treated than the control arm says they would have had."""


def measure(told: Experiment, ranking: Floats, weights: Floats | None = None) -> Floats:
    """Every metric of `METRICS` for each row of weights: (draws, metrics); O(n log n).

    The first are those whose `ranking` is highest. With `u` the outcomes gained among the first k
    of n rows, those of the treated less those of the control arm times the ratio of the arms
    (Radcliffe 2007), `qini` is the mean of `u` over k less half of `u` of all, divided by n; and
    the uplift at a share is the mean outcome of the treated among the first less that of the
    control arm. Rows whose probability of treatment differs count as much as they stand for.
    Between equal values of `ranking` the curve is straight, so no metric depends on the order of
    rows. `weights` is (draws, rows), by default one draw of ones.
    """
    drawn = np.ones((1, len(ranking))) if weights is None else np.asarray(weights, np.float64)
    arms = _arms(told, ranking, drawn)
    curve = _curve(arms)
    area = np.trapezoid(curve.gained, curve.share, axis=1) - curve.gained[:, -1] / 2
    total = arms[0][:, -1]
    uplifts = [_uplift(arms, share) for share in SHARES]
    return np.column_stack([area / total, *uplifts])


def qini_curve(told: Experiment, ranking: Floats) -> Curve:
    """The curve whose area the Qini measures, for all rows once."""
    return _curve(_arms(told, ranking, np.ones((1, len(ranking)))))


def _arms(told: Experiment, ranking: Floats, drawn: Floats) -> tuple[Floats, ...]:
    """Running sums behind each group of equals: rows, treated, control, and their outcomes."""
    order = np.argsort(-ranking, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(ranking[order]) != 0])
    treated, share = told.treated[order], told.probability[order]
    usual = share.mean()
    as_treated = treated * usual / share
    as_control = (1 - treated) * (1 - usual) / (1 - share)
    outcome, by_row = told.outcome[order], drawn[:, order]

    def running(values: Floats) -> Floats:
        groups = np.add.reduceat(by_row * values, starts, axis=1)
        return np.concatenate([np.zeros((len(drawn), 1)), groups.cumsum(axis=1)], axis=1)

    counted = (np.ones_like(treated), as_treated, as_control)
    return tuple(map(running, (*counted, as_treated * outcome, as_control * outcome)))


def _curve(arms: tuple[Floats, ...]) -> Curve:
    rows, treated, control, gained, usual = arms
    ratio = np.divide(treated, control, out=np.zeros_like(treated), where=control > 0)
    return Curve(rows / rows[:, -1:], gained - usual * ratio)


def _uplift(arms: tuple[Floats, ...], share: float) -> Floats:
    """Difference of the arms' mean outcomes among the first, in whole rows; NaN for want of one."""
    rows = arms[0]
    place = np.floor(share * rows[:, -1] + 1e-9)
    treated, control, gained, usual = (
        np.array([np.interp(*at) for at in zip(place, rows, sums, strict=True)])
        for sums in arms[1:]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return gained / treated - usual / control
