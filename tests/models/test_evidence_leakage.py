"""The leakage audit: planted leaks are caught, and clean panels pass."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from buyers import buying
from evidenced import bought_case, buyers_case, case, drawn_case, outcomes_case
from panels import panel

from features.catalog import Feature, reads
from features.known.needs import NOTHING
from features.known.past import EVERYTHING, Where
from features.known.told import Told
from models.evidence.leakage.alone import too_good
from models.evidence.leakage.audit import audit
from models.evidence.leakage.rebuilding import GONE, rebuilt
from models.evidence.leakage.shuffling import auc_and_error, shuffled
from models.evidence.leakage.splits import splits
from models.evidence.leakage.tried import Tried
from models.rows.panel import Panel
from models.transforms.fitting import Fitted, Made, Seen

pytestmark = pytest.mark.slow


def events_of_all_time(past):
    """Forgets the cutoff."""
    each = past.trace.ends - past.trace.starts
    return np.broadcast_to(each, (len(past.cutoffs), len(each))).astype(float)


def events_of_all_past(past):
    return past.count(EVERYTHING)


def made(function) -> Feature:
    return Feature(
        name=function.__name__,
        family="own",
        unit="events",
        meaning="made up",
        function=function,
        needs=reads(EVERYTHING),
    )


def found(case, code: str) -> Tried:
    (one,) = (one for one in too_good(case) if one.code == code)
    return one


def test_a_feature_that_forgets_the_cutoff_is_caught():
    broken = rebuilt(buyers_case(made(events_of_all_time)))
    assert not broken.passed
    assert "events_of_all_time" in broken.note


def test_features_of_the_past_are_the_same_without_the_future():
    told = rebuilt(buyers_case(made(events_of_all_past)))
    assert told.passed
    assert "none differs" in told.note


def test_a_customer_at_risk_only_by_what_came_later_is_caught():
    clean = bought_case()
    rows = clean.panel.rows
    stranger = rows.loc[rows["cutoff"].eq(clean.panel.cutoffs[0])].head(1)
    bare = buying().filter(buying()["customer_id"] != stranger["customer_id"].iloc[0])
    late = buying().filter(buying()["customer_id"] == stranger["customer_id"].iloc[0]).tail(1)
    told = rebuilt(replace(clean, parts=[Told(events=bare.vstack(late))]))
    assert not told.passed
    assert GONE in told.note or "days_since" in told.note


@dataclass(frozen=True, kw_only=True)
class Peeking(Fitted):
    """Tells each row its own label."""

    kind: ClassVar[str] = "peeking"

    @property
    def made(self):
        return (Made(name="peek", kind="", subject="", tells=""),)

    def values(self, rows: pd.DataFrame):
        return rows[["label"]].to_numpy(float)


class Peek:
    def fit(self, train: Panel) -> Peeking:
        return Peeking(seen=Seen.of(train))


def test_shuffled_labels_cannot_be_predicted():
    for clean in (drawn_case(), outcomes_case()):
        assert shuffled(clean).passed


def test_a_transform_that_reads_labels_predicts_even_shuffled_ones():
    told = shuffled(replace(drawn_case(), transforms=(Peek(),)))
    assert not told.passed
    assert told.value == pytest.approx(0.5, abs=0.01)


def test_a_transform_that_reads_labels_is_caught_of_several_outcomes():
    told = shuffled(replace(outcomes_case(), transforms=(Peek(),)))
    assert not told.passed
    assert told.value == pytest.approx(0.5, abs=0.01)


def test_the_standard_error_is_that_of_many_shuffles():
    random = np.random.default_rng(0)
    y, p = (random.random(300) < 0.2).astype(float), random.random(300)
    drawn = [auc_and_error(random.permutation(y), p)[0] for _ in range(400)]
    assert auc_and_error(y, p)[1] == pytest.approx(np.std(drawn), rel=0.15)
    assert auc_and_error(np.zeros(5), p[:5]) == (0.5, 0.0)


def test_a_copy_of_the_label_window_is_caught():
    clean = panel(cutoffs=7)
    events = (1 - clean.y) * 3 + np.random.default_rng(0).random(len(clean.y))
    leaky = replace(clean, rows=clean.rows.assign(noise=events))
    told = case(leaky)
    for code, name in (("J01", "churn"), ("J02", "noise"), ("J03", "noise")):
        one = found(told, code)
        assert not one.passed
        assert one.note == f"{name}: {one.value:.3f}"


def test_what_is_missing_only_of_those_who_leave_is_caught():
    clean = drawn_case()
    rows = clean.panel.rows
    empty = rows.assign(noise=rows["noise"].fillna(0.0).mask(rows["label"].eq(1)))
    told = replace(clean, panel=replace(clean.panel, rows=empty))
    told = replace(told, told=told.panel)
    assert found(clean, "J13").passed
    assert found(told, "J13").value == pytest.approx(1.0)
    assert found(told, "J13").note == "noise: 1.000"


def test_a_step_after_which_nobody_stays_is_told():
    clean = drawn_case()
    rows = clean.panel.rows
    asked = rows.assign(noise=(rows["label"].eq(1) & (np.arange(len(rows)) % 2 == 0)).astype(float))
    goodbye = replace(clean.features[2], needs=reads(Where(step="goodbye")))
    told = replace(
        clean,
        panel=replace(clean.panel, rows=asked),
        told=replace(clean.panel, rows=asked),
        features=(*clean.features[:2], goodbye),
    )
    assert found(clean, "J14").value == 0
    assert (found(told, "J14").value, found(told, "J14").note) == (1, "noise")
    own = replace(told, features=(*clean.features[:2], replace(goodbye, needs=NOTHING)))
    assert found(own, "J14").value == 0


def test_a_row_that_stands_there_twice_is_caught():
    clean = drawn_case()
    twice = pd.concat([clean.panel.rows, clean.panel.rows.head(2)], ignore_index=True)
    told = found(replace(clean, panel=replace(clean.panel, rows=twice)), "J15")
    assert (told.value, told.passed) == (2, False)


def test_a_random_split_flatters_where_later_days_are_others():
    # from the last origins on silence means the opposite, and noise tells that they have begun
    clean = panel(cutoffs=8, customers=400)
    late = clean.column("cutoff") >= clean.cutoffs[-2]
    rows = clean.rows.assign(
        days_silent=clean.rows["days_silent"].mask(late, -clean.rows["days_silent"]),
        noise=late.astype(float),
    )
    told = splits(case(replace(clean, rows=rows)))
    assert told.value > 0.03
    assert told.passed


def test_a_random_split_flatters_nobody_where_nothing_changes():
    assert abs(splits(drawn_case()).value) < 0.03


def test_a_clean_panel_passes_and_every_test_is_told():
    for clean, codes in (
        (bought_case(), {"J01", "J02", "J03", "J10", "J11", "J12", "J13", "J14", "J15"}),
    ):
        said: list[str] = []
        told = audit(clean, progress=said.append)
        assert {*told["code"]} == codes
        assert told["passed"].all()
        assert told["code"].is_monotonic_increasing
        assert len(said) == len({*said}) > 3


def test_of_several_outcomes_only_what_can_be_judged_is_judged():
    codes = [one.code for one in too_good(outcomes_case())]
    assert codes == ["J01", "J02", "J03", "J15"]
    assert all(found(outcomes_case(), code).passed for code in ("J01", "J02", "J15"))


def test_an_outcome_that_is_impossible_from_a_stage_is_no_alarm():
    """Each outcome but the commonest comes from one stage alone: the rest is as ever."""
    told = outcomes_case()
    p = np.full_like(told.p, 1e-6)
    p[:, 0] = told.p[:, 0]
    others = np.where(told.y == 0, 1 + (np.arange(len(told.y)) % 2), told.y).astype(int)
    p[np.arange(len(p)), others] = 1 - p[:, 0]
    known = replace(told, tested=replace(told.tested, p={told.name: p}))
    assert found(known, "J01").value == pytest.approx(found(told, "J01").value)
    assert found(known, "J01").passed


def test_no_customer_is_named():
    told = audit(bought_case())
    names = {*bought_case().panel.column("customer_id")}
    assert not [note for note in told["note"] for name in names if name in note]
