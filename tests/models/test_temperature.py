"""The gate of several classes: a slope is found where there is one, refused where none helps."""

from dataclasses import replace

import numpy as np
import pytest
from outcomes import outcomes

from models.multiclass.calibration import Temperature, choose
from models.multiclass.metrics import losses

KEYS = ["customer_id", "cutoff", "matured_at", "label"]


def drawn(seed: int = 0):
    """Keys and probabilities after which the labels are really drawn."""
    told = outcomes(customers=600, seed=seed)
    random = np.random.default_rng(seed)
    z = random.normal(0, 1.2, (len(told.rows), 3))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    label = (p.cumsum(axis=1) < random.random((len(p), 1))).sum(axis=1)
    return told.rows[KEYS].assign(label=label), p


@pytest.mark.parametrize("slope", [0.5, 2.0])
def test_a_slope_that_bent_probabilities_is_undone(slope):
    keys, p = drawn()
    bent = Temperature(slope=1 / slope).probabilities(p)
    found = choose(keys, bent)
    assert found.slope == pytest.approx(slope, rel=0.1)
    assert "log loss fell" in found.why
    y = keys["label"].to_numpy(float)
    assert losses(y, found.probabilities(bent)).mean() < losses(y, bent).mean()


def test_honest_probabilities_stay_as_they_are():
    keys, p = drawn()
    found = choose(keys, p)
    assert found.slope == 1.0
    assert "did not lower" in found.why
    np.testing.assert_allclose(found.probabilities(p), p)


def test_a_slope_that_helped_only_earlier_is_refused():
    keys, p = drawn()
    bent = Temperature(slope=2.0).probabilities(p)
    last = keys["cutoff"].eq(keys["cutoff"].max()).to_numpy()
    assert choose(keys, np.where(last[:, None], p, bent)).slope == 1.0


def test_without_an_earlier_origin_nothing_is_tried():
    keys, p = drawn()
    unripe = keys.assign(matured_at=keys["cutoff"].max() + (keys["cutoff"] - keys["cutoff"].min()))
    unripe["matured_at"] += np.timedelta64(1, "D")
    assert replace(choose(unripe, p), why="") == Temperature(why="")
