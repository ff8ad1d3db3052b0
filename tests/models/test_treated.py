"""Treated customers: no row teaches that high risk is safe because outreach was good."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from features.errors import ModelRefused
from models.answers.logistic import Regression
from models.logit import expit
from models.rows.panel import Panel, PanelParams
from models.rows.treated import NO_ONE, reached, set_aside, settled, told
from models.rows.weights import WEIGHT, even_weights

DAY = pd.Timedelta(days=1)
BEGIN = pd.Timestamp("2026-01-01", tz="UTC")
EFFECT, EFFECT_DAYS, TREATED, HIGH = 0.5, 60, 0.8, 0.4


def world(customers: int = 4000, cutoffs: int = 12, seed: int = 0) -> tuple[Panel, pd.DataFrame]:
    """Rows with the risk of who is left alone, labels as outreach changed them, and its log.

    From the fifth cutoff on whoever has a risk above `HIGH` is drawn, once; of those who are
    treated half as many leave for `EFFECT_DAYS`. Labels ripen four weeks after each cutoff.
    """
    random = np.random.default_rng(seed)
    x = random.normal(size=(customers, 1)) + 0.5 * random.normal(size=(customers, cutoffs))
    risk = expit(-1.2 + 1.3 * x)
    drawn = (risk > HIGH) & (np.arange(cutoffs) >= 4)
    first = np.where(drawn.any(axis=1), drawn.argmax(axis=1), cutoffs)
    arm = np.where(random.random(customers) < TREATED, "treated", "control")
    since = 14 * (np.arange(cutoffs) - first[:, None])
    changed = (since > -28) & (since <= EFFECT_DAYS) & (arm == "treated")[:, None]
    changed &= (first < cutoffs)[:, None]
    label = random.random(risk.shape) < risk * (1 - EFFECT * changed)
    cutoff = BEGIN + pd.to_timedelta(np.tile(14 * np.arange(cutoffs), customers), "D")
    rows = pd.DataFrame({"customer_id": np.repeat(names(customers), cutoffs), "cutoff": cutoff})
    rows = rows.assign(matured_at=cutoff + 28 * DAY, label=label.ravel().astype(int))
    rows = rows.assign(x=x.ravel(), risk=risk.ravel()).sort_values(["cutoff", "customer_id"])
    is_in = first < cutoffs
    log = pd.DataFrame(
        {
            "customer_id": names(customers)[is_in],
            "assigned_at": BEGIN + pd.to_timedelta(14 * first[is_in], "D"),
            "arm": arm[is_in],
            "probability": np.where(arm[is_in] == "treated", TREATED, 1 - TREATED),
        }
    )
    return Panel(rows.reset_index(drop=True), ("x",)), log


def names(customers: int) -> np.ndarray:
    return np.array([f"c{number:05d}" for number in range(customers)])


def choice(treated: str) -> PanelParams:
    return PanelParams(treated=treated, effect_days=EFFECT_DAYS)


def bias(found: Panel) -> tuple[float, float]:
    """Leaving among those of high risk over what they would do alone, less 1; its error."""
    rows = found.rows.loc[found.rows["risk"] > HIGH]
    weights = even_weights(rows)
    off, expected = weights * (rows["label"] - rows["risk"]), (weights * rows["risk"]).sum()
    each = off.groupby(rows["customer_id"]).sum()
    return float(off.sum() / expected), float(np.sqrt((each**2).sum()) / expected)


def learned_bias(found: Panel) -> float:
    """What a model learned from it tells people of high risk, over their risk, less 1."""
    alone, _ = world(seed=99)
    high = alone.rows.loc[alone.rows["risk"] > HIGH]
    p = Regression(freedom=100).fit(found).probabilities(high)
    return float(p.sum() / high["risk"].sum() - 1)


def test_kept_they_teach_that_high_risk_is_safe():
    found = settled(*world(), choice("keep"))
    off, error = bias(found)
    assert off < -0.2 < -20 * error
    assert learned_bias(found) < -0.15


@pytest.mark.parametrize("treated", ["exclude", "weight", "controls"])
def test_left_out_or_weighed_the_risk_is_that_of_who_is_left_alone(treated):
    found = settled(*world(), choice(treated))
    off, error = bias(found)
    assert abs(off) < 3 * error < 0.1
    assert abs(learned_bias(found)) < 0.05


def test_only_weights_keep_the_mix_of_risks():
    panel, log = world()
    late = panel.rows["cutoff"] == panel.cutoffs[-1]
    mixes = {}
    for treated in ("exclude", "controls", "weight"):
        rows = settled(panel, log, choice(treated)).at(panel.cutoffs[-1]).rows
        weights = rows[WEIGHT] if treated == "weight" else np.ones(len(rows))
        mixes[treated] = float(np.average(rows["risk"], weights=weights))
    true = float(panel.rows.loc[late, "risk"].mean())
    assert mixes["weight"] == pytest.approx(true, rel=0.05)
    assert mixes["controls"] < 0.9 * true


def silenced(customers: int = 6000, seed: int = 0) -> tuple[Panel, pd.DataFrame]:
    """One cutoff, after which most of those who will leave fall silent and are drawn for that."""
    random = np.random.default_rng(seed)
    risk = random.uniform(0.02, 0.4, customers)
    label = random.random(customers) < risk
    is_silent = random.random(customers) < np.where(label, 0.6, 0.08)
    arm = np.where(random.random(customers) < TREATED, "treated", "control")
    rows = pd.DataFrame({"customer_id": names(customers), "cutoff": BEGIN, "risk": risk})
    rows = rows.assign(matured_at=BEGIN + 28 * DAY, label=label.astype(int))
    log = pd.DataFrame({"customer_id": names(customers), "arm": arm}).loc[is_silent]
    chance = np.where(log["arm"] == "treated", TREATED, 1 - TREATED)
    return Panel(rows, ()), log.assign(assigned_at=BEGIN + 14 * DAY, probability=chance)


@pytest.mark.parametrize("treated", ["exclude", "weight"])
def test_who_is_treated_for_a_silence_after_the_cutoff_does_not_take_leaving_along(treated):
    found = settled(*silenced(), choice(treated)).rows
    weights = even_weights(found)
    left, risk = (np.average(found[name], weights=weights) for name in ("label", "risk"))
    assert left / risk == pytest.approx(1, abs=0.1)


def some(*rows: tuple[str, int]) -> Panel:
    """Rows of customer and cutoff in days; labels ripen after 30 days, every second left."""
    cutoff = BEGIN + pd.to_timedelta([day for _, day in rows], "D")
    told = pd.DataFrame({"customer_id": [who for who, _ in rows], "cutoff": cutoff})
    labels = [place % 2 for place in range(len(rows))]
    return Panel(told.assign(matured_at=cutoff + 30 * DAY, label=labels), ())


def logged(*rows: tuple[str, float, str, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "assigned_at", "arm", "probability"])
    at = BEGIN + pd.to_timedelta(frame["assigned_at"], "D")
    return frame.assign(assigned_at=at, lasting=False).astype(NO_ONE.dtypes)


@pytest.mark.parametrize(
    ("day", "is_reached"), [(-10.001, False), (-10, True), (0, True), (29.999, True), (30, False)]
)
def test_an_assignment_reaches_a_row_until_its_label_is_known(day, is_reached):
    log = logged(("a", day, "treated", 0.5), ("b", 0, "treated", 0.5))
    assert reached(some(("a", 0)).rows, log, timedelta(days=10)).tolist() == [is_reached]


def test_each_choice_keeps_other_rows():
    panel = some(("a", 0), ("a", 200), ("b", 0), ("b", 200), ("c", 0))
    log = logged(("a", 5, "treated", 0.8), ("b", 5, "control", 0.2))
    kept = {
        treated: set_aside(panel, log, choice(treated))
        for treated in ("exclude", "controls", "weight", "keep")
    }
    assert kept["exclude"].column("customer_id").tolist() == ["a", "b", "b", "c"]
    assert kept["controls"].column("customer_id").tolist() == ["b", "b", "c"]
    assert kept["weight"].rows[WEIGHT].tolist() == [5.0, 5.0, 1.0]
    assert kept["exclude"].rows[WEIGHT].tolist() == [1.0, 5.0, 1.0, 1.0]
    assert WEIGHT not in set_aside(panel.at(panel.cutoffs[-1]), log, choice("exclude")).rows
    assert kept["keep"].rows.equals(panel.rows)
    counted = [(one.treated, one.held_out) for one in kept.values()]
    assert counted == [(1, 1), (2, 2), (2, 2), (1, 1)]


def test_whoever_was_held_out_twice_stands_for_more_and_who_was_treated_too_for_nobody():
    panel = some(("a", 0), ("a", 100), ("b", 100), ("c", 100))
    log = logged(
        ("a", 5, "control", 0.5),
        ("a", 50, "control", 0.25),
        ("b", 5, "control", 0.5),
        ("b", 50, "treated", 0.5),
        ("c", 50, "control", None),
    )
    found = set_aside(panel, log, choice("weight"))
    assert found.column("customer_id").tolist() == ["a", "a", "c"]
    assert found.rows[WEIGHT].tolist() == [2.0, 8.0, 1.0]


def test_without_outreach_nothing_changes():
    panel = some(("a", 0), ("b", 0))
    assert settled(panel, NO_ONE, choice("weight")) is panel


def test_the_lineage_names_the_choice():
    panel, log = (
        some(("a", 0), ("b", 0)),
        logged(("a", 5, "treated", 0.5), ("b", 5, "control", 0.5)),
    )
    assert told(set_aside(panel, log, choice("weight")), choice("weight")) == {
        "choice": "weight",
        "rows": 1,
        "rows_held_out": 1,
        "largest_weight": 2.0,
    }
    assert told(set_aside(panel, log, choice("exclude")), choice("exclude"))["effect_days"] == 60


def test_too_few_rows_are_refused_with_numbers_and_never_kept_in_silence():
    panel = some(*((f"c{number}", 0) for number in range(400)))
    everybody = logged(*((f"c{number}", 5, "treated", 0.9) for number in range(390)))
    with pytest.raises(ModelRefused, match="390 of 400 rows; without them 5 of 200"):
        settled(panel, everybody, choice("exclude"))
    few = replace(panel, rows=panel.rows.tail(20))
    assert len(settled(few, everybody, choice("exclude")).rows) == 10
    with pytest.raises(ModelRefused, match="20 of 20 rows"):
        settled(replace(panel, rows=panel.rows.head(20)), everybody, choice("exclude"))


def test_settings_that_are_none_are_refused():
    with pytest.raises(ValueError, match="effect_days is -1"):
        PanelParams(effect_days=-1)
