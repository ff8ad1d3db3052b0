"""Watching: what is kept and read again, steady nights, sources, what came true."""

import json
import math
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nights import FIRST, a_night, a_ruled_night, a_run

from features.lake.emptiness import Emptiness
from models.judging.bootstrap import Interval
from models.judging.came_true import came_true
from models.rows.panel import Panel
from models.rows.treated import NO_ONE
from serving.store import Store
from serving.watching import WatchParams
from serving.watching.estimating import strayed
from serving.watching.health import health
from serving.watching.inputs import emptiness_alarms, quarantine_alarms, set_aside
from serving.watching.matured import interval, plain, probabilities, scored, truth
from serving.watching.noise import apart, beyond
from serving.watching.records import (
    Kept,
    due,
    keep_matured,
    keep_watch,
    matured_before,
    plainly,
    run_before,
    run_to_watch,
    watch_of,
    watched_before,
)
from serving.watching.steadiness import Steadiness, steadiness

PARAMS = WatchParams()
DAY = timedelta(days=1)


@pytest.fixture
def store(store_url):
    with closing(Store(store_url)) as opened:
        yield opened


def publish(store, run, scores):
    store.publish(run, scores, published_at=run.as_of + DAY / 4)


def kept(night=0, **facts):
    return Kept(run_id=f"run {night}", as_of=FIRST + night * DAY, facts=facts)


def test_a_run_watched_again_has_one_row_and_the_newest_comes_first(store):
    for night, told in ((0, "a"), (1, "b"), (1, "c")):
        at = FIRST + night * DAY
        store.write(partial(keep_watch, kept=kept(night, told=told), watched_at=at))
    found = store.read(partial(watched_before, until=FIRST + DAY))
    assert [one.facts["told"] for one in found] == ["c", "a"]
    found = store.read(partial(watched_before, until=FIRST))
    assert [one.facts["told"] for one in found] == ["a"]
    assert health(store, FIRST + DAY).watch == kept(1, told="c")
    assert store.read(partial(watch_of, run_id="run 0")) == kept(0, told="a")
    assert store.read(partial(watch_of, run_id="run 9")) is None


def test_two_who_watch_one_run_at_once_keep_one_row(store):
    begun, together = threading.Event(), []

    def first(connection):
        keep_watch(connection, kept(told="a"), FIRST)
        begun.set()
        other.join(0.1)

    def second():
        begun.wait()
        store.write(partial(keep_watch, kept=kept(told="b"), watched_at=FIRST))
        together.append("b")

    other = threading.Thread(target=second)
    other.start()
    store.write(first)
    other.join()
    assert together == ["b"]
    assert store.read(partial(watch_of, run_id="run 0")) == kept(told="b")


def test_what_came_true_is_told_only_to_who_looks_after_it_did(store):
    """A look at an earlier day must not know what a later look found."""
    run = a_run(0)
    again = replace(run, run_id="again")
    other = a_run(1)
    for hours, (one, version) in enumerate([(run, 1), (again, 2), (other, 1)]):
        scores = a_night(one).assign(run_id=one.run_id)
        store.publish(one, scores, published_at=FIRST + DAY + timedelta(hours=hours))
        found = Kept(run_id=one.run_id, as_of=one.as_of, facts={"version": version})
        store.write(partial(keep_matured, kept=found, measured_at=FIRST))

    def told(until):
        return [one.run_id for one in store.read(partial(matured_before, until=until))]

    over = run.expires_at
    assert told(over - timedelta(microseconds=1)) == []
    assert told(over) == ["again"], "of a night that was scored twice what was published last"
    assert told(other.expires_at) == [other.run_id, "again"]
    assert [one.run_id for one in health(store, over).matured] == ["again"]


def test_runs_fall_due_when_their_horizon_is_over_and_only_until_they_are_measured(store):
    first, second = a_run(0), a_run(1)
    assert store.read(partial(run_to_watch, cutoff=FIRST)) is None
    for run in (first, second):
        publish(store, run, a_night(run))
    assert store.read(partial(run_to_watch, cutoff=FIRST + DAY / 2)) == first
    assert store.read(partial(run_to_watch, cutoff=FIRST + 9 * DAY)) == second
    assert store.read(partial(run_before, run=second)) == first
    assert store.read(partial(run_before, run=first)) is None
    over = first.expires_at
    assert store.read(partial(due, told_until=over - timedelta(microseconds=1))) == []
    assert store.read(partial(due, told_until=over)) == [first]
    done = Kept(run_id=first.run_id, as_of=first.as_of)
    store.write(partial(keep_matured, kept=done, measured_at=over))
    assert store.read(partial(due, told_until=over + 9 * DAY)) == [second]
    again = replace(second, run_id="again")
    store.publish(again, a_night(again).assign(run_id="again"), published_at=second.as_of + DAY / 2)
    assert store.read(partial(due, told_until=over + 9 * DAY)) == [again]


