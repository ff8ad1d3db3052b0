"""The gates before publishing: each fires on its fault and is silent on its twin."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nights import FIRST, a_night, a_run

from features.errors import GateFailed, WorkspaceInvalid
from features.lake.emptiness import Emptiness
from serving.gates import CODES, GateParams, GatesFailed, Last, Tonight, fit_rows, judged
from serving.gates.checking import LOOKS, check_codes
from serving.gates.last import last_published
from serving.gates.spread import Spread, chance_instability, instability
from serving.store import Store

PARAMS = GateParams()
CHANCE = np.random.default_rng(6)
"""Seeded: the same draws each time."""


def probabilities(rows=1000, mean=0.2):
    return np.clip(CHANCE.beta(2, 2 / mean - 2, rows), 0.001, 0.999)


def last(rows=1000, **changed):
    given_ = {
        "run_id": "before",
        "as_of": FIRST - timedelta(days=1),
        "rows": rows,
        "model_version": 1,
        "spread": Spread.of(probabilities(rows)),
        "suppressed": 0,
    }
    return Last(**(given_ | changed))


def tonight(**changed):
    """A night like the one before; `changed` says in what it is not."""
    given_ = {
        "run": a_run(),
        "rows": 1000,
        "spread": Spread.of(probabilities()),
        "newest_event": FIRST - timedelta(hours=3),
        "trained_through": FIRST - timedelta(days=35),
        "champion_version": 1,
        "features_needed": {"gap_days": "aa", "visits": "bb"},
        "features_built": {"gap_days": "aa", "visits": "bb", "new": "cc"},
        "emptiness": [emptied(10, 300)],
        "last": last(),
    }
    return Tonight(**(given_ | changed))


def emptied(recent, before, rows=100, rows_before=3000):
    return Emptiness(
        source="orders",
        column="value",
        rows=rows,
        empty=recent,
        rows_before=rows_before,
        empty_before=before,
    )


SAME = Spread.of(np.full(1000, 0.2))
STRETCHED = Spread.of(np.clip(np.tile([0.02, 0.38], 500), 0, 1))

TWINS = {
    "G01": (
        {"rows": 590, "spread": Spread.of(probabilities(590))},
        {"rows": 610, "spread": Spread.of(probabilities(610))},
    ),
    "G03": ({"newest_event": FIRST - timedelta(days=8)}, {"newest_event": FIRST}),
    "G04": (
        {"spread": SAME, "last": None},
        {"spread": Spread.of(np.r_[np.full(900, 0.2), probabilities(100)]), "last": None},
    ),
    "G05": ({"unfit": 2}, {"unfit": 1}),
    "G06": (
        {"spread": Spread.of(probabilities(mean=0.27)), "last": last(spread=None)},
        {"spread": Spread.of(probabilities(mean=0.21))},
    ),
    "G07": ({"spread": STRETCHED}, {}),
    "G08": (
        {"features_built": {"gap_days": "zz", "visits": "bb"}},
        {"features_built": {"gap_days": "aa", "visits": "bb"}},
    ),
    "G09": (
        {"trained_through": FIRST - timedelta(days=28 + 181)},
        {"trained_through": FIRST - timedelta(days=28 + 180)},
    ),
    "G10": ({"emptiness": [emptied(60, 300)]}, {"emptiness": [emptied(30, 300)]}),
    "G11": ({"suppressed": 400}, {"suppressed": 100}),
}
TWINS["G06"][0]["last"] = last(spread=Spread.of(probabilities(mean=0.2)))


def failed(night):
    return {code for code, look in LOOKS.items() if (g := look(night, PARAMS)) and not g.passed}


def test_every_gate_has_twins():
    assert set(TWINS) == set(LOOKS) == set(CODES) - {"G02"}


@pytest.mark.parametrize("code", TWINS)
def test_a_gate_fires_on_its_fault(code):
    found = LOOKS[code](tonight(**TWINS[code][0]), PARAMS)
    assert (found.code, found.passed) == (code, False)
    assert any(character.isdigit() for character in found.sentence)


@pytest.mark.parametrize("code", TWINS)
def test_a_gate_is_silent_on_the_twin(code):
    assert failed(tonight(**TWINS[code][1])) == set()


def test_nobody_at_risk_stops_the_night_and_cannot_be_accepted():
    nobody = pd.DataFrame({"probability": [np.nan, 1.2], "band": [None, None]})
    for rows in (nobody, nobody.head(0)):
        with pytest.raises(GateFailed, match="G02: 0 rows") as refused:
            fit_rows(rows)
        assert refused.value.exit_code == 9
    with pytest.raises(WorkspaceInvalid, match="nothing to publish"):
        check_codes(["G02"], "sale")


def test_whoever_has_no_probability_is_left_out_and_counted():
    told = pd.DataFrame(
        {
            "probability": [0.0, np.nan, np.inf, -0.1, 1.0, np.nan],
            "band": [None, None, None, None, None, "high"],
        }
    )
    rows, unfit = fit_rows(told)
    assert unfit == 3
    assert rows["probability"].fillna(9).tolist() == [0, 1, 9]


def test_the_first_night_compares_nothing():
    assert failed(tonight(last=None, rows=3, suppressed=900)) == set()


def test_rules_pass_what_is_about_probabilities():
    told = [LOOKS[code](tonight(spread=None), PARAMS) for code in ("G04", "G05", "G06", "G07")]
    assert told == [None] * 4


@given(before=st.integers(1, 40), now=st.integers(1, 40))
def test_of_a_handful_of_customers_only_the_impossible_stops(before, now):
    gate = LOOKS["G01"](tonight(rows=now, last=last(before)), PARAMS)
    is_far = abs(now - before) > 3 * (now + before) ** 0.5
    assert gate.passed or is_far


@given(seed=st.integers(0, 10_000), rows=st.integers(30, 400))
def test_two_nights_of_the_same_kind_pass(seed, rows):
    chance = np.random.default_rng(seed)
    one, other = (Spread.of(chance.beta(2, 8, rows)) for _ in range(2))
    night = tonight(rows=rows, spread=one, last=last(rows, spread=other))
    assert {"G01", "G04", "G07"}.isdisjoint(failed(night))
    assert instability(one, one) == 0
    assert instability(one, other) == pytest.approx(instability(other, one))


def test_what_chance_allows_is_what_scipy_says():
    from scipy.stats import chi2, norm  # noqa: PLC0415  only this oracle needs it

    spread = Spread.of(np.linspace(0.001, 0.999, 500))
    exact = chi2.ppf(norm.cdf(3.09), 15) * (2 / 500)
    assert chance_instability(spread, spread) == pytest.approx(exact, rel=0.01)


def test_a_mean_that_always_moves_may_move_more():
    jump = tonight(
        spread=Spread.of(probabilities(mean=0.27)), last=last(means_before=[0.26, 0.2] * 4)
    )
    calm = replace(jump, last=replace(jump.last, means_before=[0.2] * 8))
    assert LOOKS["G06"](jump, PARAMS).passed
    assert not LOOKS["G06"](calm, PARAMS).passed


def test_who_scored_must_be_the_champion_still():
    assert failed(tonight(champion_version=2)) == {"G08"}


def test_all_that_fails_is_told_at_once_with_how_to_accept_it():
    night = tonight(unfit=90, newest_event=FIRST - timedelta(days=30))
    with pytest.raises(GatesFailed) as stopped:
        judged(night, PARAMS, accept=["G05"])
    assert "G03: the newest event" in stopped.value.what
    assert "G05" not in stopped.value.what
    assert stopped.value.where == f"run {a_run().run_id}"
    assert '--accept G03 --why "the reason"' in stopped.value.mend
    assert stopped.value.exit_code == 9
    found = judged(night, PARAMS, accept=["G03", "G05", "G01"])
    assert [gate.code for gate in found.accepted] == ["G03", "G05"]


@pytest.mark.parametrize(
    ("accept", "why", "told"),
    [
        (["G99"], "sale", "no gate"),
        (["G01"], " ", "without a reason"),
        (["g01"], "sale", "no gate"),
    ],
)
def test_what_cannot_be_accepted_is_a_mistake(accept, why, told):
    with pytest.raises(WorkspaceInvalid, match=told):
        check_codes(accept, why)
    check_codes(["G01"], "sale")
    check_codes([], "")


def test_a_limit_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"fewer_rows_most is 1\.5; write a share"):
        GateParams(fewer_rows_most=1.5)
    with pytest.raises(ValueError, match="stale_days_most is -1"):
        GateParams(stale_days_most=-1)


def test_the_next_night_is_compared_with_what_was_kept(tmp_path):
    spreads = [Spread.of(probabilities(60, mean)) for mean in (0.2, 0.3, 0.25)]
    with closing(Store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
        assert last_published(store, FIRST, model_version=1) is None
        for night, spread in enumerate(spreads):
            run = a_run(night)
            kept = tonight(run=run, spread=spread, suppressed=night).as_json()
            store.publish(run, a_night(run, 4), published_at=run.as_of, summary={"gates": kept})
        found = last_published(store, FIRST + timedelta(days=3), model_version=1)
        assert (found.run_id, found.rows, found.suppressed) == (a_run(2).run_id, 4, 2)
        assert found.spread == spreads[2]
        assert list(found.means_before) == [spreads[1].mean, spreads[0].mean]
        assert last_published(store, FIRST + timedelta(days=1), model_version=1) is None


def test_after_a_rollback_probabilities_are_compared_with_the_models_own(tmp_path):
    versions = {1: 0.2, 2: 0.6}
    spreads = {version: Spread.of(probabilities(300, mean)) for version, mean in versions.items()}
    later = FIRST + timedelta(days=2)
    with closing(Store(f"sqlite:///{tmp_path / 'store.db'}")) as store:
        for night, version in enumerate(versions):
            run = a_run(night, model_version=version)
            kept = tonight(run=run, spread=spreads[version]).as_json()
            store.publish(run, a_night(run, 3), published_at=run.as_of, summary={"gates": kept})
        found = {v: last_published(store, later, model_version=v) for v in (1, 2, 3)}
    assert {v: last.spread for v, last in found.items()} == {**spreads, 3: spreads[2]}
    assert {v: last.model_version for v, last in found.items()} == {1: 1, 2: 2, 3: 2}
    assert {last.run_id for last in found.values()} == {a_run(1, model_version=2).run_id}
    assert list(found[3].means_before) == [spreads[1].mean]
