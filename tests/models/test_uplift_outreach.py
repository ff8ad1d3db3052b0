"""The log of outreach as an experiment: what was known then, and what became of it."""

from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from buyers import PARAMS, TARGET, VOCABULARY, WATERMARK, ZONE, buying, day, event, table

from features.contracts import OUTREACH
from features.errors import DataRefused
from features.families import catalog
from features.known.told import Told
from models.rows.panel import training_panel
from models.uplift.bases import Lines
from models.uplift.learners import Single
from models.uplift.outreach import Assigned, assigned
from models.uplift.study import study

FEATURES = catalog(PARAMS.features, VOCABULARY).features
MIDNIGHT = 120


def logged(customers: list[str], *, hours: float = 9, seed: int = 0, **more) -> pl.DataFrame:
    """One assignment each, some hours after a midnight; three in ten are held out."""
    random = np.random.default_rng(seed)
    rows = []
    for place, customer in enumerate(customers):
        treated = random.random() < 0.7
        at = day(MIDNIGHT + hours / 24)
        rows.append(
            {
                "customer_id": customer,
                "assigned_at": at,
                "known_at": at,
                "arm": "treated" if treated else "control",
                "action": "credit",
                "probability": 0.7 if treated else 0.3,
                "source": "made_up",
                "source_key": str(place),
            }
            | more
        )
    return pl.DataFrame(rows, schema=dict(OUTREACH.schema))


def drawn(outreach: pl.DataFrame, events: pl.DataFrame | None = None, **how) -> Assigned:
    parts = [Told(events=buying(120) if events is None else events)]
    how = {"watermark": WATERMARK, "zone": ZONE} | how
    return assigned(outreach, parts, FEATURES, TARGET, **how)


def everyone() -> list[str]:
    return sorted(buying(120)["customer_id"].unique())


def test_rows_are_those_at_risk_at_the_midnight_before_with_the_label_after_it():
    found = drawn(logged(everyone()))
    parts, cutoff = [Told(events=buying(120))], day(MIDNIGHT)
    panel = training_panel(parts, [cutoff], FEATURES, TARGET, watermark=WATERMARK, zone=ZONE)
    own, told = found.experiment.rows, panel.rows.sort_values("customer_id", ignore_index=True)
    assert own["customer_id"].tolist() == told["customer_id"].tolist()
    assert own["outcome"].tolist() == (1 - told["label"]).tolist()
    names = list(panel.features)
    pd.testing.assert_frame_equal(own[names], told[names])
    assert found.left_out == {
        "no_probability": 0,
        "outcome_not_known": 0,
        "not_at_risk": len(everyone()) - len(own),
    }


def test_the_probability_is_that_of_being_treated_whichever_arm_was_drawn():
    rows = drawn(logged(everyone())).experiment.rows
    assert set(rows["arm"]) == {"treated", "control"}
    np.testing.assert_allclose(rows["probability"], 0.7)


@pytest.mark.parametrize(("hours", "same"), [(0, True), (23.9, True), (24, False), (-0.1, False)])
def test_an_assignment_belongs_to_its_business_day(hours, same):
    first, later = drawn(logged(everyone())), drawn(logged(everyone(), hours=hours))
    assert first.experiment.rows.equals(later.experiment.rows) == same


def test_what_happens_after_the_midnight_is_no_feature():
    events = buying(120)
    after = [event(one, MIDNIGHT + 0.3, value=10**9) for one in everyone()]
    keyed = table(*after).with_columns(source_key="later" + pl.col("source_key"))
    rows = drawn(logged(everyone()), pl.concat([events, keyed])).experiment.rows
    pd.testing.assert_frame_equal(rows, drawn(logged(everyone())).experiment.rows)


def test_who_has_no_probability_or_no_outcome_yet_is_counted_and_left_out():
    unlogged = logged(everyone()[:5], probability=None, source_key="u")
    unripe = logged(everyone()[5:9], assigned_at=WATERMARK - timedelta(days=3), source_key="r")
    found = drawn(pl.concat([logged(everyone()[9:]), unlogged, unripe]))
    assert found.left_out["no_probability"] == 5
    assert found.left_out["outcome_not_known"] == 4
    assert not set(found.experiment.rows["customer_id"]) & set(everyone()[:9])


def test_a_corrected_assignment_counts_once():
    corrected = logged(everyone(), seed=1, superseded_at=day(MIDNIGHT + 1), source_key="old")
    both = drawn(pl.concat([logged(everyone()), corrected]))
    assert both.experiment.rows.equals(drawn(logged(everyone())).experiment.rows)


def test_one_action_at_a_time():
    other = logged(everyone(), action="call", source_key="call")
    found = drawn(pl.concat([logged(everyone()), other]), action="credit")
    assert found.experiment.rows.equals(drawn(logged(everyone())).experiment.rows)


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(DataRefused, match="none has both a logged probability and a known outcome"):
        drawn(logged(everyone(), probability=None))


def test_it_can_be_studied():
    found = study(
        drawn(logged(everyone())).experiment, Single(base=Lines()), base=Lines(), draws=20
    )
    assert found.customers == len(found.effects)
    assert np.isfinite(found.effects).all()
