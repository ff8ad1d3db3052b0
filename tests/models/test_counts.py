"""Purchases ahead: simulated buyers whose law is known, and what may not be looked at."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from buyers import TARGET, WATERMARK, ZONE, buying

from features.errors import ModelRefused
from features.known.told import Told
from models.learning.boosting import BoostingParams
from models.learning.counts import AHEAD, Purchasing, with_counts
from models.learning.habits import EXPECTED, NONE, habits
from models.rows.activity import ACTIVE_DAYS, RECENCY, TENURE
from models.rows.panel import Panel, training_panel
from models.transforms.buying import Buying

LAW = Buying(r=0.5, alpha=30.0, a=0.6, b=2.5)
SPAN = (0, 28)
PARAMS = BoostingParams(rounds=20, rows_per_leaf=100, bins=63, seeds=1)
CUTOFFS_DAYS = (60, 88, 116)


def bought(customers: int = 2500, *, seed: int = 0, warm: float = 0.0) -> Panel:
    """Buyers by the law at three cutoffs; a season makes `warm` ones buy more than it says."""
    random = np.random.default_rng(seed)
    rate = random.gamma(LAW.r, 1 / LAW.alpha, customers)
    leaves, born = random.beta(LAW.a, LAW.b, customers), random.uniform(0, 40, customers)
    warmth = random.random(customers) < 0.5
    rows = []
    for one in range(customers):
        at, times = born[one], [born[one]]
        while True:
            at += random.exponential(1 / (rate[one] * (1 + warm * warmth[one])))
            if at > CUTOFFS_DAYS[-1] + SPAN[1] or random.random() < leaves[one]:
                break
            times.append(at)
        rows += [_row(one, cutoff, np.array(times), warmth[one]) for cutoff in CUTOFFS_DAYS]
    frame = pd.DataFrame(rows).sort_values(["cutoff", "customer_id"], ignore_index=True)
    return Panel(frame.assign(label=frame[AHEAD].eq(0).astype(int)), ("warm", "noise"))


def _row(one: int, cutoff: float, times: np.ndarray, warm: float) -> dict:
    past = times[times < cutoff]
    inside = (times >= cutoff + SPAN[0]) & (times < cutoff + SPAN[1])
    begin = pd.Timestamp("2026-01-01", tz="UTC")
    return {
        "customer_id": f"b{one:05d}",
        "cutoff": begin + pd.Timedelta(days=cutoff),
        "matured_at": begin + pd.Timedelta(days=cutoff + SPAN[1]),
        "warm": float(warm),
        "noise": float((one * 7919) % 1000),
        ACTIVE_DAYS: len(past),
        RECENCY: cutoff - past[-1],
        TENURE: cutoff - past[0],
        AHEAD: int(inside.sum()),
    }


@pytest.fixture(scope="module")
def plain() -> Panel:
    return bought()


def test_the_law_is_found_at_each_cutoff_without_a_look_ahead(plain):
    found = habits(plain.rows, *SPAN)
    assert list(found.by_cutoff) == plain.cutoffs
    blind = habits(plain.rows.drop(columns=[AHEAD, "label", "matured_at"]), *SPAN)
    assert blind.by_cutoff == found.by_cutoff
    alone = habits(plain.at(plain.cutoffs[0]).rows, *SPAN)
    assert alone.by_cutoff[plain.cutoffs[0]] == found.by_cutoff[plain.cutoffs[0]]
    told = found.columns(plain.rows)
    assert told[EXPECTED].sum() == pytest.approx(plain.rows[AHEAD].sum(), rel=0.1)
    assert told[NONE].mean() == pytest.approx(plain.y.mean(), abs=0.02)


def test_rows_in_any_order_are_told_the_same(plain):
    mixed = plain.rows.sample(frac=1, random_state=1)
    found, again = habits(plain.rows, *SPAN), habits(mixed, *SPAN)
    pd.testing.assert_frame_equal(again.columns(mixed).sort_index(), found.columns(plain.rows))


@pytest.mark.slow
def test_trees_learn_what_the_forecast_does_not_know():
    """Some buy three times as often as others of the same past; the forecast is blind to who."""
    train, test = bought(warm=2.0), bought(warm=2.0, seed=1)
    learned = Purchasing(span_days=SPAN, params=replace(PARAMS, rounds=60)).fit(train)
    forecast = habits(test.rows, *SPAN).columns(test.rows)
    counts = test.rows[AHEAD].to_numpy()
    expected, p = learned.expected(test.rows), learned.probabilities(test.rows)
    assert ((expected - counts) ** 2).mean() < ((forecast[EXPECTED] - counts) ** 2).mean()
    assert expected.sum() == pytest.approx(counts.sum(), rel=0.1)
    warm = test.rows["warm"].eq(1).to_numpy()
    for own in (warm, ~warm):
        wrong = abs(forecast[NONE].to_numpy()[own].mean() - test.y[own].mean())
        assert abs(p[own].mean() - test.y[own].mean()) < wrong
    assert expected[warm].mean() > 1.15 * expected[~warm].mean()


def test_where_the_forecast_is_right_trees_leave_it_alone(plain):
    learned = Purchasing(span_days=SPAN, params=replace(PARAMS, rounds=5)).fit(plain)
    forecast = habits(plain.rows, *SPAN).columns(plain.rows)[EXPECTED]
    assert np.corrcoef(learned.expected(plain.rows), forecast)[0, 1] > 0.98
    rows = plain.at(plain.cutoffs[-1]).rows
    again = learned.expected(rows.iloc[::-1].reset_index(drop=True))[::-1]
    np.testing.assert_allclose(again, learned.expected(rows), rtol=1e-12)


def test_the_level_is_the_forecast_of_the_cutoff_times_what_came_true_before(plain):
    learned = Purchasing(span_days=SPAN, params=replace(PARAMS, rounds=5)).fit(plain)
    later = bought(400, seed=2).rows
    forecast = habits(later, *SPAN).columns(later)[EXPECTED]
    came_true = (
        plain.rows[AHEAD].sum() / habits(plain.rows, *SPAN).columns(plain.rows)[EXPECTED].sum()
    )
    by_cutoff = pd.DataFrame({"n": learned.expected(later), "forecast": forecast})
    totals = by_cutoff.groupby(later["cutoff"]).sum()
    np.testing.assert_allclose(totals["n"], came_true * totals["forecast"])


def test_buyers_who_never_stop_are_refused(plain):
    random = np.random.default_rng(0)
    age = random.uniform(100, 300, len(plain.rows))
    days = 1 + random.poisson(age * random.gamma(2, 0.02, len(age)))
    silent = np.where(days > 1, age * (1 - random.random(len(age)) ** (1 / days)), age)
    loyal = plain.rows.assign(**{ACTIVE_DAYS: days, RECENCY: silent, TENURE: age})
    with pytest.raises(ModelRefused, match="no maximum of likelihood at 2026-03-02"):
        Purchasing(span_days=SPAN, params=PARAMS).fit(replace(plain, rows=loyal))


def test_counts_stand_beside_labels_and_agree_with_them():
    parts = [Told(events=buying(60))]
    cutoff = TARGET.last_mature(WATERMARK, ZONE)
    panel = training_panel(parts, [cutoff], [], TARGET, watermark=WATERMARK, zone=ZONE)
    counted = with_counts(panel, parts, TARGET, ZONE)
    assert (counted.rows[AHEAD].eq(0) == panel.rows["label"].eq(1)).all()
    orders = buying(60).to_pandas()
    window = orders["occurred_at"].between(
        cutoff + pd.Timedelta(days=1), cutoff + pd.Timedelta(days=15), inclusive="left"
    )
    chosen = orders.loc[window & orders["step"].eq("order")]
    own = chosen.loc[chosen["customer_id"].isin(counted.rows["customer_id"])]
    assert counted.rows[AHEAD].sum() == len(own)
    assert AHEAD not in counted.features
