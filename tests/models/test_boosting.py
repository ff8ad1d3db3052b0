"""Boosting: same digits on any number of threads, natural base rate, rounds chosen in time."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from panels import FEATURES, panel

from models.judging.metrics import auc
from models.learning.boosting import ROUNDS_UNSTOPPED, Boosting, BoostingParams
from models.learning.folding import fold
from models.logit import expit

SMALL = BoostingParams(rounds=200, patience_rounds=15, rows_per_leaf=20, seeds=3)


def test_threads_change_no_digit():
    one, three = (Boosting(SMALL, threads).fit(panel()) for threads in (1, 3))
    assert one.booster_text == three.booster_text


def test_the_base_rate_is_kept():
    learned = Boosting(SMALL).fit(panel())
    assert learned.probabilities(panel().rows).mean() == pytest.approx(panel().y.mean(), abs=0.01)


def test_seeds_are_averaged_on_the_log_odds():
    """A booster of three seeds lies between the boosters of one seed each."""
    fixed = replace(SMALL, rounds=20)
    learner = Boosting(fixed)
    texts = [text for text, _ in learner._boosters(panel(), 20)]  # noqa: SLF001
    x = panel().rows[list(FEATURES)].to_numpy()
    alone = [lgb.Booster(model_str=text).predict(x, raw_score=True) for text in texts]
    assert np.ptp(alone, axis=0).max() > 0.01
    mean = expit(np.mean(alone, axis=0))
    together = np.asarray(lgb.Booster(model_str=fold(texts)).predict(x))
    np.testing.assert_allclose(together, mean, rtol=1e-9)


def test_rounds_are_chosen_without_the_label_of_later_cutoffs():
    """Labels that were not known by the first stopping cutoff take no part in stopping."""
    told = panel()
    first_stop = told.last(SMALL.stop_cutoffs).cutoffs[0]
    unripe = told.rows["matured_at"].gt(first_stop) & told.rows["cutoff"].lt(first_stop)
    assert unripe.any()
    flipped = told.rows.assign(label=told.rows["label"].where(~unripe, 1 - told.rows["label"]))
    rounds = Boosting(SMALL)._rounds(told)  # noqa: SLF001
    assert rounds == Boosting(SMALL)._rounds(replace(told, rows=flipped))  # noqa: SLF001
    assert 1 <= rounds < SMALL.rounds


def test_a_short_history_takes_fixed_rounds():
    assert Boosting(replace(SMALL, seeds=1)).fit(panel(cutoffs=2)).rounds == ROUNDS_UNSTOPPED


def test_signs_hold_everywhere():
    learned = Boosting(SMALL, signs={"days_silent": 1, "orders": -1}).fit(panel())
    grid = np.linspace(-3, 3, 41)
    for name, sign in (("days_silent", 1), ("orders", -1)):
        rows = pd.DataFrame(0.3, index=range(len(grid)), columns=list(FEATURES))
        rows[name] = grid
        assert (sign * np.diff(learned.probabilities(rows)) >= 0).all()


def test_a_row_without_any_value_gets_a_probability():
    learned = Boosting(SMALL).fit(panel())
    blank = pd.DataFrame(np.nan, index=[0], columns=list(FEATURES))
    assert 0 < learned.probabilities(blank)[0] < 1


def test_it_finds_what_is_there():
    told, later = panel(), panel(seed=1)
    p = Boosting(SMALL).fit(told).probabilities(later.rows)
    assert auc(later.y, p) > 0.75


def test_words_are_told_apart_as_words():
    """A feature that holds numbers of words is split by sets, not by order."""
    told = panel()
    word = np.random.default_rng(1).integers(0, 6, len(told.rows))
    rows = told.rows.assign(word=word.astype(float), label=np.isin(word, [0, 3, 5]).astype(int))
    rows.loc[rows.index[::50], "word"] = np.nan
    known = replace(told, rows=rows, features=("word",))
    one_split = replace(SMALL, rounds=1, leaves=2, learning_rate=0.5, seeds=1)
    boosting = Boosting(one_split, categories=frozenset({"word"}))
    (text, _), *_ = boosting._boosters(known, 1)  # noqa: SLF001
    scores = pd.Series(lgb.Booster(model_str=fold([text])).predict(np.arange(6.0)[:, None]))
    assert sorted(scores.nlargest(3).index) == [0, 3, 5]
    assert scores.nunique() == 2
    by_order, *_ = Boosting(one_split)._boosters(known, 1)  # noqa: SLF001
    ordered = lgb.Booster(model_str=by_order[0]).predict(np.arange(6.0)[:, None])
    assert list(ordered) in (sorted(ordered), sorted(ordered, reverse=True))
