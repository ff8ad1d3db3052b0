"""The reference of a trial: of everyone who was at risk, also of those left out of learning."""

from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from trials import FEATURES, a_model, a_trial, an_outcome_model, rows

from models.drift.kept import importances, with_reference
from models.drift.reference import Recent
from models.judging.evaluation import Backtest
from models.rows.panel import Panel
from models.trial import CHURN

UTC = ZoneInfo("UTC")
CUTOFFS = pd.date_range("2026-01-01", periods=3, freq="14D", tz="UTC")
WHOLE = Panel(
    pd.concat(
        [
            rows(200, seed).assign(customer_id=[f"c{one}" for one in range(200)], cutoff=cutoff)
            for seed, cutoff in enumerate(CUTOFFS)
        ],
        ignore_index=True,
    ),
    FEATURES,
)


def test_customers_left_out_of_learning_were_there_all_the_same():
    learned = Panel(WHOLE.rows.iloc[::2].reset_index(drop=True), FEATURES)
    measured = learned.last(2).rows
    tested = Backtest(measured, {CHURN: np.full(len(measured), 0.25)}, cast("Any", None))
    known = SimpleNamespace(categories=frozenset(), select=tuple)
    prepared = SimpleNamespace(
        panel=learned,
        recent=Recent.of(WHOLE),
        known=known,
        parts=(),
        zone=UTC,
        watermark=CUTOFFS[-1],
    )
    found = with_reference(a_trial(tested=tested), cast("Any", prepared)).reference
    assert found is not None
    assert found.customers == (200, 200, 200)
    assert found.score is not None
    assert found.score.by_cutoff.sum(axis=1).tolist() == [200, 200]
    assert {shape.name for shape in found.features} <= set(FEATURES)
    others = a_model().probabilities(WHOLE.last(2).rows.iloc[1::2])
    told = a_model().calibration.probabilities(np.array([0.25]))
    means = np.array(found.score.means, float)
    assert means.mean() == pytest.approx(np.mean([others.mean(), told.mean()]))


def test_what_a_booster_makes_of_its_features_is_their_gain():
    found = importances(a_model())
    assert sum(found.values()) == pytest.approx(1)
    assert max(found, key=lambda name: found[name]) == "recency_days"


def test_only_what_a_night_scores_has_a_reference():
    trial = a_trial(model=an_outcome_model())
    assert with_reference(trial, cast("Any", None)) is trial
