"""Today beside the target and the period before, out of counts by month."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.journey_map import DWELL_EDGES, JourneyMap
from features.mistakes import Mistake
from models.pains.gaps import COLUMNS, gaps
from models.pains.spans import median
from models.pains.targets import JourneyParams, mistakes_in_journey

UTC_ZONE = ZoneInfo("UTC")
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
WANTED = JourneyParams(
    months=6,
    period_months=2,
    targets={"trial": {"advance_share": 0.4, "days_median": 3}},
    waits={"first_reply_hours": 2},
)


def frame(columns, *rows):
    return pd.DataFrame(rows, columns=["month", "persona", *columns])


def a_map(**tables):
    """A hundred stand in trial at each month's end; twenty enter, ten or thirty go on, ten out."""
    flows = [
        (month, "other", "web", source, target, direction, moves)
        for month, onward in zip(MONTHS, (10, 10, 10, 30, 30, 99), strict=True)
        for source, target, direction, moves in (
            ("", "trial", "enter", 20),
            ("trial", "paid", "advance", onward),
            ("trial", "lost", "exit", 10),
            ("trial", "trial", "stay", 7),
        )
    ]
    standing = [(month, "other", "trial", 100) for month in MONTHS]
    dwell = [
        (month, "other", "web", "trial", place, 10)
        for month, places in zip(MONTHS, [(3, 4)] * 3 + [(2, 3)] * 3, strict=True)
        for place in places
    ]
    waits = [(month, "other", "trial", "web", "first_reply", 2, 50) for month in MONTHS]
    empty = pd.DataFrame()
    told = {
        "flows": frame(["channel", "source", "target", "direction", "moves"], *flows),
        "standing": frame(["stage", "customers"], *standing),
        "dwell": frame(["channel", "stage", "bin", "spells"], *dwell),
        "waits": frame(["stage", "channel", "kind", "bin", "waits"], *waits),
        **dict.fromkeys(("staying", "touches", "people", "reach"), empty),
        **dict.fromkeys(("feelings", "changes", "spend"), empty),
    }
    return JourneyMap(
        cutoff=datetime(2026, 6, 10, tzinfo=UTC),
        months=MONTHS,
        order=("trial", "paid"),
        exits=("lost",),
        personas=("other",),
        **{**told, **tables},
    )


def row(found, measure, stage="trial"):
    return found[(found["stage"] == stage) & (found["measure"] == measure)].iloc[0]


def test_a_small_journey_read_by_eye():
    found = gaps(a_map(), WANTED, zone=UTC_ZONE)
    assert tuple(found.columns) == COLUMNS
    onward = row(found, "advance_share")
    assert onward["customers"] == 240  # April and May; June is not over, a stay is no entry
    assert onward["today"] == 60 / 240
    assert onward["last_period"] == 20 / 240  # February and March: January lacks December
    assert onward["gap_to_last"] == pytest.approx(40 / 240)
    assert onward["gap_to_target"] == pytest.approx(0.25 - 0.4)
    assert onward["low"] < 0.25 < onward["high"]
    assert 0 < onward["gap_low"] < 40 / 240 < onward["gap_high"]
    out = row(found, "drop_off_share")
    assert out["today"] == out["last_period"] == 20 / 240
    assert np.isnan(out["target"])
    days = row(found, "days_median")
    assert (days["today"], days["last_period"]) == (3.0, 5.0)
    reply = row(found, "first_reply_hours", stage="")
    assert (reply["today"], reply["target"], reply["customers"]) == (3.0, 2.0, 100)


def test_a_month_that_is_over_counts():
    told = a_map()
    over = JourneyMap(**{**vars(told), "cutoff": datetime(2026, 7, 1, tzinfo=UTC)})
    found = gaps(over, WANTED, zone=UTC_ZONE)
    assert row(found, "advance_share")["today"] == (30 + 99) / 240


def test_of_a_persona_nobody_else_is_counted():
    told = a_map()
    both = {
        name: pd.concat([getattr(told, name), getattr(told, name).assign(persona="big")])
        for name in ("flows", "standing", "dwell", "waits")
    }
    assert gaps(a_map(**both), WANTED, zone=UTC_ZONE, persona="big").equals(
        gaps(told, WANTED, zone=UTC_ZONE)
    )
    nobody = gaps(told, WANTED, zone=UTC_ZONE, persona="small")
    assert nobody.empty


def test_without_a_period_before_there_is_no_gap_to_it():
    told = a_map()
    late = {
        name: getattr(told, name).query("month >= '2026-04'")
        for name in ("flows", "dwell", "waits")
    }
    standing = told.standing.query("month >= '2026-03'")
    found = gaps(a_map(**late, standing=standing), WANTED, zone=UTC_ZONE)
    # In March somebody stood there, and nobody is known to have moved.
    assert row(found, "days_median")[["last_period", "gap_to_last"]].isna().all()
    assert row(found, "advance_share")["today"] == 60 / 240


@given(seed=st.integers(0, 1000), rows=st.integers(40, 400))
def test_a_median_lies_in_the_bin_of_the_true_one(seed, rows):
    days = np.random.default_rng(seed).exponential(20, rows)
    counted = np.histogram(days, [*DWELL_EDGES, np.inf])[0].astype(float)
    told = median(counted, np.zeros(len(counted)), DWELL_EDGES)
    place = np.searchsorted(DWELL_EDGES, np.sort(days)[(rows - 1) // 2], side="right") - 1
    assert DWELL_EDGES[place] <= round(told.value, 9) <= DWELL_EDGES[place + 1]
    assert told.low <= told.value <= told.high


def test_bounds_of_a_median_hold_and_those_who_still_wait_are_counted():
    """Of 400 draws of 200 waits, a tenth of which go on, 95 % hold the truth, log 2 / 0.05."""
    rng = np.random.default_rng(3)
    true, held, middle = np.log(2) / 0.05, 0, []
    edges = np.array(DWELL_EDGES, dtype=float)
    for _ in range(400):
        lasts, seen = rng.exponential(20, 200), rng.uniform(0, 200, 200)
        ended, still = (
            np.histogram(some, [*edges, np.inf])[0].astype(float)
            for some in (lasts[lasts <= seen], seen[lasts > seen])
        )
        told = median(ended, still, DWELL_EDGES)
        held, middle = held + (told.low <= true <= told.high), [*middle, told.value]
    assert 365 <= held <= 396
    assert np.mean(middle) == pytest.approx(true, rel=0.06)


def test_every_mistake_in_what_is_wanted_is_told():
    wrong = JourneyParams(
        targets={"trail": {"advance_share": 1.2, "day_median": 3}, "paid": {"days_median": -1}},
        waits={"reply_hours": 1, "refund_hours": 0},
        channel_costs={"web": -1},
    )
    told = list(mistakes_in_journey(wrong, ["trial", "paid"]))
    assert [one.key for one in told] == [
        "targets.trail",
        "targets.trail.advance_share",
        "targets.trail.day_median",
        "targets.paid.days_median",
        "waits.reply_hours",
        "waits.refund_hours",
        "channel_costs.web",
    ]
    assert told[0] == Mistake("targets.trail", "is no stage", "did you mean `trial`?")


def test_a_period_must_fit_into_what_is_shown():
    with pytest.raises(ValueError, match="months is 5; write at least 6"):
        JourneyParams(months=5)
    with pytest.raises(ValueError, match="write at most 120"):
        JourneyParams(months=100_000)
