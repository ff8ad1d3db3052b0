"""What the churn model expected at each pain: added up one by one, with bounds by their meaning."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from models.pains.foretold import COLUMNS, SCORED_LEAST, foretold, times_expected

NIGHTS = pd.to_datetime(["2026-01-01", "2026-02-01"], utc=True)
STAGES, CHANNELS, KINDS = ("trial", "paid"), ("web", "call", "none"), ("drop_off", "wait")
PAINS = pd.DataFrame(
    [
        ("drop_off", "", "", "call", ""),
        ("drop_off", "", "paid", "web", "big"),
        ("wait", "first_reply", "trial", "", ""),
        ("wait", "refund", "", "", ""),
    ],
    columns=["kind", "what", "stage", "channel", "persona"],
)


def world(seed, customers=60):
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([[f"c{one}" for one in range(customers)], NIGHTS])
    there = keys.to_frame(index=False, name=["customer_id", "cutoff"])
    size = len(there)
    there = there.assign(
        stage=rng.choice(STAGES, size), channel=rng.choice(CHANNELS, size), persona="big"
    )
    waits = there.assign(kind="wait", what="first_reply", outcome=rng.integers(0, 2, size))
    standing = pd.concat([there.assign(kind="drop_off", what="", outcome=np.nan), waits])
    scored = there[["customer_id", "cutoff"]].assign(
        probability=rng.beta(1, 6, size), left=rng.integers(0, 2, size)
    )
    return standing.sample(frac=1, random_state=seed), scored.sample(frac=0.9, random_state=seed)


def slowly(pain, standing, scored):
    """Everyone who was scored there, one by one."""
    said = {(one.customer_id, one.cutoff): one for one in scored.itertuples()}
    for row in standing.itertuples():
        in_place = all(
            not pain[name] or pain[name] == getattr(row, name)
            for name in ("stage", "channel", "persona")
        )
        same = (row.kind, row.what) == (pain["kind"], pain["what"])
        befell = row.kind == "drop_off" or row.outcome == 1
        if in_place and same and befell and (row.customer_id, row.cutoff) in said:
            yield said[row.customer_id, row.cutoff]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_each_pain_is_told_by_those_who_were_scored_there(seed):
    standing, scored = world(seed)
    found = foretold(PAINS, standing, scored)
    assert found.nights == tuple(night.isoformat() for night in NIGHTS)
    assert tuple(found.frame.columns) == COLUMNS
    for told, pain in zip(found.frame.itertuples(), PAINS.to_dict("records"), strict=True):
        mine = [*slowly(pain, standing, scored)]
        assert told.scored == len(mine)
        if len(mine) < SCORED_LEAST:
            assert np.isnan([told.expected, told.left, told.times, told.low, told.high]).all()
            continue
        assert told.left == sum(one.left for one in mine)
        assert told.expected == pytest.approx(sum(one.probability for one in mine))
        assert told.low <= told.times <= told.high
        assert told.times == pytest.approx(told.left / told.expected)


@given(left=st.integers(0, 40), scored=st.integers(40, 400), p=st.floats(0.01, 0.5))
def test_bounds_are_the_shares_beyond_which_chance_hardly_gives_what_came(left, scored, p):
    """At the lower one as many or more leave in 2.5 of 100 cases, at the upper as many or fewer."""
    told = times_expected(left, np.full(scored, p))
    if left:
        assert binom.sf(left - 1, scored, told.low * p) == pytest.approx(0.025)
    if left < scored:
        assert binom.cdf(left, scored, told.high * p) == pytest.approx(0.025)
    assert (told.high * p == pytest.approx(1)) == (left == scored)
    assert (told.low == 0) == (left == 0)
