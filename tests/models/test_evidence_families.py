"""What a family is worth and what the model looks at: planted families are found."""

from dataclasses import replace

import numpy as np
import pytest
from evidenced import drawn_case, outcomes_case

from models.evidence.ablation import ablation
from models.evidence.case import TRANSFORMS, drawn, last_origins
from models.evidence.importances import contributions, importances
from models.evidence.leakage.splits import splits
from models.evidence.probing import EVERYTHING, Probe
from models.judging.metrics import by_name, measure
from models.logit import logit
from models.transforms.chosen import fit_all
from models.transforms.rates import Rates

pytestmark = pytest.mark.slow


def test_what_helps_is_told_from_noise():
    told = ablation(drawn_case()).set_index("family")
    assert list(told.index[:2]) == ["recency", "frequency"]
    assert (told.loc[["recency", "frequency"], "low"] > 0).all()
    assert told.loc["noise", "low"] <= 0.005
    assert told.loc["noise", "change"] < told.loc["frequency", "change"] / 5


def test_what_helps_is_told_of_several_outcomes():
    told = ablation(outcomes_case()).set_index("family")
    assert (told.loc[["breadth", "journey"], "low"] > 0).all()
    assert told.loc["noise", "change"] < told.loc["breadth", "change"] / 5
    assert told.loc["journey", "columns"] == 2


def test_the_full_model_is_the_same_for_every_family():
    told = ablation(drawn_case())
    full = told["log_loss"] - told["change"]
    np.testing.assert_allclose(full, full.iloc[0])


def test_what_is_fitted_is_a_family_of_its_own():
    clean = drawn_case()
    rounded = clean.panel.rows.assign(orders=clean.panel.rows["orders"].round())
    panel = replace(clean.panel, rows=rounded)
    transforms = (Rates(columns=("orders",)),)
    _, told = fit_all(transforms, panel)
    case = replace(clean, panel=panel, told=told, transforms=transforms)
    assert abs(splits(case).value) < 0.05
    found = ablation(case).set_index("family")
    assert found.loc[TRANSFORMS, "columns"] == 1
    assert found.loc["frequency", "change"] < ablation(clean).set_index("family")["change"].max()


def test_threads_change_no_digit_and_a_hidden_column_is_not_seen():
    case = drawn_case()
    train, test = last_origins(case, 2)
    hidden, everything = frozenset({"days_silent"}), frozenset(case.panel.features)
    without = [EVERYTHING, hidden, everything]
    one, three = (
        Probe(boosting=replace(case.boosting, threads=threads), rounds=20).predictions(
            train, test.rows, without
        )
        for threads in (1, 3)
    )
    for left, right in zip(one, three, strict=True):
        np.testing.assert_array_equal(left, right)
    other = test.rows.assign(days_silent=0.0)
    probe = Probe(boosting=case.boosting, rounds=20)
    np.testing.assert_array_equal(probe.predictions(train, other, [hidden])[0], one[1])
    np.testing.assert_allclose(one[2], train.y.mean())


def test_a_probe_is_about_as_good_as_the_learner():
    case = drawn_case()
    train, test = last_origins(case, 2)
    (p,) = Probe(boosting=case.boosting, rounds=case.rounds).predictions(
        train, test.rows, [EVERYTHING]
    )
    own = by_name(measure(test.y, p)[0])["auc"]
    assert own == pytest.approx(case.tested.comparison.pooled("auc").value, abs=0.03)


def test_rows_are_drawn_by_whole_customers():
    panel = drawn_case().panel
    few = drawn(panel, 500)
    assert 300 < len(few.rows) <= 500 * 1.1
    kept = {*few.column("customer_id")}
    assert len(few.rows) == panel.column("customer_id").isin(kept).sum()
    assert drawn(panel, len(panel.rows)) is panel


def test_contributions_add_up_to_the_log_odds():
    case = drawn_case()
    added = contributions(case)[:, 0]
    booster = case.boosting.fit(case.panel)
    base = logit(booster.probabilities(case.measured)) - added.sum(axis=1)
    np.testing.assert_allclose(base, base[0], atol=1e-6)


def test_what_the_law_uses_is_most_important():
    features, families = importances(drawn_case())
    assert {*features["feature"][:2]} == {"days_silent", "orders"}
    assert features["meaning"].tolist() == [f"tells {name}" for name in features["feature"]]
    assert features["gain_share"].sum() == pytest.approx(1.0)
    np.testing.assert_allclose(features["contribution"], families["contribution"])


def test_a_family_adds_up_before_its_size_is_taken():
    case = outcomes_case()
    features, families = importances(case)
    added = contributions(case)
    assert added.shape[1:] == (3, 4)
    journey = np.abs(added[:, :, 1] + added[:, :, 2]).mean()
    own = families.set_index("family")
    assert own.loc["journey", "contribution"] == pytest.approx(journey)
    assert own.loc["journey", "columns"] == 2
    assert features["contribution"].is_monotonic_decreasing


def test_a_model_that_is_no_booster_has_no_importances():
    features, families = importances(replace(drawn_case(), booster_text=""))
    assert features.empty
    assert families.empty


def test_answers_are_probabilities():
    case = outcomes_case()
    train, test = last_origins(case, 1)
    (p,) = Probe(boosting=case.boosting, rounds=20).predictions(train, test.rows, [EVERYTHING])
    assert p.shape == (len(test.rows), 3)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
