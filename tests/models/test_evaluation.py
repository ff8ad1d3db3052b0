"""Rolling origins: no learner ever holds a label that was not known at its origin."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest
from panels import panel

from features.errors import ModelRefused
from models.judging.evaluation import backtest, purged
from models.learning.baselines import Baseline
from models.learning.boosting import Boosting, BoostingParams

RULE = Baseline("rule", ("days_silent",))
NOISE = Baseline("noise", ("noise",))


@dataclass(frozen=True)
class Spy:
    """A learner that remembers what it was shown."""

    name: str = "spy"
    shown: list = field(default_factory=list)

    def fit(self, train):
        self.shown.append(train)
        return RULE.fit(train)


def test_only_ripe_labels_are_learned_from():
    spy, told = Spy(), panel(cutoffs=8)
    tested = backtest(told, [spy], origins=3)
    assert tested.origins == told.cutoffs[-3:]
    for origin, train in zip(tested.origins, spy.shown, strict=True):
        assert train.column("matured_at").max() <= origin
        assert len(train.cutoffs) == told.cutoffs.index(origin) - 1


def test_later_labels_change_no_prediction():
    told = panel(cutoffs=6)
    last = told.cutoffs[-1]
    unripe = told.rows["matured_at"] > last
    flipped = told.rows.assign(label=told.rows["label"].where(~unripe, 0))
    before, after = (
        backtest(replace(told, rows=rows), [RULE], origins=1).predictions["rule"]
        for rows in (told.rows, flipped)
    )
    pd.testing.assert_series_equal(before, after)


def test_a_label_that_looks_past_its_origin_is_a_bug():
    class Careless(type(panel())):
        def matured_by(self, _instant):
            return self

    told = panel(cutoffs=4)
    with pytest.raises(AssertionError, match="had not matured"):
        purged(Careless(told.rows, told.features), told.cutoffs[-1])


def test_shuffled_labels_teach_nothing():
    told = panel(cutoffs=6, customers=300)
    shuffled = told.rows.assign(label=told.rows["label"].sample(frac=1, random_state=0).to_numpy())
    learner = Boosting(BoostingParams(rounds=50, rows_per_leaf=20, seeds=1))
    found = backtest(replace(told, rows=shuffled), [learner], origins=2).comparison.pooled("auc")
    assert found.low < 0.5 < found.high


def test_the_first_learner_is_compared_with_the_others():
    tested = backtest(panel(cutoffs=6), [RULE, NOISE], origins=2)
    assert tested.comparison.margins("auc")["noise"].low > 0
    assert set(tested.predictions.columns) == {
        "customer_id", "cutoff", "matured_at", "label", "rule", "noise"
    }  # fmt: skip
    assert tested.positives == int(tested.predictions["label"].sum())
    assert np.isfinite(tested.comparison.metrics["value"]).all()


def test_a_history_without_a_ripe_cutoff_is_refused():
    with pytest.raises(ModelRefused, match="nothing can be measured"):
        backtest(panel(cutoffs=2), [RULE], origins=3)
