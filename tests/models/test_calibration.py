"""The gate: nothing is bent unless it proves better on a later origin."""

import numpy as np
import pandas as pd
import pytest

from models.judging.calibration import Calibration, choose
from models.logit import expit, logit


def predicted(slope=1.0, shift=0.0, customers=1500, origins=(0, 28, 56), drift=0.0, seed=0):
    """Predictions whose true log-odds are `shift + slope * predicted`, `drift` more at the last."""
    random = np.random.default_rng(seed)
    parts = []
    for place, origin in enumerate(origins):
        z = random.normal(-1.5, 1.5, customers)
        true = expit(shift + slope * z + drift * (place == len(origins) - 1))
        cutoff = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(days=origin)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": [f"c{number}" for number in range(customers)],
                    "cutoff": cutoff,
                    "matured_at": cutoff + pd.Timedelta(days=28),
                    "label": (random.random(customers) < true).astype(int),
                    "p": expit(z),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_true_probabilities_hardly_move():
    line = choose(predicted())
    assert line.method == "level"
    assert line.intercept == pytest.approx(0, abs=0.06)


def test_a_small_move_of_the_base_rate_is_followed_as_a_level():
    line = choose(predicted(shift=0.08, customers=6000))
    assert line.method == "level"
    assert line.slope == 1.0
    assert line.intercept == pytest.approx(0.08, abs=0.03)


def test_a_bent_slope_is_straightened():
    line = choose(predicted(slope=0.5))
    assert line.method == "platt"
    assert line.slope == pytest.approx(0.5, abs=0.06)
    assert line.intercept == pytest.approx(0.0, abs=0.12)


def test_a_moved_base_rate_is_followed():
    line = choose(predicted(shift=0.6, customers=4000))
    assert line.method == "intercept_shift"
    assert line.slope == 1.0
    assert line.intercept == pytest.approx(0.6, abs=0.1)


def test_what_does_not_hold_later_is_refused():
    line = choose(predicted(shift=0.6, drift=-0.6))
    assert line.method == "none"
    assert "did not lower log loss" in line.why


def test_no_label_is_used_before_it_was_known():
    frame = predicted(slope=0.5, origins=(0, 14))
    assert choose(frame).why == "no earlier origin had matured by the latest one"


def test_order_of_rows_changes_nothing():
    frame = predicted(slope=0.5)
    shuffled = choose(frame.sample(frac=1, random_state=1))
    assert shuffled.slope == pytest.approx(choose(frame).slope, rel=1e-6)


def test_a_line_keeps_the_order_and_undoes_itself():
    p = np.linspace(0.01, 0.99, 50)
    bent = Calibration(method="platt", intercept=0.4, slope=0.7).probabilities(p)
    assert (np.diff(bent) > 0).all()
    np.testing.assert_allclose((logit(bent) - 0.4) / 0.7, logit(p), atol=1e-9)
