"""Features and scores beside what was learned from: alarms that matter, and none from noise."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import changes
from panels import FEATURES, panel

from models.drift.columns import changed
from models.drift.look import customers_changed, drifted
from models.drift.reference import FEATURES_MOST, Recent, Reference, reference_of
from models.drift.shape import Shape
from models.drift.trend import Tonight
from models.rows.panel import Panel

RARE = [0.0] * 97 + [3.0, 5.0, 8.0]

values = st.lists(
    st.one_of(st.floats(-1e9, 1e9), st.integers(-3, 3).map(float), st.just(np.nan)),
    min_size=1,
    max_size=60,
).map(np.array)


def normal(rows: int = 1_000, seed: int = 0, mean: float = 0.0):
    return np.random.default_rng(seed).normal(mean, 1, rows)


def learned(*means: float, rows: int = 1_000, name: str = "one") -> Shape:
    return Shape.of(name, [normal(rows, seed, mean) for seed, mean in enumerate(means)])


def codes(shape: Shape, tonight) -> list[str]:
    return [one.code for one in changed([shape], {shape.name: tonight})]


@given(spans=st.lists(values, min_size=1, max_size=4), tonight=values)
def test_every_row_lies_in_one_group(spans, tonight):
    shape = Shape.of("one", spans)
    assert shape.by_cutoff.sum() == sum(map(len, spans))
    assert shape.grouped(tonight).sum() == len(tonight)


@given(spans=st.lists(values, min_size=1, max_size=4), is_category=st.booleans())
def test_a_shape_is_read_back_as_it_was_kept(spans, is_category):
    shape = Shape.of("one", spans, is_category=is_category)
    assert Shape.from_json(json.loads(json.dumps(shape.as_json()))) == shape


@given(spans=st.lists(values, min_size=1, max_size=4))
def test_what_was_learned_from_is_like_itself(spans):
    assert codes(Shape.of("one", spans), np.concatenate(spans)) == []


def test_a_mean_that_moves_alarms_where_it_stood_still():
    still, restless = learned(*[0.0] * 8), learned(*[-0.4, 0.4] * 4)
    assert codes(still, normal(seed=9, mean=0.4)) == ["D02"]
    assert codes(restless, normal(seed=9, mean=0.4)) == []


def test_the_same_shift_of_few_customers_is_no_alarm():
    assert codes(learned(*[0.0] * 8), normal(40, 9, mean=0.4)) == []


def test_a_spread_that_widens_around_its_mean_alarms():
    assert codes(learned(*[0.0] * 8), 2 * normal(seed=9)) == ["D01"]


def test_money_in_another_unit_is_told_so_also_where_most_have_none():
    shape = Shape.of("money", [np.tile(RARE, 20)] * 4)
    [alarm] = changed([shape], {"money": np.tile(RARE, 20) * 1000})
    assert (alarm.code, alarm.severity, alarm.told["times"]) == ("D05", "act", 1000)
    assert (alarm.told["before"], alarm.told["now"]) == pytest.approx((5, 5000))


def test_missing_values_and_words_never_seen_are_told_apart():
    words = Shape.of("plan", [np.repeat([0.0, 1.0, 2.0], 300)] * 4, is_category=True)
    new = np.repeat([0.0, 1.0, 2.0, 7.0], [300, 300, 200, 100])
    [alarm] = changed([words], {"plan": new})
    assert (alarm.code, alarm.told["value"]) == ("D04", 7)
    assert codes(words, np.repeat([0.0, 1.0, 2.0, np.nan], [300, 300, 200, 100])) == ["D03"]


def test_what_was_the_same_for_everyone_is_seen_to_change():
    shape = Shape.of("constant", [np.ones(500)] * 3)
    assert codes(shape, np.ones(500)) == []
    assert codes(shape, np.repeat([0.0, 1.0], [100, 400]))


@given(told=st.lists(st.integers(-9, 10**13).map(float), min_size=5, max_size=60))
def test_no_value_of_a_customer_is_kept_unless_everybody_has_it(told):
    assert not {*Shape.of("one", [np.array(told)]).edges} & {*told} or len({*told}) == 1
    few = Shape.of("one", [np.array(told[:4]), np.array(told[:4])])
    assert (few.edges, {*few.means}, {*few.sizes}) == ((), {None}, {None})


def test_a_reference_is_small_and_names_no_customer():
    random = np.random.default_rng(0)
    names = tuple(f"feature_{number}" for number in range(FEATURES_MOST + 10))
    rows = panel(cutoffs=14, customers=60).rows[["customer_id", "cutoff"]]
    told = pd.DataFrame(random.lognormal(8, 2, (len(rows), len(names))), columns=list(names))
    whole = Panel(pd.concat([rows, told], axis=1), names)
    gains = dict(zip(names, range(len(names)), strict=True))
    reference = reference_of(Recent.of(whole), gains, scores=[random.random(200)])
    text = reference.text()
    assert len(reference.features) == FEATURES_MOST
    assert reference.features[0].name == names[-1]
    assert len(text) < 400_000
    assert '"c1"' not in text
    assert Reference.from_json(json.loads(text)) == reference


def test_scores_that_move_are_told_of_the_score():
    one = panel(cutoffs=8, customers=600)
    p = np.random.default_rng(0).beta(2, 6, 3000)
    reference = reference_of(Recent.of(one), dict.fromkeys(FEATURES, 1), scores=np.split(p, 5))
    tonight, at = panel(cutoffs=1, customers=600, seed=1).rows, one.cutoffs[-1].to_pydatetime()
    assert drifted(reference, tonight, cutoff=at, scores=p[:600]) == []
    [alarm] = drifted(reference, tonight, cutoff=at, scores=np.sqrt(p[:600]))
    assert (alarm.code, alarm.about, alarm.severity) == ("D21", "score", "act")
    assert alarm.told["now"] == pytest.approx(np.sqrt(p[:600]).mean())
    assert drifted(reference, tonight, cutoff=at, scores=np.full(600, np.nan)) == []


def test_customers_at_risk_may_grow_but_not_halve():
    first = datetime(2026, 1, 1, tzinfo=UTC)
    cutoffs = tuple(first + timedelta(days=14 * place) for place in range(12))
    grown = tuple(int(1000 * 1.02**place) for place in range(12))
    reference = Reference(cutoffs=cutoffs, customers=grown, features=())
    tonight = cutoffs[-1] + timedelta(days=42)
    assert customers_changed(reference, int(grown[-1] * 1.06), tonight) == []
    [alarm] = customers_changed(reference, grown[-1] // 2, tonight)
    assert (alarm.code, alarm.told["ratio"]) == ("D06", pytest.approx(0.5, abs=0.01))


@pytest.mark.slow
def test_unchanged_businesses_are_silent_and_planted_changes_are_named():
    said: list[str] = []
    assert changes.run(40, said.append) == {"false_alarms": 0, "missed_alarms": 0}, said


def test_after_a_mailing_to_everybody_days_are_few_and_in_no_other_unit():
    random = np.random.default_rng(0)
    shape = Shape.of("days_since_mail", [random.integers(20, 90, 400) * 1.0 for _ in range(8)])
    tonight = {shape.name: random.integers(1, 3, 400) * 1.0}
    days = Tonight(spans=[shape.name])
    assert [one.code for one in changed([shape], tonight)] == ["D05"]
    assert [one.code for one in changed([shape], tonight, days)] == ["D02"]


def test_a_trend_that_goes_on_is_no_change_and_one_that_turns_is():
    """The longest gap of all history grows the longer history is."""
    shape = learned(*(0.05 * cutoff for cutoff in range(12)), rows=3_000)
    known = Tonight(cutoffs=12, ahead=0.5)
    further, back = (0.05 * place for place in (16.5, -8.0))
    assert codes(shape, normal(3_000, 99, further)) == ["D02"]
    assert changed([shape], {"one": normal(3_000, 99, further)}, known) == []
    assert changed([shape], {"one": normal(3_000, 99, back)}, known)
    assert changed([shape], {"one": normal(3_000, 99, 2.0)}, known)
    steady = learned(*np.random.default_rng(3).normal(0, 0.05, 12), rows=3_000)
    assert changed([steady], {"one": normal(3_000, 99, 0.6)}, known)


def test_a_feature_that_ever_fewer_miss_may_go_on_so():
    def rows(share, seed):
        values = normal(3_000, seed)
        values[: int(share * len(values))] = np.nan
        return values

    shape = Shape.of("one", [rows(0.6 - 0.03 * at, at) for at in range(12)])
    assert codes(shape, rows(0.1, 50)) == ["D03"]
    known = Tonight(cutoffs=12, ahead=0.5)
    assert changed([shape], {"one": rows(0.1, 50)}, known) == []
    assert [one.code for one in changed([shape], {"one": rows(0.99, 50)}, known)] == ["D03"]
