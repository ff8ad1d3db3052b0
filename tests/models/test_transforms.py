"""Fitted transforms: they saw training rows alone, tell no row its own label, and can be kept."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import panel

from features.errors import ModelRefused
from models.judging.evaluation import backtest, purged
from models.learning.baselines import Baseline
from models.rows.activity import ACTIVE_DAYS, RECENCY, TENURE
from models.rows.panel import Panel
from models.transforms.bgnbd import BgNbd
from models.transforms.chosen import TransformParams, beside, fit_all, from_json
from models.transforms.drawn import folds, some
from models.transforms.learning import Transforming
from models.transforms.markov import Markov
from models.transforms.rates import Rates

BGNBD = BgNbd(start_days=1, end_days=29, active_within_days=56)
STEPS = Markov(label="next_step", context=("last_step_1", "last_step_2"), most=2)
STAGES = Markov(label="next_stage", context=("stage",))
RATES = Rates(columns=("stage", "last_step_1"))
ALL = (BGNBD, STEPS, STAGES, RATES)
WORDS = ("order", "visit", "Live chat", "letter")


def told(cutoffs: int = 6, customers: int = 61, seed: int = 0) -> Panel:
    """A panel with categories, what came next, and days of buying."""
    plain, random = panel(cutoffs, customers, seed), np.random.default_rng(seed)
    size = len(plain.rows)
    stage, last = random.integers(0, 3, size), random.integers(0, 4, size).astype(float)
    last[random.random(size) < 0.2] = np.nan
    age = random.uniform(1, 300, size)
    rows = plain.rows.assign(
        stage=stage,
        last_step_1=last,
        last_step_2=random.integers(0, 4, size),
        next_step=np.where(random.random(size) < 0.3, None, random.choice(WORDS, size)),
        next_stage=np.where(stage == 0, None, random.choice(["aware", "gone"], size)),
        **{
            ACTIVE_DAYS: random.geometric(0.2, size),
            RECENCY: age * random.random(size) * 0.3,
            TENURE: age,
        },
    )
    return replace(plain, rows=rows)


def as_text(transform, train: Panel) -> str:
    """All that was learned, as it is kept."""
    return json.dumps(transform.fit(train).as_json())


def spoilt(rows: pd.DataFrame, outside: pd.Series, seed: int) -> pd.DataFrame:
    """The same rows, with everything outside shuffled, some of it gone, in another order."""
    random, values = np.random.default_rng(seed), rows.copy()
    places = np.flatnonzero(outside)
    for name in values.columns.drop(["cutoff", "matured_at"]):
        column = values[name].to_numpy(copy=True)
        column[places] = column[random.permutation(places)]
        values[name] = column
    gone = random.choice(places, len(places) // 3, replace=False)
    return values.drop(index=values.index[gone]).sample(frac=1, random_state=seed)


@pytest.mark.parametrize("transform", ALL, ids=["bgnbd", "steps", "stages", "rates"])
@given(seed=st.integers(0, 10**6), back=st.integers(1, 2))
def test_rows_and_labels_outside_the_training_panel_change_no_byte(transform, seed, back):
    whole = told(seed=seed % 7)
    origin = whole.cutoffs[-back]
    train = purged(whole, origin)
    outside = ~whole.rows.index.isin(train.rows.index)
    assert outside.any()
    other = replace(whole, rows=spoilt(whole.rows, outside, seed))
    assert as_text(transform, purged(other, origin)) == as_text(transform, train)


@pytest.mark.parametrize("transform", ALL, ids=["bgnbd", "steps", "stages", "rates"])
def test_a_training_row_does_change_what_is_learned(transform):
    """The twin of the law above: it could fail."""
    train = purged(told(), told().cutoffs[-1])
    fewer = replace(train, rows=train.rows.iloc[:-5])
    assert as_text(transform, fewer) != as_text(transform, train)


@dataclass(frozen=True)
class Spy:
    """A transform that remembers what it was shown."""

    inner: object
    shown: list = field(default_factory=list)

    def fit(self, train):
        self.shown.append(train)
        return self.inner.fit(train)


def test_at_each_origin_only_what_had_matured_by_then_was_seen():
    whole, spies = told(cutoffs=8), [Spy(transform) for transform in ALL]
    tested = backtest(whole, [Transforming(Baseline("rule", ("days_silent",)), spies)], origins=3)
    assert len(tested.origins) == 3
    for spy in spies:
        for origin, train in zip(tested.origins, spy.shown, strict=True):
            assert train.column("matured_at").max() <= origin
            seen = spy.inner.fit(train).seen
            assert seen.rows == len(whole.matured_by(origin).rows)
            assert pd.Timestamp(seen.matured_at) == train.column("matured_at").max()
            assert pd.Timestamp(seen.last_cutoff) == train.cutoffs[-1]


def test_labels_that_ripen_later_change_no_prediction():
    whole = told()
    unripe = whole.rows["matured_at"] > whole.cutoffs[-1]
    flipped = whole.rows.assign(
        label=whole.rows["label"].where(~unripe, 1 - whole.rows["label"]),
        next_step=whole.rows["next_step"].where(~unripe, "order"),
        next_stage=whole.rows["next_stage"].where(~unripe, "gone"),
    )
    columns = ("days_silent", "churn_rate_stage", "no_next_step", "bgnbd_none_28d")
    learner = Transforming(Baseline("rule", columns), ALL)
    before, after = (
        backtest(replace(whole, rows=rows), [learner], origins=1).predictions["rule"]
        for rows in (whole.rows, flipped)
    )
    pd.testing.assert_series_equal(before, after)


@pytest.mark.parametrize("transform", ALL, ids=["bgnbd", "steps", "stages", "rates"])
def test_rows_before_what_was_seen_are_refused(transform):
    whole = told()
    fitted = transform.fit(purged(whole, whole.cutoffs[-1]))
    assert len(fitted.columns(whole.at(whole.cutoffs[-1]).rows))
    with pytest.raises(ModelRefused, match="after the cutoff 2026-02-26"):
        fitted.columns(whole.at(whole.cutoffs[-2]).rows)


@pytest.mark.parametrize("transform", ALL, ids=["bgnbd", "steps", "stages", "rates"])
def test_what_is_kept_tells_the_same(transform):
    fitted = transform.fit(purged(told(), told().cutoffs[-1]))
    again = from_json(json.loads(json.dumps(fitted.as_json())))
    rows = told().at(told().cutoffs[-1]).rows
    assert again == fitted
    pd.testing.assert_frame_equal(again.columns(rows), fitted.columns(rows), check_exact=True)


@pytest.mark.parametrize("transform", ALL, ids=["bgnbd", "steps", "stages", "rates"])
def test_a_customer_alone_is_told_the_same_as_in_the_crowd(transform):
    fitted = transform.fit(purged(told(), told().cutoffs[-1]))
    tonight = told().at(told().cutoffs[-1]).rows
    crowd = fitted.values(tonight)
    for size in (1, 3, 7):
        alone = fitted.values(tonight.iloc[-size:])
        np.testing.assert_array_equal(alone, crowd[-size:])


def test_what_is_kept_of_an_unknown_kind_is_refused():
    with pytest.raises(ModelRefused, match="transform of kind 'crystal ball'"):
        from_json({"kind": "crystal ball"})


@pytest.mark.parametrize(
    "transform", [replace(STEPS, most=8), STAGES, RATES], ids=["steps", "stages", "rates"]
)
def test_no_customer_is_told_by_their_own_labels(transform):
    train = told()
    own = train.rows["customer_id"].eq("c7")
    other = train.rows.assign(
        label=train.rows["label"].where(~own, 1 - train.rows["label"]),
        next_step=train.rows["next_step"].where(~own, "order"),
        next_stage=train.rows["next_stage"].where(~own, "gone"),
    )
    before = transform.fit(train).own_columns(train)
    changed = replace(train, rows=other)
    after = transform.fit(changed).own_columns(changed)
    same = {"check_exact": True, "check_like": True}
    pd.testing.assert_frame_equal(before[own], after[own], **same)
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(before, after, **same)


def test_a_customer_stays_in_one_fold_whoever_is_there():
    crowd = [f"c{number}" for number in range(100)]
    fold = dict(zip(crowd, folds(crowd, 5), strict=True))
    assert set(fold.values()) == set(range(5))
    assert folds(crowd[::-3], 5).tolist() == [fold[one] for one in crowd[::-3]]
    few = [one for one, drawn in zip(crowd, some(crowd, 10), strict=True) if drawn]
    assert len(few) == 10
    backwards = zip(crowd[::-1], some(crowd[::-1], 10), strict=True)
    assert [one for one, drawn in backwards if drawn] == few[::-1]


def test_columns_stand_beside_the_features():
    train = purged(told(), told().cutoffs[-1])
    fitted, beside_features = fit_all(ALL, train)
    names = [name for one in fitted for name in one.names]
    assert beside_features.features == (*train.features, *names)
    assert names[:3] == ["bgnbd_expected_28d", "bgnbd_none_28d", "no_next_step"]
    assert {"next_stage_gone", "churn_rate_stage", "churn_rate_last_step_1"} < set(names)
    tonight = beside(told().at(told().cutoffs[-1]).rows, fitted)
    assert list(tonight.columns)[-len(names) :] == names
    assert tonight[names].notna().all(axis=None)


def test_without_transforms_nothing_is_added():
    fitted, same = fit_all((), told())
    assert fitted == ()
    assert same.features == told().features


def test_what_is_not_in_the_panel_is_not_fitted_and_said_so():
    bare = panel()
    notes = {one.kind: one.note for one in (transform.fit(bare) for transform in ALL)}
    assert notes == {
        "bgnbd": "not fitted: no rfm_active_days, rfm_recency_days, rfm_tenure_days",
        "markov": "not fitted: no next_stage, stage",
        "rates": "not fitted: no stage, last_step_1",
    }
    _, same = fit_all(ALL, bare)
    assert same.features == bare.features


def test_shares_of_a_chain_by_eye():
    rows = told().rows.head(4).assign(last_step_1=[1, 1, 1, 2], next_step=["a", "a", None, "b"])
    train = replace(told(), rows=rows)
    chain = Markov(label="next_step", context=("last_step_1",), most=1, pseudo_rows=1.0)
    fitted = chain.fit(train)
    assert fitted.names == ("no_next_step", "next_step_a")
    assert fitted.counts == ({"": (1, 2, 1)}, {"1": (1, 2, 0), "2": (0, 0, 1)})
    marginal = [(1 + 1 / 3) / 5, (2 + 1 / 3) / 5]
    expected = [[(1 + marginal[0]) / 4, (2 + marginal[1]) / 4], [m / 2 for m in marginal]]
    np.testing.assert_allclose(fitted.values(rows.iloc[[0, 3]]), expected)


def test_rates_by_eye():
    rows = told().rows.head(4).assign(stage=[1, 1, 1, 2], label=[1, 1, 0, 0])
    fitted = Rates(columns=("stage",), pseudo_rows=2.0).fit(replace(told(), rows=rows))
    assert fitted.names == ("churn_rate_stage",)
    assert fitted.counts == {"stage": ({"": (2, 2)}, {"1": (1, 2), "2": (1, 0)})}
    expected = [[(2 + 2 * 0.5) / 5], [(0 + 2 * 0.5) / 3]]
    np.testing.assert_allclose(fitted.values(rows.iloc[[0, 3]]), expected)


def test_bgnbd_takes_each_customer_once_as_of_the_last_cutoff():
    train = told()
    earlier = train.rows["cutoff"] < train.cutoffs[-1]
    other = train.rows.assign(**{ACTIVE_DAYS: train.rows[ACTIVE_DAYS].where(~earlier, 2)})
    assert BGNBD.fit(replace(train, rows=other)).buying == BGNBD.fit(train).buying


def test_parameters_that_diverge_leave_empty_columns_and_a_note():
    train = told(customers=300)
    regular = train.rows.assign(**{ACTIVE_DAYS: 20, RECENCY: 5.0, TENURE: 100.0})
    fitted = BGNBD.fit(replace(train, rows=regular))
    assert "no maximum of likelihood" in fitted.note
    assert fitted.own_columns(train).isna().all(axis=None)
    assert fitted.names == ("bgnbd_expected_28d", "bgnbd_none_28d")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: TransformParams(use=("bgnb",)), "did you mean `bgnbd`"),
        (lambda: TransformParams(use=("rates", "rates")), "names a transform twice"),
        (lambda: TransformParams(folds=1), "folds is 1; write at least 2"),
        (lambda: Markov(label="next_step", context=(), most=0), "most is 0"),
        (lambda: Rates(columns=(), pseudo_rows=0), "pseudo_rows is 0"),
        (lambda: BgNbd(start_days=3, end_days=3), "end_days is 3; write at least 4"),
    ],
)
def test_impossible_settings_are_refused_where_they_are_made(make, said):
    with pytest.raises(ValueError, match=said):
        make()
