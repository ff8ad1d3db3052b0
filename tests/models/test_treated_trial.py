"""A retraining among treated customers: what is learned, measured and compared without them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from buyers import PARAMS, VOCABULARY, WATERMARK, ZONE, buying, day

from features.catalog import Catalog
from features.known.told import Told
from models.judging.challenge import CHALLENGER
from models.learned.challenged import challenged
from models.learned.churn import churn_trial
from models.learned.prepared import Prepared
from models.learning.training import prepare
from models.rows.panel import PanelParams
from models.rows.treated import NO_ONE
from models.rows.weights import WEIGHT

pytestmark = pytest.mark.slow

QUICK = replace(PARAMS.boosting, rounds=20, seeds=1)


@cache
def log() -> pd.DataFrame:
    """Half of all buyers drawn on one day, one in four of them held out."""
    names = sorted(buying()["customer_id"].unique())[::2]
    random = np.random.default_rng(0)
    arms = np.where(random.random(len(names)) < 0.25, "control", "treated")
    rows = pd.DataFrame({"customer_id": names, "assigned_at": day(150.4), "arm": arms})
    chance = rows["arm"].map({"control": 0.25, "treated": 0.75})
    return rows.assign(probability=chance, lasting=False).astype(NO_ONE.dtypes)


@cache
def prepared(treated: str) -> Prepared:
    panel = PanelParams(every_days=14, history_days=60, origins=2, treated=treated, effect_days=14)
    params = replace(PARAMS, panel=panel, boosting=QUICK)
    told = {"outreach": log(), "watermark": WATERMARK, "zone": ZONE}
    return prepare([Told(events=buying())], VOCABULARY, params, **told)


@cache
def trial(treated: str):
    return churn_trial(prepared(treated), threads=1, prove=False, progress=lambda _: None)


def arms(prepared: Prepared, since: float, until: float) -> set[str]:
    """The arms of drawn customers who have rows in these days."""
    rows = prepared.panel.rows
    some = rows.loc[rows["cutoff"].between(day(since), day(until), inclusive="left")]
    return set(some.merge(log(), on="customer_id")["arm"])


def test_treated_customers_have_no_rows_while_it_may_matter():
    found = prepared("exclude")
    lead = PARAMS.target.lead_days
    assert arms(found, 150 - lead + 1, 164) == {"control"}
    assert arms(found, 0, 150 - lead) == arms(found, 165, 300) == {"control", "treated"}
    assert arms(prepared("controls"), 150 - lead + 1, 300) == {"control"}
    kept = prepared("keep").panel.rows
    assert len(kept) == len(found.panel.rows) + found.panel.treated


@pytest.mark.parametrize("treated", ["exclude", "weight"])
def test_a_trial_counts_them_and_names_the_choice(treated):
    made, panel = trial(treated), prepared(treated).panel
    assert made.counts["treated"] == panel.treated > 50
    assert made.counts["held_out"] == panel.held_out > 10
    assert made.lineage["treated"]["choice"] == treated
    assert made.params["panel"]["treated"] == treated
    assert (WEIGHT in made.tested.keys) == (treated in {"weight", "exclude"})
    assert made.tested.keys["customer_id"].isin(panel.rows["customer_id"]).all()


def test_weights_are_learned_from_and_measured():
    rows = prepared("weight").panel.rows
    assert set(rows[WEIGHT]) == {1.0, 4.0}
    even = replace(prepared("weight"), panel=prepared("controls").panel)
    plain = churn_trial(even, threads=1, prove=False, progress=lambda _: None)
    assert plain.model.sha256 != trial("weight").model.sha256
    assert not np.allclose(plain.metrics["value"], trial("weight").metrics["value"])


def test_champion_and_challenger_stand_on_the_same_rows():
    champion = trial("exclude").model
    found = prepared("exclude")
    some = found.known.features[:-3]
    panel = replace(found.panel, features=tuple(one.name for one in some))
    tonight = replace(found, known=Catalog(some), panel=panel)
    challenger = churn_trial(tonight, threads=1, prove=False, progress=lambda _: None)
    measured = challenged(champion, challenger, tonight).measured
    assert set(measured.metrics["predictor"]) > {CHALLENGER}
