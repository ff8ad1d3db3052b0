"""The next activity: strict, never told of later events, counted as a plain oracle counts."""

from collections import Counter
from dataclasses import replace
from datetime import UTC

import numpy as np
import pandas as pd
import pytest
from cases import tickets
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataRefused, ModelRefused
from models.learning.boosting import BoostingParams
from models.multiclass.metrics import losses
from models.prefixes import CaseColumns, PrefixParams, learn
from models.prefixes.events import END, Events, Words
from models.prefixes.ngrams import NGram
from models.prefixes.told import Prefixes

COLUMNS = CaseColumns(order="place", resource="who", numbers=("size",))
SMALL = PrefixParams(
    order=3,
    activities_back=3,
    rows_least=30,
    boosting=BoostingParams(
        rounds=60, patience_rounds=10, learning_rate=0.1, leaves=4, rows_per_leaf=5, seeds=2
    ),
)


@pytest.fixture(scope="module")
def learned():
    return learn(tickets(), COLUMNS, SMALL)


def events(log: pd.DataFrame, *, ends: bool = False) -> tuple[Events, Words]:
    words = Words.of(log, COLUMNS, None)
    return Events.of(log, COLUMNS, words, UTC, ends=ends), words


def keyed(p: pd.DataFrame) -> pd.DataFrame:
    return p.set_index(["case", "k"]).sort_index()


def loss(p: pd.DataFrame, log: pd.DataFrame) -> float:
    """Log loss over the prefixes that something followed."""
    told = log.sort_values(["case", "place"])
    after = told.assign(
        k=told.groupby("case").cumcount() + 1, y=told.groupby("case")["activity"].shift(-1)
    ).dropna(subset="y")
    rows = keyed(p).loc[list(zip(after["case"], after["k"], strict=True))]
    places = [list(rows.columns).index(one) for one in after["y"]]
    return float(losses(np.array(places, dtype=float), rows.to_numpy()).mean())


def test_probabilities_of_a_prefix_add_up_to_one(learned):
    log = tickets(40, seed=1)
    for p in (learned.probabilities(log), learned.ngram_probabilities(log)):
        assert len(p) == len(log)
        assert list(p.columns) == ["case", "k", *learned.classes]
        np.testing.assert_allclose(p[list(learned.classes)].sum(axis=1), 1)


def test_order_of_rows_changes_nothing(learned):
    log = tickets(40, seed=1)
    shuffled = log.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(learned.probabilities(shuffled), learned.probabilities(log))


def test_what_comes_later_changes_nothing(learned):
    """A prefix is told the same whether or not the log goes on, in its case or in others."""
    log = tickets(40, seed=1)
    cut = log["at"].quantile(0.5)
    whole = keyed(learned.probabilities(log))
    sofar = keyed(learned.probabilities(log.loc[log["at"] <= cut]))
    pd.testing.assert_frame_equal(whole.loc[sofar.index], sofar)


def test_training_is_strict():
    """What happened at `until` or later is nothing that training knows."""
    log = tickets()
    until = log["at"].quantile(0.8).floor("s").to_pydatetime()
    late = log["at"].ge(until)
    assert late.any()
    rumours = log.assign(activity=log["activity"].where(~late, "rumour"))
    asked = tickets(20, seed=1)
    first, second = (learn(one, COLUMNS, SMALL, until=until) for one in (log, rumours))
    pd.testing.assert_frame_equal(first.probabilities(asked), second.probabilities(asked))
    cut = learn(log.loc[~late], COLUMNS, SMALL)
    pd.testing.assert_frame_equal(first.probabilities(asked), cut.probabilities(asked))


def test_it_is_better_than_counting(learned):
    """Who works on a ticket says what follows; the n-gram does not hear it."""
    log = tickets(80, seed=1)
    assert learned.losses["trees"] < learned.losses["ngram"]
    assert learned.losses["blend"] == min(learned.losses.values())
    better, worse = learned.probabilities(log), learned.ngram_probabilities(log)
    assert loss(better, log) < loss(worse, log) - 0.05


def test_threads_change_no_digit(learned):
    asked = tickets(20, seed=1)
    again = learn(tickets(), COLUMNS, SMALL, threads=2)
    pd.testing.assert_frame_equal(again.probabilities(asked), learned.probabilities(asked))


