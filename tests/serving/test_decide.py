"""The profit cut, the bands and the money at risk."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.decide import (
    BANDS,
    DecideParams,
    band_begins,
    bands_told,
    profit_cut,
    risk_bands,
    value_at_risk,
    yearly_value,
)

money = st.floats(0, 1e6)
params = st.builds(
    DecideParams,
    customer_value=money,
    offer_cost=money,
    contact_cost=money,
    acceptance=st.floats(0.01, 1),
    value_window_days=st.integers(1, 2000),
    reasons_from=st.sampled_from(BANDS),
)
probabilities = st.lists(st.floats(0, 1), min_size=1).map(np.array)


def profit_of_a_contact(p: float, chosen: DecideParams) -> float:
    """What one contact brings, counted case by case: leaves and accepts, leaves, stays."""
    v, d, f, g = (
        chosen.customer_value,
        chosen.offer_cost,
        chosen.contact_cost,
        chosen.acceptance,
    )
    return p * g * (v - d) + p * (1 - g) * 0 + (1 - p) * -d - f


@given(chosen=params, p=st.floats(0, 1))
def test_contacting_pays_above_the_cut_and_not_below(chosen, p):
    cut = profit_cut(chosen)
    profit = profit_of_a_contact(p, chosen)
    if p > cut * (1 + 1e-9):
        assert profit > -1e-6
    if p < cut * (1 - 1e-9):
        assert profit < 1e-6


@given(chosen=params, p=probabilities)
def test_more_risk_is_never_a_lower_band(chosen, p):
    urgency = [BANDS.index(band) for band in risk_bands(np.sort(p), chosen)]
    assert urgency == sorted(urgency, reverse=True)


@given(chosen=params, p=probabilities)
def test_reasons_are_for_the_bands_that_are_told(chosen, p):
    """The least probability of a band and its name say the same."""
    told = np.isin(risk_bands(p, chosen), bands_told(chosen))
    assert (told == (p >= band_begins(chosen.reasons_from, chosen))).all()


def test_a_band_that_is_none_is_refused():
    with pytest.raises(ValueError, match="reasons_from is 'top'; write high, medium, low"):
        DecideParams(reasons_from="top")


@given(chosen=params, p=probabilities)
def test_nobody_is_offered_more_than_they_are_worth(chosen, p):
    if chosen.customer_value <= chosen.offer_cost:
        assert set(risk_bands(p, chosen)) == {"low"}


@given(chosen=params, value=st.floats(-1e9, 1e9), p=st.floats(0, 1))
def test_the_value_at_risk_lies_between_nothing_and_the_yearly_value(chosen, value, p):
    yearly = yearly_value(np.array([value]), chosen)
    at_risk = value_at_risk(np.array([p]), yearly)
    assert 0 <= at_risk[0] <= yearly[0]


def test_the_borders_of_the_bands_belong_to_the_band_above():
    cut = 11 / 67
    p = np.array([cut, np.nextafter(cut, 0), cut / 2, np.nextafter(cut / 2, 0), 0, 1])
    expected = ["high", "medium", "medium", "low", "low", "high"]
    assert profit_cut(DecideParams()) == cut
    assert risk_bands(p, DecideParams()).tolist() == expected


def test_half_a_year_is_doubled():
    one_year = DecideParams(value_window_days=365)
    assert yearly_value(np.array([100.0, 0.0]), one_year).tolist() == [100.0, 0.0]
    half = yearly_value(np.array([182.0]), DecideParams())
    assert half.tolist() == [365.0]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("customer_value", -1),
        ("offer_cost", math.nan),
        ("contact_cost", math.inf),
        ("acceptance", 0),
        ("acceptance", 1.1),
        ("value_window_days", 0),
        ("value_window_days", 10**9),
    ],
)
def test_a_setting_that_cannot_be_is_named(field, wrong):
    with pytest.raises(ValueError, match=f"{field} is {wrong}; write"):
        DecideParams(**{field: wrong})
