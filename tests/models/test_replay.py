"""A past cutoff lived again: what came later changes the labels alone."""

from dataclasses import asdict, replace
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, buying, day
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import FeatureParams
from features.known.beforehand import Beforehand
from features.known.told import Told
from models.judging.profit import ProfitParams, profit_cut
from models.judging.replay import compared, contacts, lived
from models.learning.training import learn, prepare

pytestmark = pytest.mark.slow

THEN = day(170)
QUICK = replace(
    PARAMS,
    panel=replace(PARAMS.panel, origins=3),
    features=FeatureParams(windows_days=(7, 28), families=("recency", "frequency")),
    boosting=replace(PARAMS.boosting, rounds=8, seeds=1),
)


CROWD = 900
"""Enough customers for trees, which tell probabilities however well they do."""


def relived(events: pl.DataFrame):
    """The model of that day, and its rows with what came of them."""
    today = [Told(events=events)]
    prepared = prepare(Beforehand(today, THEN), VOCABULARY, QUICK, watermark=THEN, zone=ZONE)
    model = learn(prepared).model
    return model, lived(model, prepared, today, THEN, told_until=WATERMARK)


@cache
def plainly():
    return relived(buying(CROWD))


@pytest.mark.slow
def test_it_is_the_model_of_a_run_that_had_only_what_was_told_then():
    earlier = buying(CROWD).filter(pl.col("known_at") < THEN)
    prepared = prepare([Told(events=earlier)], VOCABULARY, QUICK, watermark=THEN, zone=ZONE)
    model, _ = plainly()
    assert learn(prepared).model == model
    assert model.trained_through < f"{THEN:%Y-%m-%d}"


@pytest.mark.slow
def test_what_was_known_only_later_changes_no_probability():
    late = (pl.col("occurred_at") < THEN) & (pl.col("occurred_at") >= THEN - timedelta(days=40))
    some = pl.col("customer_id").str.ends_with("7")
    rumours = buying(CROWD).with_columns(
        known_at=pl.when(late & some).then(pl.lit(THEN + timedelta(days=1))).otherwise("known_at")
    )
    without = buying(CROWD).filter(~(late & some))
    model, rows = relived(rumours)
    other, others = relived(without)
    assert model == other
    pd.testing.assert_frame_equal(rows.drop(columns="label"), others.drop(columns="label"))
    assert model != plainly()[0]


def test_the_labels_are_those_of_today():
    _, rows = plainly()
    target = QUICK.target
    start = THEN + timedelta(days=target.embargo_days)
    inside = pl.col("occurred_at").is_between(
        start, start + timedelta(days=target.horizon_days), closed="left"
    )
    came = set(buying(CROWD).filter(inside, pl.col("step") == "order")["customer_id"])
    assert rows["label"].tolist() == [int(one not in came) for one in rows["customer_id"]]
    assert 0 < rows["label"].mean() < 1
    assert set(rows) == {
        "customer_id",
        "cutoff",
        "label",
        "churn",
        "recency_rule",
        "rfm_regression",
    }


def test_days_are_measured_one_by_one_and_together():
    _, rows = plainly()
    named = rows.rename(columns={"customer_id": "customer"}).drop(columns="cutoff")
    both = pd.concat([named.assign(day="2026-01-01"), named.assign(day="2026-02-01")])
    found = compared(both)
    aucs = found.metrics.query("metric == 'auc' and predictor == 'churn'").set_index("origin")
    assert list(aucs.index) == ["2026-01-01", "2026-02-01", "pooled"]
    assert len(set(aucs["value"])) == 1
    assert found.metrics["predictor"].iloc[0] == "churn"


@given(
    rows=st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30),
    offer=st.floats(0, 300),
)
def test_contacts_are_worth_what_each_of_them_is_worth(rows, offer):
    params = ProfitParams(offer_cost=offer)
    y, p = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = contacts(y, p, params)
    chosen = [(left, risk) for left, risk in rows if risk >= profit_cut(params)]
    kept = params.acceptance * (params.customer_value - offer) - params.contact_cost
    lost = -offer - params.contact_cost
    assert (found.contacted, found.left) == (len(chosen), sum(left for left, _ in chosen))
    assert found.observed == pytest.approx(sum(kept if left else lost for left, _ in chosen))
    assert found.expected == pytest.approx(sum(p * kept + (1 - p) * lost for _, p in chosen))


def test_nobody_is_contacted_where_it_never_pays():
    found = contacts(np.ones(3), np.ones(3), ProfitParams(customer_value=5, offer_cost=10))
    assert asdict(found) == {"contacted": 0, "left": 0, "expected": 0.0, "observed": 0.0}