def test_the_end_may_be_an_outcome():
    log = tickets()
    ended = learn(log, COLUMNS, replace(SMALL, ends=True))
    assert ended.classes[-1] == END
    p = keyed(ended.probabilities(log))
    last = p.groupby("case").tail(1)
    assert last[END].min() > 0.9
    assert p.drop(last.index)[END].max() < 0.1


def test_words_that_training_did_not_have_are_borne(learned):
    log = tickets(20, seed=1)
    odd = log.assign(
        activity=log["activity"].where(log["place"] != 1, "surprise"),
        who=log["who"].where(log["place"] != 0, None),
    )
    p = learned.probabilities(odd)
    assert "surprise" not in p.columns
    np.testing.assert_allclose(p[list(learned.classes)].sum(axis=1), 1)


@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from([0.5, 5.0]))
@settings(max_examples=8)
def test_the_ngram_is_that_of_a_plain_one(seed, order, pseudo_rows):
    log = tickets(15, seed)
    told, words = events(log)
    kept = told.following >= 0
    fitted = NGram.fit(told, kept, order=order, outcomes=words.outcomes, pseudo_rows=pseudo_rows)
    found = fitted.probabilities(told, kept)
    contexts = [
        [
            told.activity[row - back] if row - back >= told.start[row] else None
            for back in range(order)
        ]
        for row in np.flatnonzero(kept)
    ]
    following = told.following[kept].tolist()
    for row, own in enumerate(contexts[:20]):
        np.testing.assert_allclose(
            found[row], plainly(own, contexts, following, words.outcomes, pseudo_rows)
        )


def plainly(own, contexts, following, outcomes, pseudo_rows):
    """Longer and longer contexts, each counted by looking at every row."""
    p = np.full(outcomes, 1 / outcomes)
    for length in range(len(own) + 1):
        alike = [
            y
            for other, y in zip(contexts, following, strict=True)
            if other[:length] == own[:length]
        ]
        seen = np.array([Counter(alike)[one] for one in range(outcomes)])
        p = (seen + pseudo_rows * p) / (len(alike) + pseudo_rows)
    return p


def test_columns_by_eye():
    at = pd.to_datetime(
        ["2026-03-02 08:00", "2026-03-02 08:00", "2026-03-02 09:30", "2026-03-02 09:00"], utc=True
    )
    log = pd.DataFrame(
        {
            "case": ["a", "a", "a", "b"],
            "place": [0, 1, 2, 0],
            "activity": ["open", "work", "open", "open"],
            "at": at,
            "who": ["ana", "ben", "ana", "ana"],
            "size": [3.0, 3.0, 3.0, 1.0],
        }
    )
    told, words = events(log)
    table = Prefixes.of(told, words, activities_back=2)
    rows = pd.DataFrame(table.x, columns=list(table.names))
    third = rows.iloc[2]
    assert [third["activity_0"], third["activity_1"]] == [0, 1]
    assert [third["wait_0"], third["wait_1"]] == [5400, 0]
    assert [third["times_0"], third["events_since_1"], third["seconds_since_1"]] == [2, 1, 5400]
    assert [third["hour"], third["hour_at_begin"], third["number"]] == [9.5, 8, 3]
    assert [third["former_activity"], third["former_seconds"], third["former_here"]] == [0, 1800, 0]
    assert third["events_day"] == 3
    assert third["events_hour_resource"] == 1
    assert np.isnan(rows["wait_0"][0])
    fourth = rows.iloc[3]
    assert [fourth["recent_1"], fourth["recent_0"], fourth["recent_seconds"]] == [1, 0, 3600]
    assert np.isnan(rows["recent_1"][1])


def test_a_log_is_refused_with_what_is_missing(learned):
    log = tickets(20)
    with pytest.raises(DataRefused, match="no column 'who'"):
        learned.probabilities(log.drop(columns="who"))
    with pytest.raises(DataRefused, match="'activity' is empty"):
        learned.probabilities(log.assign(activity=log["activity"].where(log["place"] > 0, None)))
    with pytest.raises(ModelRefused, match="instants at which cases began"):
        learn(tickets(5), COLUMNS, SMALL)
