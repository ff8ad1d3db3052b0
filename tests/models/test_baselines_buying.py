"""BG/NBD as a baseline: ranked by the chance of no purchase, and left out where it says nothing."""

from dataclasses import replace

import numpy as np
import pytest
from panels import panel

from features.errors import ModelRefused
from models.judging.evaluation import backtest
from models.judging.metrics import auc
from models.learning.baselines import Baseline
from models.learning.baselines_buying import BGNBD, Buyers, Usable, usable
from models.rows.activity import ACTIVE_DAYS, RECENCY, TENURE
from models.rows.panel import Panel
from models.transforms.bgnbd import BgNbd

BUYERS = Buyers(transform=BgNbd(start_days=0, end_days=28))


def bought(cutoffs: int = 6, customers: int = 400, seed: int = 0) -> Panel:
    """Buyers some of whom have stopped: the longer they are silent for their habits, the surer."""
    plain, random = panel(cutoffs, customers, seed), np.random.default_rng(seed)
    size = len(plain.rows)
    age, rate = random.uniform(60, 300, size), random.gamma(0.8, 1 / 20, size)
    stopped = random.random(size) < 0.4
    seen = np.where(stopped, age * random.random(size), age)
    repeats = random.poisson(rate * seen)
    last = np.where(repeats > 0, seen * random.random(size) ** (1 / np.maximum(repeats, 1)), 0)
    label = stopped | (random.poisson(rate * 28) == 0)
    columns = {ACTIVE_DAYS: repeats + 1, RECENCY: age - last, TENURE: age}
    return replace(plain, rows=plain.rows.assign(label=label.astype(int), **columns))


def loyal() -> Panel:
    """Regular buyers who never stop."""
    plain = bought()
    return replace(plain, rows=plain.rows.assign(**{ACTIVE_DAYS: 20, RECENCY: 5.0, TENURE: 100.0}))


def test_it_ranks_better_than_silence_alone():
    told = bought()
    learners = [BUYERS, Baseline("recency_rule", (RECENCY,))]
    tested = backtest(told, learners, 2)
    pooled = tested.comparison.metrics.query("origin == 'pooled' and metric == 'auc'")
    by_name = dict(zip(pooled["predictor"], pooled["value"], strict=True))
    assert by_name[BGNBD] > by_name["recency_rule"] + 0.01


def test_one_time_buyers_are_not_taken_for_safe():
    told = bought()
    p = BUYERS.fit(told).probabilities(told.rows)
    assert auc(told.y, p) > 0.7
    once = told.rows[ACTIVE_DAYS].eq(1).to_numpy()
    assert p[once].mean() > p[~once].mean()


def test_what_diverges_is_refused_and_left_out_with_a_word():
    with pytest.raises(ModelRefused, match="no maximum of likelihood"):
        BUYERS.fit(loyal())
    left_out = usable(BUYERS, loyal(), origins=2)
    assert left_out.learners == ()
    assert "bgnbd is left out, for at origin 2026-02-26" in left_out.note
    assert usable(BUYERS, bought(), origins=2).learners == (BUYERS,)


def test_what_tells_of_no_purchases_has_no_such_baseline():
    assert usable(BUYERS, panel(), origins=1) == Usable(learners=())
