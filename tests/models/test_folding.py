"""Folding laws: one booster answers what the many answered."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.learning.folding import fold, gain_shares

COLUMNS = 5


def world(seed: int, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, COLUMNS)) * 10.0 ** rng.integers(-6, 6, COLUMNS)
    x[rng.random(x.shape) < 0.15] = np.nan
    y = (np.nan_to_num(x[:, 0] / np.nanstd(x[:, 0])) + rng.normal(size=rows) > 0.8).astype(float)
    return x, y


def boosters(seed: int, how_many: int) -> list[lgb.Booster]:
    x, y = world(seed)
    params = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1,
              "min_data_in_leaf": 5, "bagging_fraction": 0.7, "bagging_freq": 1}  # fmt: skip
    return [
        lgb.train({**params, "seed": number}, lgb.Dataset(x, y), num_boost_round=3 + number)
        for number in range(how_many)
    ]


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    how_many=st.integers(1, 4),
    slope=st.floats(0.2, 3),
    intercept=st.floats(-4, 4),
)
def test_the_folded_booster_is_the_line_through_the_mean(seed, how_many, slope, intercept):
    many = boosters(seed, how_many)
    one = lgb.Booster(
        model_str=fold([b.model_to_string() for b in many], slope=slope, intercept=intercept)
    )
    x, _ = world(seed + 1)

    raw = np.mean([b.predict(x, raw_score=True) for b in many], axis=0)
    np.testing.assert_allclose(
        one.predict(x, raw_score=True), intercept + slope * raw, rtol=1e-9, atol=1e-12
    )

    contributions = slope * np.mean([b.predict(x, pred_contrib=True) for b in many], axis=0)
    contributions[:, -1] += intercept
    np.testing.assert_allclose(
        one.predict(x, pred_contrib=True), contributions, rtol=1e-8, atol=1e-10
    )


@settings(max_examples=5)
@given(seed=st.integers(0, 10**6))
def test_folding_survives_saving_and_folding_again(seed):
    text = fold([b.model_to_string() for b in boosters(seed, 3)], slope=1.1, intercept=-0.2)
    again = fold([lgb.Booster(model_str=text).model_to_string()])
    x, _ = world(seed + 1)
    np.testing.assert_allclose(
        lgb.Booster(model_str=again).predict(x), lgb.Booster(model_str=text).predict(x), rtol=1e-9
    )


def test_a_booster_that_found_no_split_folds():
    x, y = world(3)
    blind = lgb.train(
        {"objective": "binary", "verbosity": -1, "min_gain_to_split": 1e9}, lgb.Dataset(x, y), 2
    )
    one = lgb.Booster(model_str=fold([blind.model_to_string()] * 2, intercept=0.5))
    expected = blind.predict(x, raw_score=True) + 0.5
    np.testing.assert_allclose(one.predict(x, raw_score=True), expected, rtol=1e-12)


def test_sizes_of_trees_are_told_truly():
    text = fold([b.model_to_string() for b in boosters(1, 2)], intercept=1.0)
    told = next(line for line in text.splitlines() if line.startswith("tree_sizes="))
    body = text[text.index("Tree=0\n") : text.index("end of trees")]
    starts = [body.index(f"Tree={place}\n") for place in range(len(told.split()))]
    lengths = np.diff([*starts, len(body)]).tolist()
    assert told == f"tree_sizes={' '.join(map(str, lengths))}"


def test_strangers_do_not_fold():
    x, y = world(1)
    other = lgb.train({"objective": "binary", "verbosity": -1}, lgb.Dataset(x[:, :3], y), 2)
    with pytest.raises(ValueError, match="different features"):
        fold([boosters(1, 1)[0].model_to_string(), other.model_to_string()])


def test_gain_shares_are_the_boosters_own():
    booster = boosters(2, 1)[0]
    gains = booster.feature_importance("gain")
    shares = gain_shares(booster.model_to_string(), [f"c{place}" for place in range(COLUMNS)])
    np.testing.assert_allclose(list(shares.values()), gains / gains.sum(), rtol=1e-4)


def test_no_smallest_and_no_largest_value_is_told():
    x, _ = world(7)
    found = fold([b.model_to_string() for b in boosters(7, 2)])
    [line] = [line for line in found.splitlines() if line.startswith("feature_infos=")]
    ranges = [[float(one) for one in told[1:-1].split(":")] for told in line[14:].split()]
    for (low, high), column in zip(ranges, x.T, strict=True):
        assert low <= np.nanmin(column) <= np.nanmax(column) <= high
        assert not {low, high} & {*column}
        assert all(f"{abs(one):e}".startswith("1.000000e") for one in (low, high))
    assert not any(f"{extreme:.17g}" in found for extreme in (np.nanmin(x), np.nanmax(x)))
