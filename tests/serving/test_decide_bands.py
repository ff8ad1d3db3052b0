"""Bands that do not flap, and a health that never contradicts its colour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.decide import BANDS, DecideParams, bands_by_capacity, risk_bands
from serving.decide.health import BORDERS, health

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)
margins = st.sampled_from([0.0, 0.1, 0.5, 0.99])
nights = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([*BANDS, None])), min_size=1, max_size=30
)
CUTS = st.builds(DecideParams, margin=margins, customer_value=st.floats(0, 500))


def urgency(bands):
    return [-BANDS.index(band) for band in bands]


@given(night=nights, chosen=CUTS)
def test_yesterday_only_ever_keeps_someone_where_they_were(night, chosen):
    p, before = np.array([p for p, _ in night]), [band for _, band in night]
    alone, told = urgency(risk_bands(p, chosen)), urgency(risk_bands(p, chosen, before))
    was = urgency(band or "low" for band in before)
    assert all(
        new == now or now < new <= old for now, new, old in zip(alone, told, was, strict=True)
    )


@given(night=nights)
def test_without_a_margin_yesterday_is_forgotten(night):
    p, before = np.array([p for p, _ in night]), [band for _, band in night]
    sharp = DecideParams(margin=0)
    assert risk_bands(p, sharp, before).tolist() == risk_bands(p, sharp).tolist()


@given(p=p_lists, chosen=CUTS, was=st.sampled_from(BANDS))
def test_of_two_with_one_past_the_riskier_is_never_lower(p, chosen, was):
    told = urgency(risk_bands(np.sort(p), chosen, [was] * len(p)))
    assert told == sorted(told)


def flips(margin):
    """Changes of band a customer and night, on walks around the profit cut."""
    chance = np.random.default_rng(7)
    p = chance.uniform(0.12, 0.2, 500)
    chosen, changed, bands = DecideParams(margin=margin), 0, None
    for _ in range(30):
        noisy = p + chance.normal(0, 0.004, len(p))
        told = risk_bands(noisy, chosen, [] if bands is None else bands)
        changed += 0 if bands is None else int(np.sum(told != np.array(bands)))
        bands = told.tolist()
    return changed / (len(p) * 29)


def test_a_margin_quiets_bands():
    assert flips(0.1) < flips(0) / 5


@given(
    night=st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, 2.0, 3.0]), st.sampled_from([*BANDS, None])),
        min_size=1,
        max_size=30,
    ),
    capacity=st.integers(1, 12),
    margin=margins,
)
def test_as_many_are_high_as_there_is_capacity(night, capacity, margin):
    weights, before = np.array([w for w, _ in night]), [band for _, band in night]
    chosen = DecideParams(bands_by="capacity", capacity=capacity, margin=margin)
    bands = bands_by_capacity(weights, chosen, before).tolist()
    assert bands.count("high") == min(capacity, len(night))
    assert bands.count("medium") == min(capacity, len(night) - bands.count("high"))
    if margin == 0:
        order = sorted(range(len(night)), key=lambda at: (-weights[at], at))
        assert [bands[at] for at in order] == sorted(bands, key=BANDS.index)


def test_who_is_high_keeps_the_place_against_who_is_hardly_heavier():
    one = DecideParams(bands_by="capacity", capacity=1, margin=0.1)
    assert bands_by_capacity(np.array([1.0, 1.05]), one).tolist() == ["medium", "high"]
    held = bands_by_capacity(np.array([1.0, 1.05]), one, ["high", None])
    assert held.tolist() == ["high", "medium"]
    outdone = bands_by_capacity(np.array([1.0, 1.2]), one, ["high", None])
    assert outdone.tolist() == ["medium", "high"]


@given(night=nights, chosen=st.builds(DecideParams, customer_value=st.floats(0, 500)))
def test_health_has_the_colour_of_its_band_and_falls_with_the_risk(night, chosen):
    p, bands = np.array([p for p, _ in night]), [band or "low" for _, band in night]
    told = health(p, bands, chosen)
    assert all(
        BORDERS[band][0] <= one <= BORDERS[band][1] for one, band in zip(told, bands, strict=True)
    )
    for band in BANDS:
        falling = health(np.sort(p), [band] * len(p), chosen)
        assert (np.diff(falling) <= 0).all()
    own = health(np.sort(p), risk_bands(np.sort(p), chosen).tolist(), chosen)
    assert (np.diff(own) <= 0).all()


def test_health_at_its_knots():
    cut = 11 / 67
    p = np.array([0, cut / 2, np.nextafter(cut / 2, 0), cut, np.nextafter(cut, 0), 1, np.nan])
    bands = ["low", "medium", "low", "high", "medium", "high", "medium"]
    assert health(p, bands, DecideParams()).tolist() == [100, 59, 60, 29, 30, 0, 45]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"margin": 1.0}, "margin is 1.0; write a share"),
        ({"margin": float("nan")}, "margin is nan; write a share"),
        ({"bands_by": "capacity"}, "capacity belongs to bands_by"),
        ({"capacity": 5}, "capacity belongs to bands_by"),
        ({"bands_by": "capacity", "capacity": 0}, "capacity is 0; write how many"),
    ],
)
def test_bands_that_cannot_be_are_refused(told, fault):
    with pytest.raises(ValueError, match=fault):
        DecideParams(**told)