def test_facts_are_what_every_database_takes():
    told = {"a": (float("inf"), np.float64(0.5)), "b": {1: np.int64(2)}, "c": None, "d": "x"}
    assert plainly(told) == {"a": [None, 0.5], "b": {"1": 2}, "c": None, "d": "x"}
    assert interval(plain(Interval(0.5, float("nan"), 1.0)))[::2] == (0.5, 1.0)
    assert all(map(math.isnan, interval(None)))


def test_bands_that_flip_and_reasons_that_are_told_again_are_counted(store):
    reasons = [[{"code": code, "kind": "act", "theme": "t", "sentence": code} for code in "AB"]] * 4
    others = [reasons[0], [reasons[0][0]], [], reasons[0][:1]]
    before, now = a_run(0), a_run(1)
    publish(store, before, a_night(before, 4, probabilities=np.full(4, 0.9), reasons=reasons))
    p = np.array([0.9, 0.9, 0.9, 0.01])
    publish(store, now, a_night(now, 4, probabilities=p, reasons=others))
    found = store.read(partial(steadiness, run=now, before=before))
    assert (found.customers, found.flipped, found.explained) == (4, 1, 3)
    assert found.alike == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert (found.flips, found.days, found.same_model) == (0.25, 1, True)
    assert sorted(store.read(partial(probabilities, run=now))) == sorted(p)


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, ["W01", "W02"]),
        ({"flipped": 20}, ["W02"]),
        ({"alike": 0.9}, ["W01"]),
        ({"same_model": False}, []),
        ({"days": 7}, []),
        ({"customers": 20, "flipped": 10, "explained": 10}, []),
    ],
)
def test_unsteady_nights_alarm_beyond_chance(changed, codes):
    unsteady = Steadiness(
        run_before="r",
        days=1,
        same_model=True,
        customers=1000,
        flipped=200,
        explained=300,
        alike=0.2,
    )
    found = replace(unsteady, **changed).alarms(PARAMS)
    assert [one.code for one in found] == codes


def test_more_rows_set_aside_than_usual_name_the_source():
    def counts(rows, aside):
        one = {"name": "orders", "rows_read": rows, "rows_quarantined": aside}
        return set_aside([one, {"name": "web", "rows_read": 9, "rows_quarantined": 9}])

    usual = [kept(night, set_aside=counts(1000, 10)) for night in range(5)]
    (alarm,) = quarantine_alarms(counts(1000, 80), usual, PARAMS)
    assert (alarm.code, alarm.name) == ("W03", "orders")
    assert alarm.told["share"] == pytest.approx(0.08)
    assert quarantine_alarms(counts(1000, 14), usual, PARAMS) == []
    assert quarantine_alarms(counts(50, 3), usual, PARAMS) == []
    assert quarantine_alarms(counts(1000, 80), [kept(0)], PARAMS) == []


def test_emptier_columns_are_named_beyond_chance():
    def column(empty, rows=400):
        return Emptiness(
            source="crm",
            column="city",
            rows=rows,
            empty=empty,
            rows_before=4000,
            empty_before=200,
        )

    (alarm,) = emptiness_alarms([column(80)], PARAMS)
    assert (alarm.name, alarm.told["column"]) == ("crm", "city")
    assert emptiness_alarms([column(30), column(6, rows=40), column(20, rows=20)], PARAMS) == []


@given(st.integers(30, 100_000), st.floats(0.01, 0.5))
def test_a_share_at_its_limit_or_as_before_is_no_alarm(rows, share):
    assert not beyond(share, share, rows)
    assert not apart(share, rows, share, rows, 0.0)
    assert beyond(min(share + 0.5, 1.0), share, 10_000)


HOW = {"capacity": 0.1, "effect_days": 90}


