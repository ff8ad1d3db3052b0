"""Segments of measured rows beside plain counts, and the whole of the evidence."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from buyers import VOCABULARY
from evidenced import bought_case, drawn_case, outcomes_case

from features.catalog import Feature, Vocabulary
from features.families.profile import category
from features.families.recency import days_since_last
from features.known.needs import Attribute
from features.known.past import Where
from features.known.told import Told
from models.evidence.case import row_losses
from models.evidence.gathering import evidence
from models.evidence.grouping import Grouping, groupings
from models.evidence.segments import OTHERS, segments
from models.judging import metrics
from models.judging.metrics import by_name, measure

pytestmark = pytest.mark.slow

THEN = datetime(2025, 1, 1, tzinfo=UTC)


def by(case, name: str) -> Grouping:
    (one,) = (one for one in groupings(case) if one.by == name)
    return one


def with_column(name: str, values, feature: Feature, **changed):
    """The drawn case with one more column, which a feature tells."""
    case = drawn_case()
    told = replace(case.told, rows=case.told.rows.assign(**{name: values}))
    return replace(case, told=told, features=(*case.features, feature), **changed)


def attribute(*values: str, name: str = "plan") -> Feature:
    return Feature(
        name=f"profile_{name}",
        family="profile",
        unit="value",
        meaning=name,
        function=category,
        arguments={"attribute": Attribute(name, "category", values)},
        values=values,
    )


def silent(where: Where, name: str) -> Feature:
    arguments = {"where": where}
    return Feature(
        name=name, family="recency", unit="days", meaning="", function=days_since_last,
        arguments=arguments,
    )  # fmt: skip


def test_each_segment_is_what_counting_says():
    case = with_column(
        "profile_plan", np.arange(len(drawn_case().told.rows)) % 2, attribute("a", "b")
    )
    told = segments(case).set_index(["by", "segment"])
    codes = case.measured["profile_plan"].to_numpy()
    for place, name in enumerate("ab"):
        y, p = case.y[codes == place], case.p[codes == place]
        own = told.loc["plan", name]
        slow = by_name(measure(y, p)[0])
        assert own["rows"] == len(y)
        assert own["positives"] == y.sum()
        assert own["base_rate"] == pytest.approx(y.mean())
        assert own["predicted"] == pytest.approx(p.mean())
        assert own["auc_low"] < own["auc"] < own["auc_high"]
        for metric in ("auc", "log_loss", "observed_over_expected"):
            assert own[metric] == pytest.approx(slow[metric])


def test_unknown_is_a_segment():
    codes = np.resize([0.0, 1.0, 3.0, np.nan], len(drawn_case().told.rows))
    told = segments(with_column("profile_plan", codes, attribute("a", "b", "c")))
    assert told["segment"].tolist() == ["a", "b", "unknown"]
    assert told["rows"].tolist() == [125, 125, 250]


def test_what_is_too_small_is_pooled():
    case = with_column("profile_plan", 0.0, attribute(*"abcd"))
    rows = case.told.rows
    codes = (np.arange(len(rows)) % 12).clip(max=3).astype(float)
    case = replace(case, told=replace(case.told, rows=rows.assign(profile_plan=codes)))
    told = segments(case)
    plan = told.loc[told["by"].eq("plan")].set_index("segment")
    assert list(plan.index) == ["d", OTHERS]
    assert plan["rows"].sum() == len(case.y)


def test_what_does_not_tell_rows_apart_is_left_out():
    told = segments(with_column("profile_plan", 0.0, attribute("a", "b")))
    assert told.empty


def test_the_channel_is_that_of_the_last_event():
    rows = len(drawn_case().told.rows)
    web = np.where(np.arange(rows) % 2, 1.0, 30.0)
    store = np.where(np.arange(rows) % 3, 5.0, np.nan)
    case = drawn_case()
    told = replace(case.told, rows=case.told.rows.assign(web=web, order=store))
    case = replace(
        case,
        told=told,
        features=(silent(Where(channel="web"), "web"), silent(Where(step="order"), "order")),
        vocabulary=Vocabulary(pairs=(("store", "order"), ("web", "visit"), ("web", "click"))),
    )
    one = by(case, "channel")
    days = case.measured[["order", "web"]]
    slow = ["store" if order < web else "web" for order, web in days.itertuples(index=False)]
    assert [one.names[code] for code in one.codes] == slow


def test_tenure_falls_into_half_open_bands():
    case = drawn_case()
    days = np.resize([0.0, 29.9, 30.0, 89.0, 400.0, 730.0, np.nan], len(case.told.rows))
    told = replace(case.told, rows=case.told.rows.assign(rfm_tenure_days=days))
    one = by(replace(case, told=told), "tenure")
    named = {
        day: one.names[code]
        for day, code in zip(
            told.rows["rfm_tenure_days"].tail(len(one.codes)), one.codes, strict=True
        )
        if code >= 0
    }
    assert (named[29.9], named[30.0]) == ("0-29 days", "30-89 days")
    assert (named[400.0], named[730.0]) == ("365-729 days", "730+ days")
    assert (one.codes == -1).sum() == case.measured.assign(d=days[-len(one.codes) :])[
        "d"
    ].isna().sum()


def test_personas_are_those_of_each_cutoff():
    case = drawn_case()
    late = case.tested.origins[-1].to_pydatetime()
    everyone = sorted({*case.tested.keys["customer_id"]})
    versions = pl.DataFrame(
        {
            "customer_id": [*everyone[1:], everyone[2]],
            "valid_from": [THEN] * (len(everyone) - 1) + [late.replace(day=late.day - 1)],
            "source": "crm",
            "employees": [4] * (len(everyone) - 1) + [900],
        }
    ).with_columns(known_at="valid_from")
    case = replace(
        case,
        parts=[Told(events=pl.DataFrame({"customer_id": everyone}), customers=versions)],
        personas={"enterprise": "employees >= 250"},
    )
    one, keys = by(case, "persona"), case.tested.keys
    named = [*one.names, "unknown"]
    told = {
        (who, at): named[code]
        for who, at, code in zip(keys["customer_id"], keys["cutoff"], one.codes, strict=True)
    }
    assert told[everyone[2], pd.Timestamp(late)] == "enterprise"
    assert told[everyone[2], case.tested.origins[0]] == "other"
    assert told[everyone[0], pd.Timestamp(late)] == "unknown"


def test_of_several_outcomes_a_segment_is_measured_in_all():
    case = outcomes_case()
    stages = case.measured["present_stage"].to_numpy()
    told = segments(case)
    assert {*told["by"]} == {"stage"}
    assert list(told["segment"]) == ["new", "keen", "lost"]
    first = told.iloc[0]
    rows = stages == 0
    y, p = case.y[rows], case.p[rows]
    each = [metrics.auc((y == place).astype(float), p[:, place]) for place in range(3)]
    assert first["auc"] == pytest.approx(np.mean(each))
    assert first["log_loss"] == pytest.approx(row_losses(y, p).mean())
    commonest = np.bincount(case.y.astype(int)).argmax()
    assert first["positives"] == (y != commonest).sum()


@pytest.mark.slow
def test_all_tables_are_told_of_churn_and_no_customer():
    case = bought_case()
    told = evidence(case)
    empty = {name for name, rows in told.tables().items() if rows.empty}
    assert empty == {"transitions", "against_champion"}
    assert told.alarms == ()
    assert "value" in {*told.segments["by"]}
    assert 0 < told.profit_share < 1
    names = {*case.panel.column("customer_id")}
    cells = {str(cell) for rows in told.tables().values() for cell in rows.to_numpy().ravel()}
    assert not names & cells


def test_all_tables_are_told_of_several_outcomes():
    case = outcomes_case()
    told = evidence(case)
    empty = {name for name, rows in told.tables().items() if rows.empty}
    assert empty == {"profit", "against_champion"}
    assert {*told.calibration["outcome"]} == {*case.panel.classes}
    moves = told.transitions.groupby("stage")[["observed", "predicted"]].sum()
    np.testing.assert_allclose(moves, 1.0)
    assert list(moves.index) == sorted(case.target.stages)


def test_buyers_fall_into_channels():
    one = by(bought_case(), "channel")
    assert {*one.names} == {channel for channel, _ in VOCABULARY.pairs}
