"""The bootstrap: a slow, obvious one as the oracle."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from models.judging.bootstrap import POOLED, compare, customer_draws
from models.logit import expit


def world(seed: int = 0, customers: int = 150, origins: int = 3):
    """Labels that a customer repeats, a good and a noisy prediction of them."""
    random = np.random.default_rng(seed)
    z = np.tile(random.normal(-1, 1.5, customers), origins)
    y = (random.random(len(z)) < expit(z)).astype(float)
    codes = np.tile(np.arange(customers), origins)
    names = np.repeat([f"2026-0{month + 1}-01" for month in range(origins)], customers)
    return y, {"model": expit(z), "noise": expit(z + random.normal(0, 1, len(z)))}, codes, names


def slowly(y, p, codes, metric, draws=400):
    """Customers drawn with their rows copied, one draw after another."""
    random = np.random.default_rng(7)
    rows_of = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    values = []
    for _ in range(draws):
        rows = np.concatenate(
            [rows_of[code] for code in random.integers(0, len(rows_of), len(rows_of))]
        )
        values.append(metric(y[rows], p[rows]))
    return np.quantile(values, [0.025, 0.975])


@pytest.mark.parametrize(("name", "metric"), [("auc", roc_auc_score), ("log_loss", log_loss)])
def test_intervals_agree_with_the_slow_way(name, metric):
    y, predictions, codes, names = world()
    value, low, high = compare(y, predictions, codes, names).pooled(name)
    slow_low, slow_high = slowly(y, predictions["model"], codes, metric)
    assert value == pytest.approx(metric(y, predictions["model"]))
    assert [low, high] == pytest.approx([slow_low, slow_high], abs=0.15 * (slow_high - slow_low))


def test_rows_of_a_customer_come_and_go_together():
    codes = np.array([0, 1, 2, 0, 1, 2])
    for weights in customer_draws(codes, 20, seed=1):
        np.testing.assert_array_equal(weights[:, :3], weights[:, 3:])
        assert (weights[:, :3].sum(axis=1) == 3).all()


def test_blocks_change_no_draw():
    codes = np.tile(np.arange(40), 2)
    whole = np.concatenate(list(customer_draws(codes, 30, seed=2)))
    pieces = np.concatenate(list(customer_draws(codes, 30, seed=2, block_cells=400)))
    np.testing.assert_array_equal(whole, pieces)


def test_a_predictor_does_not_differ_from_itself():
    y, predictions, codes, names = world()
    same = compare(y, {"model": predictions["model"], "again": predictions["model"]}, codes, names)
    assert (same.differences[["value", "low", "high"]] == 0).all(axis=None)


def test_differences_are_paired():
    y, predictions, codes, names = world()
    found = compare(y, predictions, codes, names)
    margin = found.margins("auc")["noise"]
    metrics = found.metrics[
        (found.metrics["origin"] == POOLED) & (found.metrics["metric"] == "auc")
    ]
    values = metrics.set_index("predictor")
    assert margin.value == pytest.approx(
        values.loc["model", "value"] - values.loc["noise", "value"]
    )
    apart = (values["high"] - values["low"]).max()
    assert margin.high - margin.low < apart


def test_each_origin_is_measured_by_its_own_rows():
    y, predictions, codes, names = world()
    metrics = compare(y, predictions, codes, names).metrics
    rows = names == "2026-02-01"
    told = metrics.query("predictor == 'model' and origin == '2026-02-01' and metric == 'auc'")
    assert told["value"].item() == pytest.approx(roc_auc_score(y[rows], predictions["model"][rows]))


def test_the_worst_origin_is_named():
    y, predictions, codes, names = world()
    found = compare(y, predictions, codes, names)
    aucs = {
        str(name): roc_auc_score(y[names == name], predictions["model"][names == name])
        for name in np.unique(names)
    }
    worst = min(aucs, key=aucs.__getitem__)
    assert found.lowest_auc() == (worst, pytest.approx(aucs[worst]))


def test_the_same_seed_draws_the_same():
    y, predictions, codes, names = world(customers=40)
    first, again = (compare(y, predictions, codes, names, draws=50) for _ in range(2))
    pd.testing.assert_frame_equal(first.metrics, again.metrics)
