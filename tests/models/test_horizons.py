"""Several horizons: each with labels of its own, none crossing its neighbour."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from buyers import PARAMS, TARGET, VOCABULARY, WATERMARK, ZONE, buying
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from features.families import catalog
from features.known.told import Told
from models.answers.horizons import Horizon, bounded
from models.learned.horizons import Further, learn_horizons, relabelled
from models.learned.prepared import Prepared
from models.learning.boosting import Boosting, BoostingParams, matrix
from models.rows.panel import Panel, training_cutoffs, training_panel
from models.targets.contractual import ContractChurn
from models.targets.inactivity import InactivityChurn
from models.targets.kinds import from_json

PARTS = [Told(events=buying())]
KNOWN = catalog(replace(PARAMS.features, families=("recency", "frequency")), VOCABULARY)
SEVERAL = replace(TARGET, further_horizons_days=(7, 28))
LEARNER = Boosting(BoostingParams(rounds=30, patience_rounds=5, rows_per_leaf=20, seeds=1))

TABLES = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(0, 1)
)


@cache
def panel() -> Panel:
    cutoffs = training_cutoffs(PARTS, WATERMARK, SEVERAL, PARAMS.panel, ZONE)
    return training_panel(PARTS, cutoffs, KNOWN.features, SEVERAL, watermark=WATERMARK, zone=ZONE)


def learned(target: InactivityChurn = SEVERAL) -> tuple[Further, ...]:
    prepared = Prepared(
        panel=panel(),
        known=KNOWN,
        vocabulary=VOCABULARY,
        params=replace(PARAMS, target=target, panel=replace(PARAMS.panel, origins=3)),
        parts=PARTS,
        watermark=WATERMARK,
        zone=ZONE,
    )
    return learn_horizons(prepared, LEARNER, progress=lambda _: None)


@given(p=TABLES, rises=st.booleans(), data=st.data())
@settings(max_examples=30)
def test_no_horizon_crosses_its_neighbour_and_the_first_never_moves(p, rises, data):
    primary = data.draw(st.integers(0, p.shape[1] - 1))
    kept = bounded(p, primary, rises=rises)
    steps = np.diff(kept, axis=1)
    assert ((steps >= 0) if rises else (steps <= 0)).all()
    np.testing.assert_array_equal(kept[:, primary], p[:, primary])
    np.testing.assert_array_equal(bounded(kept, primary, rises=rises), kept)


@given(p=TABLES, rises=st.booleans(), data=st.data())
@settings(max_examples=30)
def test_what_is_in_order_already_is_left_alone(p, rises, data):
    primary = data.draw(st.integers(0, p.shape[1] - 1))
    ordered = np.sort(p, axis=1) if rises else np.sort(p, axis=1)[:, ::-1]
    np.testing.assert_array_equal(bounded(ordered, primary, rises=rises), ordered)


def test_labels_of_a_longer_silence_are_rarer_row_by_row():
    rows = panel().rows.set_index(["customer_id", "cutoff"])
    for days in SEVERAL.further_horizons_days:
        asked = SEVERAL.over(days)
        own = relabelled(panel(), PARTS, asked, watermark=WATERMARK, zone=ZONE).rows
        other = own.set_index(["customer_id", "cutoff"])
        first = rows["label"].reindex(other.index)
        assert (other["label"] <= first).all() if days > 14 else (other["label"] >= first).all()
        assert (own["matured_at"] <= WATERMARK).all()
        assert own["label"].sum() > 0


def test_a_cutoff_that_is_not_ripe_for_a_horizon_is_not_used_for_it():
    first, longer = panel(), SEVERAL.over(28)
    own = relabelled(first, PARTS, longer, watermark=WATERMARK, zone=ZONE)
    assert own.cutoffs == [c for c in first.cutoffs if longer.matured_at(c, ZONE) <= WATERMARK]
    assert len(own.cutoffs) < len(first.cutoffs)
    assert relabelled(first, PARTS, SEVERAL.over(400), watermark=WATERMARK, zone=ZONE).rows.empty


def test_the_first_horizon_relabelled_is_itself():
    again = relabelled(panel(), PARTS, SEVERAL.over(14), watermark=WATERMARK, zone=ZONE)
    np.testing.assert_array_equal(again.y, panel().y)


@pytest.mark.slow
def test_each_horizon_is_learned_measured_and_kept():
    shorter, longer = learned()
    assert (shorter.horizon_days, longer.horizon_days) == (7, 28)
    for one in (shorter, longer):
        assert one.horizon and one.tested and not one.why  # noqa: PT018
        assert one.tested.comparison.pooled("auc").value > 0.6
        again = Horizon.from_json(json.loads(json.dumps(one.horizon.as_json())))
        assert again == one.horizon
        x = matrix(panel().rows, panel().features)
        p = again.probabilities(x)
        low, high = again.intervals.around(p)
        assert (low <= p).all() and (p <= high).all()  # noqa: PT018
    x = matrix(panel().rows, panel().features)
    assert shorter.horizon.probabilities(x).mean() > longer.horizon.probabilities(x).mean()


def test_a_horizon_that_cannot_be_learned_says_why():
    (never,) = learned(replace(TARGET, further_horizons_days=(400,)))
    assert (never.horizon, never.tested) == (None, None)
    assert "0 rows in the rarer" in never.why


def test_the_target_says_its_horizons_and_survives_json():
    assert SEVERAL.horizons_days == (7, 14, 28)
    assert SEVERAL.over(28) == replace(TARGET, horizon_days=28)
    assert from_json(json.loads(json.dumps(SEVERAL.as_json()))) == SEVERAL
    assert ContractChurn(further_horizons_days=(90,)).rises


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((0,), "no days"),
        ((7, 7), "one horizon twice"),
        ((14,), "one horizon twice"),
        ((5000,), "too long"),
    ],
)
def test_horizons_that_are_none_are_refused(days, said):
    with pytest.raises(ValueError, match=said):
        replace(TARGET, further_horizons_days=days)
