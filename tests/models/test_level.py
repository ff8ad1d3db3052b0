"""The level: what had matured moves everybody alike, and nothing else does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judging.level import LevelParams, following, level, level_at
from models.logit import expit, logit

FIRMLY = LevelParams(pseudo_events=0)


def predicted(observed, told=0.2, customers=500, every_days=14, seed=0):
    """Origins a fortnight apart at which `told` is predicted and `observed` comes."""
    random = np.random.default_rng(seed)
    parts = []
    for place, rate in enumerate(observed):
        cutoff = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(days=every_days * place)
        part = {
            "cutoff": cutoff,
            "matured_at": cutoff + pd.Timedelta(days=28),
            "label": (random.random(customers) < rate).astype(int),
            "p": np.clip(told + random.normal(0, 0.03, customers), 0.01, 0.99),
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


probabilities = st.lists(st.floats(0.01, 0.9), min_size=5, max_size=60).map(np.array)


@given(p=probabilities, churned=st.data(), pseudo_events=st.floats(1, 1000))
def test_the_shifted_probabilities_expect_what_was_seen_drawn_towards_what_was_expected(
    p, churned, pseudo_events
):
    y = np.array(churned.draw(st.lists(st.booleans(), min_size=len(p), max_size=len(p))), float)
    shift = level(y, p, LevelParams(pseudo_events=pseudo_events))
    share = (y.sum() + pseudo_events) / (p.sum() + pseudo_events)
    assert expit(logit(p) + shift).sum() == pytest.approx(min(p.sum() * share, len(p)), rel=1e-4)


@given(p=probabilities)
def test_as_many_as_expected_move_nothing(p):
    y = np.full(len(p), p.mean())
    assert level(y, p) == pytest.approx(0, abs=1e-9)


@given(pseudo_events=st.floats(0, 1e4))
def test_more_pseudo_events_never_move_more(pseudo_events):
    p, y = np.full(1000, 0.2), np.array([1.0] * 300 + [0.0] * 700)
    little = level(y, p, LevelParams(pseudo_events=pseudo_events + 10))
    assert 0 < little < level(y, p, LevelParams(pseudo_events=pseudo_events))


def test_all_and_none_leave_the_shift_finite():
    p = np.full(50, 0.2)
    assert np.isfinite([level(np.ones(50), p, FIRMLY), level(np.zeros(50), p, FIRMLY)]).all()


def test_without_rows_there_is_no_shift():
    none = np.array([])
    assert level(none, none) == level(none, none, FIRMLY) == 0


def test_an_origin_is_moved_by_what_had_matured_alone():
    rows = predicted([0.3] * 6)
    before = following(rows)
    fourth = sorted(rows["cutoff"].unique())[3]
    unknown = rows["matured_at"] > fourth
    told = following(rows.assign(label=rows["label"].where(~unknown, 1 - rows["label"])))
    at = rows["cutoff"] == fourth
    assert np.array_equal(before[at], told[at])
    assert not np.array_equal(before, told)


def test_a_label_counts_from_the_very_instant_at_which_its_window_ends():
    rows = predicted([0.5, 0.5, 0.5])
    matured = rows["matured_at"].min()
    assert level_at(rows, matured) > 0
    assert level_at(rows, matured - pd.Timedelta(microseconds=1)) == 0


def test_the_first_origins_stay_as_they_are():
    rows = predicted([0.5, 0.5, 0.5, 0.5])
    first = rows["cutoff"] < rows["matured_at"].min()
    assert following(rows)[first] == pytest.approx(rows["p"][first])


def test_a_base_rate_that_moved_for_good_is_followed():
    rows = predicted([0.3] * 8, customers=2000)
    last = rows["cutoff"] == rows["cutoff"].max()
    assert following(rows)[last].mean() == pytest.approx(0.3, abs=0.015)


def test_the_order_of_customers_stays():
    rows = predicted([0.3] * 4)
    last = rows["cutoff"] == rows["cutoff"].max()
    assert np.array_equal(np.argsort(following(rows)[last]), np.argsort(rows["p"][last]))


def test_negative_pseudo_events_are_refused():
    with pytest.raises(ValueError, match="pseudo_events is -1"):
        LevelParams(pseudo_events=-1)
