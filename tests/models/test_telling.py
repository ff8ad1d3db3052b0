"""What is told stays from night to night: laws of which themes are chosen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of

from models.reasons.telling import MARGIN, MOST, NEW_LEAST, TOLD_LEAST, chosen, directions

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 9))
WEIGHTS = of.arrays(float, SHAPES, elements=st.floats(-1, 1).map(lambda one: round(one, 3)))


def marks(places: np.ndarray, themes: int) -> np.ndarray:
    """Which themes are among the chosen: (rows, themes)."""
    return (places[:, :, None] == np.arange(themes)).any(axis=1)


def any_marks(draw, shape: tuple[int, int]) -> np.ndarray:
    return draw(of.arrays(bool, shape))


@st.composite
def nights(draw):
    """Weights, and any themes that may have been told before."""
    weights = draw(WEIGHTS)
    return weights, any_marks(draw, weights.shape)


@given(WEIGHTS)
def test_on_a_first_night_the_weightiest_are_told(weights):
    told = chosen(weights, np.zeros_like(weights, dtype=bool))
    for row, few in zip(weights, told, strict=True):
        heaviest = sorted(row, reverse=True)[:MOST]
        expected = [w for w, least in zip(heaviest, NEW_LEAST, strict=False) if w > least]
        assert [row[place] for place in few if place >= 0] == expected


@given(nights())
def test_equal_weights_flip_nothing(given_):
    """Whatever was told before: once told, the same weights tell the same again."""
    weights, before = given_
    told = chosen(weights, before)
    again = chosen(weights, marks(told, weights.shape[1]))
    assert (again == told).all()


@given(nights(), st.floats(0, MARGIN / 2, exclude_max=True), st.data())
def test_what_moves_little_loses_no_reason(given_, most, data):
    """A reason of the first night is still told when no weight has moved by half a margin."""
    weights, _ = given_
    first = marks(chosen(weights, np.zeros_like(weights, dtype=bool)), weights.shape[1])
    moved = data.draw(of.arrays(float, weights.shape, elements=st.floats(-most, most)))
    later = weights + moved
    second = marks(chosen(later, first), weights.shape[1])
    assert second[first & (later > 0)].all()


@given(nights())
def test_every_reason_points_the_way_that_is_told(given_):
    weights, before = given_
    for row, few in zip(weights, chosen(weights, before), strict=True):
        told = few[few >= 0]
        assert (row[told] > 0).all()
        assert (np.diff(row[told]) <= 0).all()
        assert len({*told}) == len(told) <= MOST


@given(nights())
def test_a_clearly_weightier_theme_is_never_kept_out(given_):
    weights, before = given_
    for row, few in zip(weights, chosen(weights, before), strict=True):
        told = few[few >= 0]
        left = [w for place, w in enumerate(row) if place not in told]
        if len(told) == MOST:
            assert max(left, default=-1) <= max(1.2 * row[told].min(), row[told].min() + MARGIN)
        else:
            assert max(left, default=-1) <= NEW_LEAST[len(told)]


def test_a_reason_at_the_border_stays_until_it_is_clearly_below():
    four = [0.9, 0.8, 0.7, 0.6]
    none, fifth = np.zeros((1, 5), dtype=bool), np.array([[False] * 4 + [True]])

    def tells(weight: float, before: np.ndarray) -> bool:
        return 4 in chosen(np.array([[*four, weight]]), before)

    assert [tells(w, none) for w in (0.09, 0.11)] == [False, True]
    assert [tells(w, fifth) for w in (0.04, 0.06, 0.09)] == [False, True, True]
    assert (TOLD_LEAST <= NEW_LEAST).all()


@given(st.floats(-1, 1), st.sampled_from([-1, 0, 1]))
def test_a_direction_is_kept_only_where_there_is_hardly_any(added, before):
    up = bool(directions(np.array([added]), np.array([before]))[0])
    if before == 0 or abs(added) >= MARGIN:
        assert up == (added > 0)
    else:
        assert up == (before > 0)
