"""Suspects of a leak: they fire on what was filled in after the fact, and on nothing honest."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from buyers import FIRST, PARAMS, TARGET, WATERMARK, ZONE, buying
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from features.known.told import Told
from features.vocabulary import vocabulary
from models.judging.suspects import CHURNED_SHARE, ROWS_LEAST, gives_away, look_at, suspects
from models.learning.readiness import labelled
from models.rows.panel import Panel

NOBODY = pl.DataFrame()


@cache
def last_orders():
    """Each buyer's last order, and whether they stopped long before the end."""
    orders = buying().filter(pl.col("step") == "order")
    last = orders.sort("occurred_at").group_by("customer_id").last()
    return last.filter(pl.col("occurred_at") < WATERMARK - timedelta(days=40))


def looked_at(events=None, customers=NOBODY):
    """What fires: code and sentence."""
    told = buying() if events is None else events
    words = vocabulary([Told(events=told)], WATERMARK)
    features = look_at(words, TARGET)
    fortnightly = replace(PARAMS.panel, every_days=14)
    panel = labelled(
        "churn", [Told(events=told)], features, TARGET, fortnightly, watermark=WATERMARK, zone=ZONE
    )
    found = suspects("churn", panel, features, customers, TARGET)
    assert all(len(one.mends) == 3 for one in found if one.severity != "ok")
    return [(one.code, one.sentence) for one in found if one.severity == "warn"]


def steps_added(rows, step="account_closed", delay=timedelta(hours=1)):
    """Events with one more for each of these rows."""
    more = rows.select(buying().columns).with_columns(
        step=pl.lit(step),
        occurred_at=pl.col("occurred_at") + delay,
        known_at=pl.col("known_at") + delay,
        value=pl.lit(None, pl.Int64),
        source_key=pl.col("source_key") + step,
    )
    return pl.concat([buying(), more])


def known_from_the_start(**attributes):
    """One version of every buyer, dated back to the first day, as an export of today may be."""
    buyers = buying().select("customer_id").unique().sort("customer_id")
    left = pl.col("customer_id").is_in(last_orders()["customer_id"].implode())
    return buyers.with_columns(
        valid_from=pl.lit(FIRST - timedelta(days=1)),
        known_at=pl.lit(FIRST - timedelta(days=1)),
        superseded_at=pl.lit(None, pl.Datetime("us", "UTC")),
        source=pl.lit("crm"),
        **{name: value(left) for name, value in attributes.items()},
    )


def test_honest_buyers_are_above_suspicion():
    plain = known_from_the_start(
        segment=lambda _left: pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("retail")),
        size=lambda _left: pl.int_range(pl.len()) % 7,
    )
    assert looked_at(customers=plain) == []


def test_a_step_after_which_nobody_stays_is_told():
    ((code, sentence),) = looked_at(steps_added(last_orders()))
    assert code == "L02"
    assert sentence.startswith("step account_closed in the last 42 days: ")


def test_several_such_steps_are_one_finding():
    closed = steps_added(last_orders())
    also = steps_added(last_orders(), "account_archived").filter(
        pl.col("step") == "account_archived"
    )
    ((_, sentence),) = looked_at(pl.concat([closed, also]))
    assert sentence.startswith("step account_archived")
    assert sentence.endswith("; likewise account_closed")


def test_a_column_that_separates_too_well_is_told():
    random = np.random.default_rng(0)
    y = random.random(2000) < 0.2
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(2000)],
            "cutoff": pd.Timestamp(FIRST),
            "label": y.astype(int),
            "honest": y + random.normal(size=2000),
            "leaks": 3 * y + random.normal(size=2000),
            "leaks_downwards": -5.0 * y + random.normal(size=2000),
        }
    )
    panel = Panel(rows, features=("honest", "leaks", "leaks_downwards"))
    found = [one for one in suspects("churn", panel, (), NOBODY, TARGET) if one.severity == "warn"]
    assert [one.code for one in found] == ["L02"]
    assert found[0].sentence.startswith("leaks_downwards alone tells who left with an AUC of ")
    assert found[0].sentence.endswith("; likewise leaks")
    assert found[0].measured > 0.99


def test_a_step_that_happens_to_anybody_is_not():
    some = buying().filter(pl.col("source_key").cast(pl.Int64) % 11 == 0)
    assert looked_at(steps_added(some, "newsletter")) == []


def test_a_step_that_is_known_only_later_is_not():
    """The row is backdated, but a time of knowing says so: no cutoff sees it in time."""
    told = steps_added(last_orders()).with_columns(
        known_at=pl.when(pl.col("step") == "account_closed")
        .then(pl.lit(WATERMARK))
        .otherwise("known_at")
    )
    assert looked_at(told) == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (lambda left: pl.when(left).then(pl.lit("price")), "filled in"),
        (lambda left: pl.when(left).then(pl.lit("gone")).otherwise(pl.lit("here")), "attribute"),
    ],
)
def test_an_attribute_that_only_those_have_who_left_is_told(value, sentence):
    """Of rows at the last cutoffs: who had left for good by the end of the data."""
    found = looked_at(customers=known_from_the_start(reason=value))
    assert [code for code, _ in found] == ["L03"]
    assert sentence in found[0][1]
    assert "price" not in found[0][1]


@given(rows=st.integers(1, 400), left=st.integers(0, 400), others=st.integers(1, 400))
def test_the_share_is_judged_by_its_lower_bound(rows, left, others):
    """Wilson's bound, from scipy; the others all stayed."""
    left = min(left, rows)
    y = np.concatenate([np.arange(rows) < left, np.zeros(others)]).astype(float)
    has = np.arange(rows + others) < rows
    bound = binomtest(left, rows).proportion_ci(method="wilson").low
    surely = rows >= ROWS_LEAST and bound >= CHURNED_SHARE + 1e-4
    surely_not = rows < ROWS_LEAST or bound < CHURNED_SHARE - 1e-4
    if surely and others >= 20:
        assert gives_away(y, has)
    if surely_not:
        assert not gives_away(y, has)


def test_where_nearly_everybody_leaves_nothing_gives_it_away():
    y = np.ones(1000)
    y[::50] = 0
    assert not gives_away(y, np.arange(1000) >= 500)
