"""Shares by context: the formula told plainly, and by eye."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import ModelRefused
from models.transforms.shares import CODES_MOST, contexts, count, out_of_fold, smoothed

CODES = st.sampled_from([0.0, 1.0, 2.5, np.nan])
ROWS = st.lists(st.tuples(CODES, CODES, st.integers(0, 2), st.integers(0, 2)), min_size=1)


def frame(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["last", "before", "outcome", "fold"])


def outcomes_of(rows: pd.DataFrame) -> np.ndarray:
    return rows["outcome"].to_numpy(np.int64)


def plainly(rows: pd.DataFrame, last: float, before: float, strength: float) -> list[float]:
    """Shares of three outcomes from the definition, one context longer at a time."""
    shares = [1 / 3] * 3
    same = rows
    for column, code in ((None, None), ("last", last), ("before", before)):
        if column:
            same = same[same[column].isna() if np.isnan(code) else same[column] == code]
        seen = [int((same["outcome"] == outcome).sum()) for outcome in range(3)]
        shares = [
            (n + strength * shorter) / (len(same) + strength)
            for n, shorter in zip(seen, shares, strict=True)
        ]
    return shares


@given(ROWS, ROWS, st.sampled_from([0.5, 20.0]))
def test_shares_are_what_the_formula_says(learned, asked, strength):
    learned, asked = frame(learned), frame(asked)
    counts = count(contexts(learned, ["last", "before"]), outcomes_of(learned), 3)
    found = smoothed(counts, contexts(asked, ["last", "before"]), 3, strength)
    expected = [
        plainly(learned, last, before, strength)
        for last, before, *_ in asked.itertuples(index=False)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)


@given(ROWS)
def test_a_row_is_told_by_the_other_folds(rows):
    rows = frame(rows)
    told = contexts(rows, ["last", "before"])
    found = out_of_fold(told, outcomes_of(rows), 3, 5.0, rows["fold"].to_numpy())
    expected = [
        plainly(rows[rows["fold"] != fold], last, before, 5.0)
        for last, before, _, fold in rows.itertuples(index=False)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_code_never_seen_speaks_as_the_shorter_context():
    learned, asked = pd.DataFrame({"last": [1, 2]}), pd.DataFrame({"last": [7, 1]})
    counts = count(contexts(learned, ["last"]), np.array([0, 1]), 2)
    assert counts == ({"": (1, 1)}, {"1": (1, 0), "2": (0, 1)})
    new, known = smoothed(counts, contexts(asked, ["last"]), 2, 2.0)
    assert new.tolist() == [0.5, 0.5]
    assert known.tolist() == [(1 + 2 * 0.5) / 3, (0 + 2 * 0.5) / 3]


def test_numbers_of_any_type_are_the_same_codes():
    for same in ([3, 0], [3.0, -0.0], pd.array([3, 0], dtype="Int64")):
        found = contexts(pd.DataFrame({"a": same}), ["a"])[1]
        assert [found.texts[row] for row in found.rows] == ["3", "0"]


def test_a_number_that_is_no_category_is_refused():
    measured = pd.DataFrame({"days": np.arange(CODES_MOST + 1) / 7})
    with pytest.raises(ModelRefused, match="days has 1001 different values"):
        contexts(measured, ["days"])
