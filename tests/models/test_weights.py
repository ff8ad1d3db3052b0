"""A row that stands for several is learned from and measured as if it stood there as often."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import panel

from models.answers.logistic import Regression
from models.judging import calibration
from models.judging.bootstrap import compare
from models.learning.baselines import Baseline
from models.learning.boosting import Boosting, BoostingParams
from models.logit import expit
from models.multiclass import calibration as several
from models.multiclass.baselines import Shares
from models.rows.weights import WEIGHT, repeated, row_weights


def predicted(shift: float = 0.4, slope: float = 0.5, seed: int = 0) -> pd.DataFrame:
    """Predictions of three origins that are off, some rows of which stand for others."""
    random = np.random.default_rng(seed)
    z = random.normal(-1, 1.5, 1500)
    cutoff = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(
        np.repeat((0, 28, 56), 500), "D"
    )
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"c{number}" for number in range(500)], 3),
            "cutoff": cutoff,
            "matured_at": cutoff + pd.Timedelta(days=28),
            "label": (random.random(1500) < expit(shift + slope * z)).astype(int),
            "p": expit(z),
            WEIGHT: random.integers(1, 5, 1500).astype(float),
        }
    )


def often(rows: pd.DataFrame) -> pd.DataFrame:
    return repeated(rows).drop(columns=WEIGHT).reset_index(drop=True)


@pytest.mark.parametrize("law", [{}, {"slope": 1.0, "shift": 0.9}, {"slope": 1.0, "shift": 0.05}])
def test_the_line_is_that_of_the_rows_repeated(law):
    rows = predicted(**law)
    found, expected = calibration.choose(rows), calibration.choose(often(rows))
    assert found.method == expected.method != "none"
    assert (found.intercept, found.slope) == pytest.approx((expected.intercept, expected.slope))
    assert found != calibration.choose(rows.drop(columns=WEIGHT))


def test_so_is_the_temperature():
    rows = predicted()
    p = np.stack([1 - rows["p"], rows["p"]], axis=1)
    again = repeated(rows).index
    found = several.choose(rows, p)
    assert found.slope == pytest.approx(several.choose(often(rows), p[again]).slope, abs=1e-4)
    assert found.slope < 1


def measured(rows: pd.DataFrame) -> pd.DataFrame:
    y, p = rows["label"].to_numpy(float), rows["p"].to_numpy(float)
    customers, origins = pd.factorize(rows["customer_id"])[0], rows["cutoff"].astype(str)
    told = {"weights": row_weights(rows), "draws": 20}
    return compare(y, {"churn": p}, customers, origins.to_numpy(str), **told).metrics


def test_so_are_the_metrics_and_their_intervals():
    rows = predicted()
    pd.testing.assert_frame_equal(measured(rows), measured(often(rows)), rtol=1e-9)


QUICK = BoostingParams(rounds=40, patience_rounds=40, rows_per_leaf=5, row_share=1.0, seeds=1)


@pytest.mark.parametrize(
    "learner",
    [Baseline("rule", ("days_silent",)), Regression(freedom=1), Boosting(QUICK)],
    ids=lambda one: type(one).__name__,
)
def test_what_is_learned_expects_as_many_as_came_of_the_rows_as_they_stand_for_others(learner):
    rows = panel(cutoffs=4)
    weighted = rows.rows.assign(**{WEIGHT: np.where(rows.y == 1, 5.0, 1.0)})
    for weight, told in ((5 * rows.y + 1 - rows.y, weighted), (np.ones(len(rows.y)), rows.rows)):
        p = learner.fit(replace(rows, rows=told)).probabilities(rows.rows)
        assert weight @ p == pytest.approx(weight @ rows.y, rel=0.03)


def test_so_do_the_shares_of_outcomes():
    rows = panel(cutoffs=2)
    weighted = replace(rows, rows=rows.rows.assign(**{WEIGHT: np.where(rows.y == 1, 3.0, 1.0)}))
    p = Shares("marginal").fit(weighted).probabilities(rows.rows)[0, 1]
    assert p == pytest.approx(3 * rows.y.sum() / (len(rows.y) + 2 * rows.y.sum()), abs=0.01)