def told_to(p, label):
    """A run of customers who were told a probability, and who of them left."""
    at = pd.Series(FIRST, index=range(len(p)), dtype="datetime64[us, UTC]")
    rows = pd.DataFrame({"customer_id": [f"c{number}" for number in range(len(p))], "cutoff": at})
    rows = rows.assign(matured_at=at + 28 * DAY, probability=p, label=np.asarray(label, int))
    return Panel(rows, ())


def drawn(who, held, days, *, lasting=False):
    """Lots of some of them so many days after the cutoff; one in five is held out."""
    rows = pd.DataFrame({"customer_id": [f"c{number}" for number in np.flatnonzero(who)]})
    rows = rows.assign(assigned_at=FIRST + days * DAY, lasting=lasting)
    out = held[who]
    arms = {"arm": np.where(out, "control", "treated"), "probability": np.where(out, 0.2, 0.8)}
    return rows.assign(**arms).astype(NO_ONE.dtypes)


def test_what_came_true_leaves_out_those_contacted_and_counts_those_held_out_for_them():
    rng, rows = np.random.default_rng(2), 4000
    p = rng.uniform(0.05, 0.6, rows).round(2)
    left = rng.random(rows) < p
    risky, held = p > 0.4, rng.random(rows) < 0.2
    treated = risky & ~held
    panel = told_to(p, np.where(treated, 0, left))
    found = truth(panel, drawn(risky, held, 1), **HOW)
    told = {name: found[name]["observed_over_expected"] for name in ("true", "as_seen")}
    assert told["true"]["low"] < 1 < told["true"]["high"]
    assert told["as_seen"]["high"] < 0.8
    assert found["of_contacted"]["observed_over_expected"]["value"] == 0
    assert (found["contacted"], found["held_out"]) == (treated.sum(), (risky & held).sum())
    assert (found["alone"], found["left_alone"]) == ((~treated).sum(), left[~treated].sum())
    auc = came_true(left.astype(float), p)["auc"]
    assert found["true"]["auc"]["low"] < auc.value < found["true"]["auc"]["high"]
    for nobody in (NO_ONE, drawn(risky, held, -91)):
        alone = truth(panel, nobody, **HOW)
        assert alone["true"] == alone["as_seen"]
        assert (alone["contacted"], alone["held_out"], alone["of_contacted"]) == (0, 0, {})
    lasting = truth(panel, drawn(risky, held, -91, lasting=True), **HOW)
    assert lasting == found, "who is in an experiment of ours goes on being treated or held out"
    assert json.loads(json.dumps(plainly(found), allow_nan=False)) == plainly(found)


def test_who_is_treated_because_of_silence_after_the_cutoff_bends_no_truth():
    """Of those who leave most fall silent first, and are drawn for that before all is known."""
    rng, rows = np.random.default_rng(3), 6000
    p = rng.uniform(0.02, 0.4, rows)
    left = rng.random(rows) < p
    silent, held = rng.random(rows) < np.where(left, 0.7, 0.1), rng.random(rows) < 0.2
    told = truth(told_to(p, left), drawn(silent, held, 14), **HOW)["true"]
    level = told["observed_over_expected"]
    assert level["low"] < 1 < level["high"]
    both = pd.concat([drawn(silent, held, -200), drawn(silent, held, 14)])
    again = truth(told_to(p, left), both, **HOW)["true"]["observed_over_expected"]
    assert again == pytest.approx(level), "lots of long ago are over"


def test_the_scores_of_a_run_are_read_and_rules_have_none(store):
    run, ruled = a_run(0), replace(a_run(1), tier="rules", grade="none")
    publish(store, run, a_night(run))
    publish(store, ruled, a_ruled_night(["high", "low"], night=1))
    found = store.read(partial(scored, run=run)).set_index("customer_id")
    assert found["probability"].to_dict() == pytest.approx({"c0": 0.1, "c1": 0.5, "c2": 0.9})
    assert store.read(partial(scored, run=ruled)).empty
    assert np.isnan(store.read(partial(probabilities, run=ruled))).all()


def test_of_matured_runs_only_those_apart_tell_how_far_probabilities_stray():
    def matured(night, version=1):
        told = {name: plain(Interval(1.1, 1.0, 1.2)) for name in ("observed_over_expected",)}
        told["calibration_slope"] = plain(Interval(1.0, 0.9, 1.1))
        return kept(night, model_version=version, true=told)

    nights = [matured(night) for night in range(60, -1, -1)]
    assert len(strayed(nights, 1, horizon_days=28)) == 3
    assert strayed([kept(0, skipped="gone", model_version=1), matured(0, 2)], 1, 28) == []
