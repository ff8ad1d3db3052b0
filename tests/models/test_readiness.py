"""Readiness: the tier that a retraining would reach, counted by what it would count with."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from buyers import PARAMS, TARGET, VOCABULARY, WATERMARK, ZONE, bought_trial, buying, day

from features.catalog import Vocabulary
from features.known.told import Told
from models.judging.grades import EVENTS_LEAST, EVENTS_STANDARD
from models.judging.suspects import look_at
from models.learning.readiness import TIERS, Readiness, heard, labelled, measurable, readiness
from models.rows.panel import Panel


def looked_at(events, target=TARGET, params=PARAMS.panel, watermark=WATERMARK):
    features = look_at(VOCABULARY, target)
    panel = labelled(
        "churn", [Told(events=events)], features, target, params, watermark=watermark, zone=ZONE
    )
    return panel if isinstance(panel, Readiness) else readiness("churn", panel, target, params)


def severities(ready):
    return {finding.code: finding.severity for finding in ready.findings}


def test_it_counts_what_a_retraining_counts():
    trial, ready = bought_trial(), looked_at(buying())
    assert ready.rows == trial.counts["rows"]
    assert ready.customers == trial.counts["customers"]
    assert ready.churned == trial.counts["positives"]
    assert ready.cutoffs == trial.lineage["cutoffs"]
    assert ready.origins == len(trial.lineage["origins"])
    assert trial.model.tier in TIERS[ready.tier]


def test_the_origins_are_those_at_which_a_trial_was_measured():
    features = look_at(VOCABULARY, TARGET)
    panel = labelled(
        "churn",
        [Told(events=buying())],
        features,
        TARGET,
        PARAMS.panel,
        watermark=WATERMARK,
        zone=ZONE,
    )
    origins = [f"{origin:%Y-%m-%d}" for origin in measurable(panel, PARAMS.panel.origins)]
    assert origins == list(bought_trial().lineage["origins"])


def a_panel(churned, customers=400, cutoffs=12):
    """Rows of a made-up panel, a fortnight apart, each matured after a fortnight."""
    number = np.arange(customers * cutoffs)
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{one % customers}" for one in number],
            "cutoff": pd.to_datetime([day(14 * int(one // customers)) for one in number]),
            "label": np.isin(number, np.linspace(0, number[-1], churned).astype(int)).astype(int),
        }
    )
    return Panel(rows.assign(matured_at=rows["cutoff"] + timedelta(days=14)), features=())


@pytest.mark.parametrize(
    ("churned", "cutoffs", "tier", "warns"),
    [
        (10, 12, "rules", {"E05"}),
        (300, 12, "logistic", set()),
        (600, 12, "LightGBM", set()),
        (600, 3, "logistic", set()),
        (600, 1, "rules", {"E06"}),
        (4, 12, "refused", set()),
    ],
)
def test_tiers(churned, cutoffs, tier, warns):
    panel = a_panel(churned, customers=4800 // cutoffs, cutoffs=cutoffs)
    ready = readiness("churn", panel, TARGET, PARAMS.panel)
    assert ready.tier == tier
    found = severities(ready)
    assert {code for code in ("E05", "E06") if found.get(code) == "warn"} == warns
    assert (found.get("E04") == "stop") == (tier == "refused")
    assert bool(ready.missing) == (tier in {"rules", "logistic"})


def test_the_next_tier_is_told_in_numbers():
    ready = readiness("churn", a_panel(300), TARGET, PARAMS.panel)
    more = f"{EVENTS_STANDARD - ready.rarer} more rows of the rarer kind"
    assert ready.missing == (f"{more} ({ready.rarer} of {EVENTS_STANDARD})",)
    few = readiness("churn", a_panel(20), TARGET, PARAMS.panel)
    assert few.missing[0].endswith(f"({few.rarer} of {EVENTS_LEAST})")


def test_few_customers_are_told():
    ready = readiness("churn", a_panel(600, customers=90, cutoffs=53), TARGET, PARAMS.panel)
    assert severities(ready)["E03"] == "warn"


def test_a_short_history_is_told_in_days():
    early = day(40)
    ready = looked_at(buying().filter(buying()["occurred_at"] < early), watermark=early)
    (short,) = ready.findings
    assert (ready.tier, short.code, short.severity) == ("rules", "E02", "stop")
    assert 38 <= short.measured <= 40
    assert short.needed == PARAMS.panel.history_days + TARGET.embargo_days + TARGET.horizon_days


def test_nobody_at_risk_refuses():
    """All bought within the first month and never again."""
    once = buying().filter(buying()["occurred_at"] < day(30))
    ready = looked_at(once, replace(TARGET, active_within_days=7))
    assert (ready.tier, severities(ready)) == ("refused", {"E03": "stop"})


def test_a_step_that_nobody_took_refuses():
    words = Vocabulary(pairs=(("mail", "letter"),))
    ready = heard("churn", words, TARGET)
    assert (ready.tier, severities(ready)) == ("refused", {"E01": "stop"})
    assert "'order'" in ready.findings[0].sentence
    assert heard("churn", VOCABULARY, TARGET) is None


def test_everything_that_is_not_fine_has_three_mends():
    short = looked_at(buying(), watermark=day(50))
    unheard = heard("churn", Vocabulary(pairs=(("mail", "letter"),)), TARGET)
    few = readiness("churn", a_panel(40, customers=60, cutoffs=12), TARGET, PARAMS.panel)
    found = [one for ready in (short, unheard, few) for one in ready.findings]
    told = [one for one in found if one.severity != "ok"]
    assert {one.code for one in told} >= {"E01", "E02", "E03", "E05"}
    assert all(len(list(filter(None, one.mends))) == 3 for one in told)
